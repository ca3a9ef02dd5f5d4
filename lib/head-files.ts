import { existsSync } from "node:fs";
import { checkpointPath, readCheckpoint, writeCheckpoint, type Checkpoint } from "./checkpoint";
import { removeFile } from "./atomic";
import { experimentNamed, type Experiment } from "./experiments";
import { weightNames, weightsFrom, type Weights } from "./heads";
import { paths } from "./paths";
import { readSafetensors, writeSafetensors } from "./safetensors";
import {
  isFinished, trainHead, type EpochLog, type Settings, type TrainedHead, type TrainOptions, type TrainState,
} from "./train";
import type { TrainingData, TrainingRows } from "./training-data";
import { hasLog, loadLog, writeLog, type LoggedEpoch } from "./training-log";

/** Where a dataset's heads and logs lie. */
export type HeadFolders = Pick<ReturnType<typeof paths>, "heads" | "logs">;

/** What a head was trained on, as far as is known. */
export type TrainedOn = Pick<TrainingData, "fingerprint"> & Partial<Pick<TrainingRows, "encoder" | "tagNames">>;

/** A trained head with the times of its epochs. */
export interface LoggedHead extends TrainedHead {
  log: LoggedEpoch[];
}

/** Write a checkpoint after so many seconds at most; an epoch at the paper's size takes longer, one of the sample doesn't. */
const CHECKPOINT_SECONDS = 3;

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
  const experiment = experimentNamed(name),
    path = `${heads}/${name}.safetensors`;
  if (!existsSync(path)) throw new Error(`${path} is missing: train ${name} first, in one of the notebooks 03 to 06`);
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.experiment !== undefined && metadata.experiment !== name)
    throw new Error(`${path} is the head of ${metadata.experiment}, not of ${name}: give it its own name back`);
  return { experiment, weights: weightsFrom(tensors, experiment, tags, path), metadata };
}

/**
 * Keeps a training on disk while it runs. `from` is where an interrupted one of the same data and settings stood; give
 * `epoch` each epoch as it ends, and `finish` the result.
 */
export interface Keeper {
  from?: TrainState;
  epoch(state: () => TrainState): Promise<void>;
  finish(head: TrainedHead): Promise<LoggedHead>;
}

/** Begin to keep a training. Throws for a damaged checkpoint; one of other data or settings counts as none. */
export async function keepTraining(
  experiment: Experiment,
  data: TrainedOn & Pick<TrainingData, "tags">,
  settings: Settings,
  folders: HeadFolders,
): Promise<Keeper> {
  const path = checkpointPath(experiment.name, folders),
    found = await readCheckpoint(path, experiment, data.tags),
    usable = found?.state.fingerprint === data.fingerprint && sameSettings(found.state.settings, settings),
    seconds = usable ? [...found.seconds] : [];
  let ended = Date.now(),
    saved = ended,
    latest: Checkpoint | undefined;
  const withTimes = (log: readonly EpochLog[]): LoggedEpoch[] => log.map((entry, i) => ({ ...entry, seconds: seconds[i] }));
  const save = async ({ state }: Checkpoint): Promise<void> => {
    saved = Date.now();
    await writeCheckpoint(path, experiment, { state, seconds });
    await writeLog(experiment.name, withTimes(state.log), folders);
  };
  return {
    from: usable ? found.state : undefined,
    async epoch(state) {
      const now = Date.now();
      seconds.push((now - ended) / 1000);
      ended = now;
      latest = { state: state(), seconds };
      if (now - saved >= CHECKPOINT_SECONDS * 1000) await save(latest);
    },
    async finish(head) {
      const logged = { ...head, log: withTimes(head.log) },
        finished = isFinished(head.log, settings);
      if (!finished && latest) await save(latest);
      await saveHead(logged, folders, data, { finished });
      if (finished) await removeFile(path);
      return logged;
    },
  };
}

const sameSettings = (a: Settings, b: Settings): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * The head of this experiment: loaded if it was already trained on the same data with the same settings, else trained
 * and saved. `reused` says which. An interrupted training returns and saves the best head so far; the next call goes on
 * where it stopped and gives the same numbers as if it had never been interrupted.
 */
export async function trainOrLoad(
  experiment: Experiment,
  data: TrainingData & Partial<TrainingRows>,
  settings: Settings,
  folders: HeadFolders,
  options: TrainOptions = {},
): Promise<LoggedHead & { reused: boolean }> {
  const saved = await savedHead(experiment, data, settings, folders);
  if (saved) return { ...saved, reused: true };
  const keeper = await keepTraining(experiment, data, settings, folders);
  const head = await trainHead(experiment, data, settings, {
    ...options,
    from: keeper.from,
    onEpoch: async (entry, best, state) => {
      await keeper.epoch(state);
      await options.onEpoch?.(entry, best, state);
    },
  });
  return { ...(await keeper.finish(head)), reused: false };
}

/** The head of this experiment, if its training on these data with these settings was finished. */
export async function savedHead(
  experiment: Experiment,
  { fingerprint, tags }: Pick<TrainingData, "fingerprint" | "tags">,
  settings: Settings,
  folders: HeadFolders,
): Promise<LoggedHead | undefined> {
  const { name } = experiment;
  if (!existsSync(`${folders.heads}/${name}.safetensors`) || !(await hasLog(name, folders))) return undefined;
  const { metadata: known } = await readSafetensors(`${folders.heads}/${name}.safetensors`);
  const same = known.trained_on === fingerprint && known.settings === JSON.stringify(settings);
  if (!same || known.finished !== "true") return undefined;
  const { weights } = await loadHead(name, folders, tags),
    log = await loadLog(name, folders);
  return { experiment, settings, weights, log, best: JSON.parse(known.scores) as EpochLog };
}
