import { existsSync } from "node:fs";
import type { Experiment } from "../experiments";
import { weightNames, weightShapes } from "../heads";
import { readSafetensors, writeSafetensors, type NamedTensor } from "../../files/safetensors";
import type { EpochLog, Settings, TrainState } from "../train";

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

/** The four arrays that a training has for each weight. */
const groups = (state: TrainState): Record<string, Float32Array[]> => {
  const { weights, bestWeights, optimiser } = state;
  return { weights, best: bestWeights, m: optimiser.m, v: optimiser.v };
};

/** Write a checkpoint in the safetensors format: weights, best weights and AdamW's means as tensors, the rest as metadata. */
export async function writeCheckpoint(
  path: string,
  experiment: Experiment,
  { state, seconds }: Checkpoint,
): Promise<void> {
  const names = weightNames[experiment.kind];
  const tags = state.weights[state.weights.length - 1].length;
  const shapes = weightShapes(experiment, tags);
  const tensors = Object.entries(groups(state)).flatMap(([group, arrays]) =>
    arrays.map((data, i): [string, NamedTensor] => [
      `${group}.${names[i]}`,
      { shape: shapes[i], data },
    ]),
  );
  const metadata = {
    experiment: state.experiment,
    trained_on: state.fingerprint,
    settings: JSON.stringify(state.settings),
    log: JSON.stringify(state.log),
    seconds: JSON.stringify(seconds),
    step: String(state.optimiser.step),
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
  const { name } = experiment;
  try {
    const { tensors, metadata } = await readSafetensors(path);
    if (metadata.experiment !== name)
      throw new Error(`${path}: it is a checkpoint of ${metadata.experiment}`);
    const shapes = weightShapes(experiment, tags);
    const arrays = (group: string): Float32Array[] =>
      weightNames[experiment.kind].map((key, i) => {
        const found = tensors[`${group}.${key}`]?.shape.join(" × ");
        const wanted = shapes[i].join(" × ");
        if (found !== wanted)
          throw new Error(`${path}: "${group}.${key}" should be ${wanted}, but is ${found}`);
        return tensors[`${group}.${key}`].data;
      });
    const [settings, log, seconds] = [metadata.settings, metadata.log, metadata.seconds].map(
      (text) => JSON.parse(text) as unknown,
    );
    const optimiser = { step: Number(metadata.step), m: arrays("m"), v: arrays("v") };
    const state: TrainState = {
      experiment: name,
      settings: settings as Settings,
      fingerprint: metadata.trained_on,
      log: log as EpochLog[],
      weights: arrays("weights"),
      bestWeights: arrays("best"),
      optimiser,
    };
    return { state, seconds: seconds as number[] };
  } catch (cause) {
    throw new Error(
      `${(cause as Error).message} (${path}); delete this file to train ${name} afresh`,
      { cause },
    );
  }
}
