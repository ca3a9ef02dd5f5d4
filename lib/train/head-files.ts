import { existsSync } from "node:fs";
import { removeFile } from "../files/atomic";
import { checkpointPath, readCheckpoint, writeCheckpoint } from "./wide/checkpoint";
import { experimentNamed, type Experiment } from "./experiments";
import { weightNames, weightsFrom, type Weights } from "./heads";
import type { Project } from "../project";
import { readSafetensors, writeSafetensors } from "../files/safetensors";
import {
  isFinished,
  trainAll,
  type EpochLog,
  type Settings,
  type TrainAllOptions,
  type TrainedHead,
  type TrainOptions,
  type TrainState,
} from "./train";
import type { TrainingData, TrainingRows } from "./training-data";
import { hasLog, loadLog, writeLog, type LoggedEpoch } from "./training-log";

/** Where a dataset's heads and logs lie. */
export type HeadFolders = Pick<Project, "heads" | "logs">;

/** What a head was trained on, as far as is known. */
export type TrainedOn = Pick<TrainingData, "fingerprint"> &
  Partial<Pick<TrainingRows, "encoder" | "tagNames">>;

/** A trained head with the times of its epochs. */
export interface LoggedHead extends TrainedHead {
  log: LoggedEpoch[];
}

export interface KeepOptions {
  /**
   * Write a checkpoint at the end of an epoch if the last is so many seconds old: what a crash loses at most, besides the
   * running epoch. All weights and AdamW's means are copied for it, so not every short epoch has one.
   */
  checkpointSeconds?: number;
}
/** Write the log of a running training at the end of an epoch if it was last written so many seconds ago. */
const LOG_SECONDS = 2;

/**
 * Write a head as `<experiment>.safetensors` and its log as `<experiment>.csv`. The file says which experiment, encoder
 * and tags the weights belong to, their scores, settings and data, and whether the training was `finished`.
 */
export async function saveHead(
  head: LoggedHead,
  folders: HeadFolders,
  { fingerprint, encoder, tagNames }: TrainedOn,
  { finished = true } = {},
): Promise<void> {
  const { experiment, settings, weights, log, best } = head;
  const metadata = {
    experiment: experiment.name,
    ...(encoder === undefined ? {} : { encoder }),
    ...(tagNames === undefined ? {} : { tags: JSON.stringify(tagNames) }),
    scores: JSON.stringify(best),
    settings: JSON.stringify(settings),
    trained_on: fingerprint,
    finished: String(finished),
  };
  const tensors = Object.fromEntries(
    weights.map((weight, i) => [
      weightNames[experiment.kind][i],
      { shape: weight.shape, data: weight.dataSync() as Float32Array },
    ]),
  );
  await writeLog(experiment.name, log, folders);
  await writeSafetensors(`${folders.heads}/${experiment.name}.safetensors`, { tensors, metadata });
}

/**
 * The weights of a saved head, and what is known of it. Throws if the experiment's name is unknown, if it has not been
 * trained, or if the file is another experiment's or its shapes are not this one's.
 */
export async function loadHead(
  name: string,
  { heads }: Pick<HeadFolders, "heads">,
  tags = 49,
): Promise<{ experiment: Experiment; weights: Weights; metadata: Record<string, string> }> {
  const experiment = experimentNamed(name);
  const path = `${heads}/${name}.safetensors`;
  if (!existsSync(path))
    throw new Error(`${path} is missing: train ${name} first, in one of the notebooks 03 to 06`);
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.experiment !== undefined && metadata.experiment !== name)
    throw new Error(
      `${path} is the head of ${metadata.experiment}, not of ${name}: give it its own name back`,
    );
  return { experiment, weights: weightsFrom(tensors, experiment, tags, path), metadata };
}

/**
 * Keeps a training on disk while it runs. `from` is where an interrupted one of the same data and settings stood; give
 * `epoch` each epoch as it ends, and `finish` the result.
 */
export interface Keeper {
  from?: TrainState;
  epoch(entry: EpochLog, state: () => TrainState): Promise<void>;
  finish(head: TrainedHead): Promise<LoggedHead>;
}

/** Begin to keep a training. Throws for a damaged checkpoint; one of other data or settings counts as none. */
export async function keepTraining(
  experiment: Experiment,
  data: TrainedOn & Pick<TrainingData, "tags">,
  settings: Settings,
  folders: HeadFolders,
  { checkpointSeconds = 20 }: KeepOptions = {},
): Promise<Keeper> {
  const path = checkpointPath(experiment.name, folders);
  const found = await readCheckpoint(path, experiment, data.tags);
  const same =
    found?.state.fingerprint === data.fingerprint && sameSettings(found.state.settings, settings);
  const from = same ? found : undefined;
  const log: LoggedEpoch[] = from
    ? from.state.log.map((entry, i) => ({ ...entry, seconds: from.seconds[i] }))
    : [];
  let [ended, saved, logged] = Array<number>(3).fill(Date.now());
  const since = (time: number): number => (Date.now() - time) / 1000;
  return {
    from: from?.state,
    async epoch(entry, state) {
      log.push({ ...entry, seconds: Number(since(ended).toFixed(3)) });
      ended = Date.now();
      if (since(saved) >= checkpointSeconds) {
        await writeCheckpoint(path, experiment, {
          state: state(),
          seconds: log.map(({ seconds }) => seconds),
        });
        saved = Date.now();
      }
      if (since(logged) >= LOG_SECONDS) {
        await writeLog(experiment.name, log, folders);
        logged = Date.now();
      }
    },
    async finish(head) {
      const finished = isFinished(head.log, settings);
      await saveHead({ ...head, log }, folders, data, { finished });
      if (finished) await removeFile(path);
      return { ...head, log };
    },
  };
}

const sameSettings = (a: Settings, b: Settings): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A head, and whether it had been trained before. */
export type KeptHead = LoggedHead & { reused: boolean };

/**
 * The heads of these experiments, in their order: loaded if already trained on the same data with the same settings, else
 * trained, all in one pass over the data, and saved. If it is interrupted, the best heads so far are returned and saved,
 * and the next call goes on from their checkpoints; it gives the same numbers as if there had been no interruption.
 */
export async function trainOrLoadAll(
  experiments: readonly Experiment[],
  data: TrainingData & Partial<TrainingRows>,
  settingsOf: (experiment: Experiment) => Settings,
  folders: HeadFolders,
  { onEpoch, signal, ...options }: Omit<TrainAllOptions, "from"> & KeepOptions = {},
): Promise<KeptHead[]> {
  const kept = new Map<string, KeptHead>();
  const keepers = new Map<string, Keeper>();
  for (const experiment of experiments) {
    const settings = settingsOf(experiment);
    const saved = await savedHead(experiment, data, settings, folders);
    if (saved) kept.set(experiment.name, { ...saved, reused: true });
    else
      keepers.set(
        experiment.name,
        await keepTraining(experiment, data, settings, folders, options),
      );
  }
  const missing = experiments.filter(({ name }) => keepers.has(name));
  const from = [...keepers.values()].flatMap((keeper) => keeper.from ?? []);
  const trained =
    missing.length === 0
      ? []
      : await trainAll(missing, data, settingsOf, {
          signal,
          from,
          onEpoch: async (experiment, entry, best, state) => {
            await keepers.get(experiment.name)!.epoch(entry, state);
            await onEpoch?.(experiment, entry, best, state);
          },
        });
  for (const head of trained) {
    const { name } = head.experiment;
    kept.set(name, { ...(await keepers.get(name)!.finish(head)), reused: false });
  }
  return experiments.flatMap(({ name }) => kept.get(name) ?? []);
}

/** `trainOrLoadAll` for one experiment. Throws if it is interrupted before there is a head to keep. */
export async function trainOrLoad(
  experiment: Experiment,
  data: TrainingData & Partial<TrainingRows>,
  settings: Settings,
  folders: HeadFolders,
  { onEpoch, ...options }: Omit<TrainOptions, "from"> & KeepOptions = {},
): Promise<KeptHead> {
  const [head] = await trainOrLoadAll([experiment], data, () => settings, folders, {
    ...options,
    onEpoch: (_, ...rest) => onEpoch?.(...rest),
  });
  return head;
}

/** The head of this experiment, if its training on these data with these settings was finished. */
export async function savedHead(
  experiment: Experiment,
  { fingerprint, tags }: Pick<TrainingData, "fingerprint" | "tags">,
  settings: Settings,
  folders: HeadFolders,
): Promise<LoggedHead | undefined> {
  const { name } = experiment;
  if (!existsSync(`${folders.heads}/${name}.safetensors`) || !(await hasLog(name, folders)))
    return undefined;
  const { metadata: known } = await readSafetensors(`${folders.heads}/${name}.safetensors`);
  const same = known.trained_on === fingerprint && known.settings === JSON.stringify(settings);
  if (!same || known.finished !== "true") return undefined;
  const { weights } = await loadHead(name, folders, tags);
  const log = await loadLog(name, folders);
  return { experiment, settings, weights, log, best: JSON.parse(known.scores) as EpochLog };
}
