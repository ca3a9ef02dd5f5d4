import { existsSync } from "node:fs";
import type { Experiment } from "./experiments";
import { weightNames, weightShapes, type Weights } from "./weights";
import type { Settings } from "./settings";
import { readSafetensors, writeSafetensors } from "../files/safetensors";
import type { TrainState } from "./train-state";
import type { EpochLog } from "./training-log";

/** Where a training stands, and how long its epochs took. */
export interface Checkpoint {
  state: TrainState;
  /** Of each epoch in `state.log`. */
  seconds: number[];
}

/** Where the checkpoint of a training that is under way lies; it is deleted when the training is done. */
export function checkpointPath(name: string, { heads }: { heads: string }): string {
  return `${heads}/${name}.checkpoint`;
}

/** Write a checkpoint in the safetensors format: weights, best weights and AdamW's means as tensors, the rest as metadata. */
export async function writeCheckpoint(
  path: string,
  { kind }: Pick<Experiment, "kind">,
  { state, seconds }: Checkpoint,
): Promise<void> {
  const { weights, bestWeights, optimiser } = state;
  const shaped = (arrays: readonly Float32Array[]): Weights =>
    arrays.map((data, i) => ({ shape: weights[i].shape, data }));
  const groups = { weights, best: bestWeights, m: shaped(optimiser.m), v: shaped(optimiser.v) };
  const tensors = Object.entries(groups).flatMap(([group, all]) =>
    all.map((weight, i) => [`${group}.${weightNames[kind][i]}`, weight] as const),
  );
  const metadata = {
    experiment: state.experiment,
    trained_on: state.fingerprint,
    settings: JSON.stringify(state.settings),
    log: JSON.stringify(state.log),
    seconds: JSON.stringify(seconds),
    step: String(optimiser.step),
  };
  await writeSafetensors(path, { tensors: Object.fromEntries(tensors), metadata });
}

/** Read a checkpoint; undefined if there is none. Throws for a file that is damaged or of another experiment. */
export async function readCheckpoint(
  path: string,
  experiment: Experiment,
  tags: number,
): Promise<Checkpoint | undefined> {
  if (!existsSync(path)) return undefined;
  const { name, kind } = experiment;
  try {
    const { tensors, metadata } = await readSafetensors(path);
    if (metadata.experiment !== name)
      throw new Error(`${path}: it is a checkpoint of ${metadata.experiment}`);
    const shapes = weightShapes(experiment, tags);
    const group = (prefix: string): Weights =>
      weightNames[kind].map((key, i) => {
        const tensor = tensors[`${prefix}.${key}`];
        const found = tensor?.shape.join(" × ");
        const wanted = shapes[i].join(" × ");
        if (found !== wanted)
          throw new Error(`${path}: "${prefix}.${key}" should be ${wanted}, but is ${found}`);
        return tensor;
      });
    const numbers = (prefix: string): Float32Array[] => group(prefix).map(({ data }) => data);
    const state: TrainState = {
      experiment: name,
      settings: JSON.parse(metadata.settings) as Settings,
      fingerprint: metadata.trained_on,
      log: JSON.parse(metadata.log) as EpochLog[],
      weights: group("weights"),
      bestWeights: group("best"),
      optimiser: { step: Number(metadata.step), m: numbers("m"), v: numbers("v") },
    };
    return { state, seconds: JSON.parse(metadata.seconds) as number[] };
  } catch (cause) {
    throw new Error(
      `${(cause as Error).message} (${path}); delete this file to train ${name} afresh`,
      { cause },
    );
  }
}
