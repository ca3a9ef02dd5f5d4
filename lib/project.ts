/**
 * Which dataset and encoder are in use, and where everything of theirs lies. All paths are relative to the repository
 * root, which is the working directory of the notebooks, the scripts and the tests.
 */
import { existsSync } from "node:fs";

/** The drawn sample that the repository makes for itself. */
export const SAMPLE = "mini-geograph";

/** The parts of the data that are embedded apart. */
export type Split = "train" | "test";

/** A dataset and an encoder, with the folders and files that belong to them. */
export interface Project {
  dataset: string;
  encoder: string;
  /** Whether the dataset is the drawn sample. */
  isSample: boolean;
  /** Inputs in Kaggle's own layout: train.csv, test.csv, metadata.csv, tags-top.csv, train_images/ ... */
  inputs: string;
  /** What notebook 01 writes. */
  prepared: string;
  train: string;
  test: string;
  tags: string;
  rejects: string;
  /** Embeddings of one split, in clip-retrieval's layout. */
  embeddings(split: Split): string;
  heads: string;
  logs: string;
  submissions: string;
  runs: string;
  /** Figures and tables. The sample's in figures/mini-geograph are copies that `npm start -- --save` makes. */
  figures: string;
}

/**
 * The project that DATASET and ENCODER choose: by default the sample with the bundled encoder; for every other dataset
 * CLIP ViT-B/32. This is the only place that reads these two variables: a notebook calls it once, in its constants cell,
 * and hands the result on.
 *
 *     const project = openProject();
 *     const data = await loadTrainingData(project);
 *
 * Throws for a dataset that is no plain folder name, and for an encoder that is no name or path.
 */
export function openProject(
  environment: { DATASET?: string; ENCODER?: string } = process.env,
): Project {
  const dataset = environment.DATASET?.trim() || SAMPLE;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(dataset))
    throw new Error(
      `DATASET must be the name of a folder in data/, such as "${SAMPLE}" or "kaggle", not "${dataset}"`,
    );
  return projectOf(dataset, environment.ENCODER?.trim() || undefined);
}

/**
 * The project of a dataset (a folder in data/) and an encoder. Heads, logs, submissions and runs hang on the encoder
 * too, so each has a folder per encoder: heads trained on one encoder's embeddings are never mistaken for another's.
 * Throws for an encoder that is no name or path.
 */
export function projectOf(
  dataset: string,
  encoder = dataset === SAMPLE ? "mini-clip" : "Xenova/clip-vit-base-patch32",
): Project {
  const inputs = `data/${dataset}`;
  const prepared = `${inputs}/prepared`;
  const folder = encoderFolder(encoder);
  return {
    dataset,
    encoder,
    isSample: dataset === SAMPLE,
    inputs,
    prepared,
    train: `${prepared}/train.parquet`,
    test: `${prepared}/test.parquet`,
    tags: `${prepared}/tags.parquet`,
    rejects: `${prepared}/rejects.csv`,
    embeddings: (split) => `${inputs}/embeddings/${folder}/${split}`,
    heads: `${inputs}/heads/${folder}`,
    logs: `${inputs}/logs/${folder}`,
    submissions: `${inputs}/submissions/${folder}`,
    runs: `${inputs}/runs/${folder}`,
    figures: `${inputs}/figures`,
  };
}

/**
 * An encoder's name or path as one folder name: "Xenova/clip" becomes "Xenova--clip", "./Meine Modelle/für Fotos"
 * "Meine Modelle--für Fotos". Throws for a path that climbs out, and for signs that not every file system takes.
 */
export function encoderFolder(encoder: string): string {
  const folder = encoder
    .normalize("NFC") // file systems differ in how they write umlauts
    .replace(/\\/g, "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("--");
  // eslint-disable-next-line no-control-regex
  if (!/^[\p{L}\p{N}_][^<>:"|?*\x00-\x1f]*$/u.test(folder)) {
    throw new Error(
      `ENCODER must be "mini-clip", a model's name on the hub or a model's folder (without < > : " | ? *, not beginning ` +
        `with a dot), not "${encoder}"`,
    );
  }
  return folder;
}

/** `path` itself if it exists; otherwise throws, naming the notebook that makes it (such as "02-embed"). */
export function requireFile(path: string, madeBy: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing: run notebook ${madeBy} first`);
  return path;
}
