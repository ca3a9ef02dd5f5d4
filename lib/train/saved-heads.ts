import { existsSync } from "node:fs";
import { experimentNamed, experimentOf, type Experiment } from "./experiments";
import { weightNames, weightsFrom, type Weights } from "./weights";
import { readSafetensors, writeSafetensors } from "../files/safetensors";
import type { Project } from "../project";
import { paperSettings, type Settings } from "./settings";
import type { TrainedHead } from "./train-state";
import type { TrainingData, TrainingRows } from "./training-data";
import { hasLog, loadLog, writeLog, type EpochLog, type LoggedEpoch } from "./training-log";

/** Where a dataset's heads and logs lie. */
export type HeadFolders = Pick<Project, "heads" | "logs">;

/** What a head was trained on, as far as is known. */
export type TrainedOn = Pick<TrainingData, "fingerprint"> &
  Partial<Pick<TrainingRows, "encoder" | "tagNames">>;

/** A trained head with the times of its epochs. */
export interface LoggedHead extends TrainedHead {
  log: LoggedEpoch[];
}

/**
 * Folders for other trainings, beneath: their heads take nobody's place.
 *
 * ```ts
 * foldersIn({ heads: "heads", logs: "logs" }, "pixels"); // → { heads: "heads/pixels", logs: "logs/pixels" }
 * ```
 */
export function foldersIn({ heads, logs }: HeadFolders, name: string): HeadFolders {
  return { heads: `${heads}/${name}`, logs: `${logs}/${name}` };
}

/**
 * Where the heads of trainings with this seed lie: those of the paper's settings in the folders themselves, others in
 * folders of their own beneath.
 *
 * ```ts
 * const folders = { heads: "heads", logs: "logs" };
 * seedFolders(folders, 42); // → { heads: "heads", logs: "logs" }
 * seedFolders(folders, 43); // → { heads: "heads/seed-43", logs: "logs/seed-43" }
 * ```
 */
export function seedFolders(folders: HeadFolders, seed: number): HeadFolders {
  if (seed === paperSettings("linear").seed) return { heads: folders.heads, logs: folders.logs };
  return foldersIn(folders, `seed-${seed}`);
}

const headPath = (name: string, { heads }: Pick<HeadFolders, "heads">): string =>
  `${heads}/${name}.safetensors`;

/**
 * Write a head as `<experiment>.safetensors` and its log as `<experiment>.csv`. The file says which experiment, encoder
 * and tags the weights belong to, their scores, settings and data, and whether the training was `finished`.
 */
export async function saveHead(
  { experiment, settings, weights, log, best }: LoggedHead,
  folders: HeadFolders,
  { fingerprint, encoder, tagNames }: TrainedOn,
  { finished = true } = {},
): Promise<void> {
  const metadata = {
    experiment: experiment.name,
    ...(experiment.sizes === undefined ? {} : { sizes: JSON.stringify(experiment.sizes) }),
    ...(encoder === undefined ? {} : { encoder }),
    ...(tagNames === undefined ? {} : { tags: JSON.stringify(tagNames) }),
    scores: JSON.stringify(best),
    settings: JSON.stringify(settings),
    trained_on: fingerprint,
    finished: String(finished),
  };
  const names = weightNames[experiment.kind];
  const tensors = Object.fromEntries(weights.map((weight, i) => [names[i], weight]));
  await writeLog(experiment.name, log, folders);
  await writeSafetensors(headPath(experiment.name, folders), { tensors, metadata });
}

/**
 * The weights of a saved head, and what is known of it. Throws if the experiment's name is unknown, if it has not been
 * trained, or if the file is another experiment's or its shapes are not this one's.
 *
 * ```ts
 * const folders = { heads: `${folder}/heads`, logs: `${folder}/logs` };
 * const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 1 };
 * await trainOrLoad(experimentNamed("linear-txt"), toyData(200, 5), settings, folders);
 * const { experiment, weights } = await loadHead("linear-txt", folders, 5);
 * experiment.kind; // → "linear"
 * weights.map(({ shape }) => shape); // → [[5, 512], [5]]
 * ```
 */
export async function loadHead(
  name: string,
  folders: Pick<HeadFolders, "heads">,
  tags = 49,
): Promise<{ experiment: Experiment; weights: Weights; metadata: Record<string, string> }> {
  experimentNamed(name); // an unknown name is an error of its own
  const path = headPath(name, folders);
  if (!existsSync(path))
    throw new Error(`${path} is missing: train ${name} first, in one of the notebooks 03 to 06`);
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.experiment !== undefined && metadata.experiment !== name)
    throw new Error(
      `${path} is the head of ${metadata.experiment}, not of ${name}: give it its own name back`,
    );
  const experiment = experimentOf(name, metadata);
  return { experiment, weights: weightsFrom(tensors, experiment, tags, path), metadata };
}

/** The saved head of this experiment, if its training on these data with these settings was finished. */
export async function loadFinishedHead(
  experiment: Experiment,
  { fingerprint, tags }: Pick<TrainingData, "fingerprint" | "tags">,
  settings: Settings,
  folders: HeadFolders,
): Promise<LoggedHead | undefined> {
  const { name } = experiment;
  const path = headPath(name, folders);
  if (!existsSync(path) || !(await hasLog(name, folders))) return undefined;
  const { tensors, metadata } = await readSafetensors(path);
  const { trained_on: data, settings: known, finished } = metadata;
  if (data !== fingerprint || known !== JSON.stringify(settings) || finished !== "true")
    return undefined;
  const weights = weightsFrom(tensors, experiment, tags, path);
  const log = await loadLog(name, folders);
  return { experiment, settings, weights, log, best: JSON.parse(metadata.scores) as EpochLog };
}
