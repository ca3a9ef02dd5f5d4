import { checkpointPath, readCheckpoint, writeCheckpoint } from "./checkpoint";
import { withSizes, type Experiment } from "./experiments";
import { removeFile } from "../files/atomic";
import { bceLoss } from "./loss";
import {
  loadFinishedHead,
  saveHead,
  type HeadFolders,
  type LoggedHead,
  type TrainedOn,
} from "./saved-heads";
import { sameSettings, type Settings } from "./settings";
import { trainHead, type TrainOptions } from "./train";
import type { TrainedHead, TrainState } from "./train-state";
import { sizesOf, type TrainingData, type TrainingRows } from "./training-data";
import { isFinished, writeLog, type EpochLog, type LoggedEpoch } from "./training-log";
import { trainAll, type TrainAllOptions } from "./wide/train-all";

/** A head, and whether it had been trained before. */
export type KeptHead = LoggedHead & { reused: boolean };

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
 * The head of this experiment: loaded if already trained on the same data with the same settings and loss, else trained
 * and saved: by `trainAll`, which is faster for one head, too, or with another loss than the paper's by `trainHead`. If it
 * is interrupted, the best head so far is returned and saved, and the next call goes on from its checkpoint; it gives the
 * same numbers as if there had been no interruption. Throws if it is interrupted before there is a head to keep, and for
 * a damaged checkpoint.
 *
 * ```ts
 * const folders = { heads: `${folder}/heads`, logs: `${folder}/logs` };
 * const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 2 };
 * const train = () => trainOrLoad(experimentNamed("linear-txt"), toyData(200, 5), settings, folders);
 * const { log, reused } = await train();
 * [log.length, reused]; // → [2, false]
 * (await train()).reused; // → true
 * ```
 */
export async function trainOrLoad(
  unsized: Experiment,
  given: TrainingData & Partial<TrainingRows>,
  settings: Settings,
  folders: HeadFolders,
  { onEpoch, signal, loss = bceLoss, ...options }: Omit<TrainOptions, "from"> & KeepOptions = {},
): Promise<KeptHead> {
  // A head of another loss is another head, as if it had learnt from other data.
  const data =
    loss === bceLoss ? given : { ...given, fingerprint: `${given.fingerprint}, ${loss.name}` };
  const experiment = withSizes(unsized, sizesOf(data.features));
  const saved = await loadFinishedHead(experiment, data, settings, folders);
  if (saved) return { ...saved, reused: true };
  const keeper = await keepTraining(experiment, data, settings, folders, options);
  const { from } = keeper;
  const keep = async (entry: EpochLog, state: () => TrainState): Promise<void> => {
    await keeper.epoch(entry, state);
    await onEpoch?.(entry, state);
  };
  const [head] =
    loss === bceLoss
      ? await trainAll([experiment], data, () => settings, {
          signal,
          from: from && [from],
          onEpoch: (_, entry, state) => keep(entry, state),
        })
      : [await trainHead(experiment, data, settings, { signal, loss, from, onEpoch: keep })];
  return { ...(await keeper.finish(head)), reused: false };
}

/**
 * `trainOrLoad` for many experiments: those that have to be trained are, by `trainAll`, in one pass over the data. Returns
 * the heads in the order of the experiments; those that an interruption left without a head are missing.
 *
 * ```ts
 * const folders = { heads: `${folder}/heads`, logs: `${folder}/logs` };
 * const some = experiments.filter(({ modalities }) => modalities.join() === "loc");
 * const settingsOf = ({ kind }) => ({ ...settingsFor(kind, { isSample: true }), maxEpochs: 1 });
 * const heads = await trainOrLoadAll(some, toyData(200, 5), settingsOf, folders);
 * heads.map(({ experiment }) => experiment.name); // → ["linear-loc", "linear-loc-mixup", "mlp-loc", "mlp-loc-mixup"]
 * ```
 */
export async function trainOrLoadAll(
  unsized: readonly Experiment[],
  data: TrainingData & Partial<TrainingRows>,
  settingsOf: (experiment: Experiment) => Settings,
  folders: HeadFolders,
  { onEpoch, signal, ...options }: Omit<TrainAllOptions, "from"> & KeepOptions = {},
): Promise<KeptHead[]> {
  const sizes = sizesOf(data.features);
  const experiments = unsized.map((experiment) => withSizes(experiment, sizes));
  const kept = new Map<string, KeptHead>();
  const keepers = new Map<string, Keeper>();
  for (const experiment of experiments) {
    const { name } = experiment;
    const settings = settingsOf(experiment);
    const saved = await loadFinishedHead(experiment, data, settings, folders);
    if (saved) kept.set(name, { ...saved, reused: true });
    else keepers.set(name, await keepTraining(experiment, data, settings, folders, options));
  }
  const missing = experiments.filter(({ name }) => keepers.has(name));
  if (missing.length > 0) {
    const trained = await trainAll(missing, data, settingsOf, {
      signal,
      from: [...keepers.values()].flatMap((keeper) => keeper.from ?? []),
      onEpoch: async (experiment, entry, state) => {
        await keepers.get(experiment.name)!.epoch(entry, state);
        await onEpoch?.(experiment, entry, state);
      },
    });
    for (const head of trained) {
      const { name } = head.experiment;
      kept.set(name, { ...(await keepers.get(name)!.finish(head)), reused: false });
    }
  }
  return experiments.flatMap(({ name }) => kept.get(name) ?? []);
}

/**
 * Keeps a training on disk while it runs. `from` is where an interrupted one of the same data and settings stood; give
 * `epoch` each epoch as it ends, and `finish` the result.
 */
interface Keeper {
  from?: TrainState;
  epoch(entry: EpochLog, state: () => TrainState): Promise<void>;
  finish(head: TrainedHead): Promise<LoggedHead>;
}

/** Begin to keep a training. Throws for a damaged checkpoint; one of other data or settings counts as none. */
async function keepTraining(
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
  let ended = Date.now();
  let saved = ended;
  let logged = ended;
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
