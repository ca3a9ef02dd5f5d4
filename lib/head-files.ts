import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "./atomic";
import { experimentNamed, type Experiment } from "./experiments";
import { weightNames, weightsFrom, type Weights } from "./heads";
import { paths } from "./paths";
import { readSafetensors, writeSafetensors } from "./safetensors";
import { tf } from "./tfjs";
import { trainHead, type EpochLog, type Settings, type TrainedHead, type TrainOptions } from "./train";
import type { TrainingData } from "./training-data";

/** The columns of a training log, in order. */
const columns = ["epoch", "learningRate", "trainLoss", "valExactMatch", "valMacroF1"] as const;
const header = "epoch,learning_rate,train_loss,val_exact_match,val_macro_f1";

/** Where a dataset's heads and logs lie. */
export type HeadFolders = Pick<ReturnType<typeof paths>, "heads" | "logs">;

/** Write a head as `<experiment>.safetensors` (with what it was trained on and its scores) and its log as `<experiment>.csv`. */
export async function saveHead(
  head: TrainedHead,
  folders: HeadFolders,
  { fingerprint }: Pick<TrainingData, "fingerprint">,
): Promise<void> {
  const { experiment, settings, weights, log, best } = head;
  const metadata = {
    experiment: experiment.name,
    trained_on: fingerprint,
    settings: JSON.stringify(settings),
    best: JSON.stringify(best),
  };
  const tensors = Object.fromEntries(
    weights.map((weight, i) => [
      weightNames[experiment.kind][i],
      { shape: weight.shape, data: weight.dataSync() as Float32Array },
    ]),
  );
  const rows = log.map((entry) => columns.map((column) => entry[column]).join(","));
  await writeFileAtomic(`${folders.logs}/${experiment.name}.csv`, [header, ...rows, ""].join("\n"));
  await writeSafetensors(`${folders.heads}/${experiment.name}.safetensors`, { tensors, metadata });
}

/** The weights of a saved head, and what is known of it. Throws if the file's shapes are not the experiment's. */
export async function loadHead(
  name: string,
  { heads }: Pick<HeadFolders, "heads">,
  tags = 49,
): Promise<{ experiment: Experiment; weights: Weights; metadata: Record<string, string> }> {
  const experiment = experimentNamed(name),
    path = `${heads}/${name}.safetensors`;
  if (!existsSync(path)) throw new Error(`${path} is missing: train ${name} first, in one of the notebooks 03 to 06`);
  const { tensors, metadata } = await readSafetensors(path);
  return { experiment, weights: weightsFrom(tensors, experiment, tags, path), metadata };
}

/** The training log of a saved head. */
export async function loadLog(name: string, { logs }: Pick<HeadFolders, "logs">): Promise<EpochLog[]> {
  const path = `${logs}/${name}.csv`;
  if (!existsSync(path)) throw new Error(`${path} is missing: train ${name} first, in one of the notebooks 03 to 06`);
  const [first, ...lines] = (await readFile(path, "utf8")).trim().split("\n");
  if (first !== header) throw new Error(`${path}: its first line should be "${header}"`);
  return lines.map((line) => {
    const values = line.split(",").map(Number);
    return Object.fromEntries(columns.map((column, i) => [column, values[i]])) as unknown as EpochLog;
  });
}

/**
 * The head of this experiment: loaded if it was already trained on the same data with the same settings, else trained
 * and saved. `reused` says which. An interrupted training is returned but not saved, so that the next call starts again.
 */
export async function trainOrLoad(
  experiment: Experiment,
  data: TrainingData,
  settings: Settings,
  folders: HeadFolders,
  options: TrainOptions = {},
): Promise<TrainedHead & { reused: boolean }> {
  const saved = await savedHead(experiment, data, settings, folders);
  if (saved) return { ...saved, reused: true };
  const head = await trainHead(experiment, data, settings, options);
  if (!options.signal?.aborted) await saveHead(head, folders, data);
  return { ...head, reused: false };
}

async function savedHead(
  experiment: Experiment,
  { fingerprint, tags }: TrainingData,
  settings: Settings,
  folders: HeadFolders,
): Promise<TrainedHead | undefined> {
  const { name } = experiment;
  if (!existsSync(`${folders.heads}/${name}.safetensors`) || !existsSync(`${folders.logs}/${name}.csv`))
    return undefined;
  const { weights, metadata } = await loadHead(name, folders, tags);
  if (metadata.trained_on !== fingerprint || metadata.settings !== JSON.stringify(settings))
    return void tf.dispose(weights);
  return {
    experiment,
    settings,
    weights,
    log: await loadLog(name, folders),
    best: JSON.parse(metadata.best) as EpochLog,
  };
}
