/**
 * Where everything lives, and which dataset and encoder are in use. All paths are relative to the repository root,
 * which is the working directory of the notebooks, the scripts and the tests.
 */
import { existsSync } from "node:fs";

/** The drawn sample that the repository makes for itself. */
export const SAMPLE = "mini-geograph";

/** The three parts of the data that are embedded and evaluated apart. */
export type Split = "train" | "val" | "test";

/** The folders and files of one dataset (and, for what depends on it, of one encoder). */
export interface Paths {
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
  figures: string;
}

/** The dataset named by the environment variable DATASET, else the sample. Throws unless it is a plain folder name. */
export function datasetName(): string {
  const name = process.env.DATASET?.trim() || SAMPLE;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new Error(
      `DATASET must be the name of a folder in data/, such as "${SAMPLE}" or "kaggle", not "${name}"`,
    );
  }
  return name;
}

/** The encoder named by ENCODER; else the bundled one for the sample and CLIP ViT-B/32 for every other dataset. */
export function encoderName(dataset: string = datasetName()): string {
  return (
    process.env.ENCODER?.trim() ||
    (dataset === SAMPLE ? "mini-clip" : "Xenova/clip-vit-base-patch32")
  );
}

/** An encoder's name or path as one folder name: "Xenova/clip" becomes "Xenova--clip", "./models/x" "models--x". */
export function encoderFolder(encoder: string): string {
  const folder = encoder
    .replace(/\\/g, "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("--");
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(folder)) {
    throw new Error(
      `ENCODER must be "mini-clip", a model's name on the hub or a model's folder, not "${encoder}"`,
    );
  }
  return folder;
}

/**
 * The paths of a dataset. Heads, logs, submissions and runs hang on the encoder too, so each has a folder per encoder:
 * heads trained on one encoder's embeddings are never mistaken for another's.
 */
export function paths(
  dataset: string = datasetName(),
  encoder: string = encoderName(dataset),
): Paths {
  const inputs = `data/${dataset}`;
  const prepared = `${inputs}/prepared`;
  const folder = encoderFolder(encoder);
  return {
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
    figures: `figures/${dataset}`,
  };
}

/** `path` itself if it exists; otherwise throws, naming the notebook that makes it (such as "02-embed"). */
export function requireFile(path: string, madeBy: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing: run notebook ${madeBy} first`);
  return path;
}
