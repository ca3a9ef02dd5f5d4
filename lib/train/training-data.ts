import { createHash } from "node:crypto";
import { modalitySize, type Modality } from "../modalities";
import { loadFeatures } from "../embed/features";
import { loadLabels, selectLabels } from "../data/labels";
import type { Project } from "../project";
import { tf, type Tensor2D } from "../tfjs";

/** The features of all rows, one tensor a modality: img [n, 512], txt [n, 512], loc [n, 2]. */
export type Features = Record<Modality, Tensor2D>;

/** What heads are trained and scored on: all rows once, and which of them are for what. One split serves all experiments. */
export interface TrainingData {
  features: Features;
  /** [rows, tags], 0 or 1. */
  labels: Tensor2D;
  trainRows: Int32Array;
  validationRows: Int32Array;
  /** The validation rows' labels once more, as bytes, for the scores. */
  validationLabels: Uint8Array;
  /** The number of tags. */
  tags: number;
  /** A short hash of features, labels and split: a saved head is reused only for equal data. */
  fingerprint: string;
}

/** What a row is: its image's id, the tags' names in the order of the columns, and whose embeddings the features are. */
export interface TrainingRows {
  ids: Int32Array;
  tagNames: string[];
  encoder: string;
}

/** Raised when the same data and settings no longer give the same heads: older ones are then trained again. */
const TRAINING_VERSION = "6";

/** Throws, naming the image, if a row has no tag: every photo of the competition has one, so the file must be damaged. */
export function checkLabels(labels: Uint8Array, ids: Int32Array, inputs: string): void {
  const tags = labels.length / ids.length;
  for (let row = 0; row < ids.length; row++) {
    if (labels.subarray(row * tags, (row + 1) * tags).includes(1)) continue;
    throw new Error(
      `Image ${ids[row]} (row ${row} of ${inputs}/prepared/train.parquet, counted from 0) has no tag: correct or remove ` +
        `its line in ${inputs}/train.csv or train-extra.csv, then run notebook 01-preprocess again`,
    );
  }
}

/**
 * Features and labels of all labelled images, ready for training. Rows whose photo could not be read are in neither
 * list of rows. Throws if notebook 01 or 02 has not been run.
 */
export async function loadTrainingData(project: Project): Promise<TrainingData & TrainingRows> {
  const { dataset, encoder, inputs } = project;
  await tf.ready();
  const [{ labels, tags: tagNames, validation }, { ids, ok, features, hash }] = await Promise.all([
    loadLabels(project),
    loadFeatures({ dataset, encoder, split: "train" }),
  ]);
  const tags = tagNames.length;
  checkLabels(labels, ids, inputs);
  const rowsWhere = (wanted: number): Int32Array =>
    Int32Array.from(ids.keys()).filter((row) => ok[row] === 1 && validation[row] === wanted);
  const all = createHash("sha256")
    .update(TRAINING_VERSION)
    .update(hash)
    .update(labels)
    .update(validation)
    .update(ok);
  const validationRows = rowsWhere(1);
  return {
    features: asTensors(features),
    labels: tf.tensor2d(new Float32Array(labels), [ids.length, tags]),
    trainRows: rowsWhere(0),
    validationRows,
    validationLabels: selectLabels(labels, tags, validationRows),
    tags,
    fingerprint: all.digest("hex").slice(0, 16),
    ids,
    tagNames,
    encoder,
  };
}

/** Feature arrays, row by row, as tensors. */
export function asTensors(arrays: Record<Modality, Float32Array>): Features {
  const tensor = (modality: Modality): Tensor2D => {
    const width = modalitySize[modality];
    return tf.tensor2d(arrays[modality], [arrays[modality].length / width, width]);
  };
  return { img: tensor("img"), txt: tensor("txt"), loc: tensor("loc") };
}

/** Copies of some rows of each modality: the large tensors exist once, whatever the experiment. */
export function gatherRows<M extends Modality>(
  features: Features,
  modalities: readonly M[],
  rows: Int32Array,
): Record<M, Tensor2D> {
  return tf.tidy(() => {
    const index = tf.tensor1d(rows, "int32");
    return Object.fromEntries(
      modalities.map((modality) => [modality, tf.gather(features[modality], index)]),
    );
  }) as Record<M, Tensor2D>;
}

/** The chosen modalities of some rows side by side: [rows, inputs]. */
export function fuse(
  features: Features,
  modalities: readonly Modality[],
  rows: Int32Array,
): Tensor2D {
  return tf.tidy(() => {
    const parts = gatherRows(features, modalities, rows);
    const list = modalities.map((modality) => parts[modality]);
    return list.length === 1 ? list[0] : tf.concat2d(list, 1);
  });
}
