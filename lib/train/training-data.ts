import { createHash } from "node:crypto";
import {
  modalities,
  modalitySize,
  type Modality,
  type ModalitySizes,
  type PerModality,
} from "../modalities";
import { loadFeatures } from "../embed/features";
import { loadLabels, selectLabels } from "../data/labels";
import type { Project } from "../project";
import { seededRandom, type Random } from "../random";
import { tf, type Tensor2D } from "../tfjs";

/** The features of all rows, one tensor a modality: img [n, 512], txt [n, 512], loc [n, 2]. No img without photos. */
export type Features = PerModality<Tensor2D>;

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
const TRAINING_VERSION = "10";

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
 * list of rows; without photos (see `countPhotos`) there is no "img", and every row is in one of them. Throws if notebook
 * 01 or 02 has not been run.
 *
 * ```ts
 * const project = { ...openProject(), tags: `${folder}/tags.parquet` }; // notebook 01 would write it
 * const why = await loadTrainingData(project).catch((error: Error) => error.message);
 * /is missing.*01-preprocess/.test(String(why)); // → true
 * ```
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
  const usable = features.img ? ok : new Uint8Array(ids.length).fill(1);
  const rowsWhere = (wanted: number): Int32Array =>
    Int32Array.from(ids.keys()).filter((row) => usable[row] === 1 && validation[row] === wanted);
  const all = createHash("sha256")
    .update(TRAINING_VERSION)
    .update(hash)
    .update(labels)
    .update(validation)
    .update(usable);
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

/**
 * Feature arrays, row by row, as tensors.
 *
 * ```ts
 * const arrays = { img: new Float32Array(1024), txt: new Float32Array(1024), loc: Float32Array.of(1, 2, 3, 4) };
 * asTensors(arrays).loc; // → [[1, 2], [3, 4]]
 * ```
 */
export function asTensors(arrays: PerModality<Float32Array>): Features {
  return mapModalities(arrays, (array) => {
    const rows = arrays.loc.length / modalitySize.loc;
    return tf.tensor2d(array, [rows, array.length / rows]);
  });
}

/** Each modality's part of `all` turned into a tensor, of those that are there. */
function mapModalities<T>(
  all: PerModality<T>,
  tensorOf: (part: T, modality: Modality) => Tensor2D,
): Features {
  const present = modalities.filter((modality) => all[modality] !== undefined);
  return Object.fromEntries(
    present.map((modality) => [modality, tensorOf(all[modality]!, modality)]),
  ) as Features;
}

/** Numbers a row of each modality; of those that are not there, as many as in the paper. */
export function sizesOf(features: Partial<Features>): ModalitySizes {
  const sizes = modalities.map((modality) => [
    modality,
    features[modality]?.shape[1] ?? modalitySize[modality],
  ]);
  return Object.fromEntries(sizes) as ModalitySizes;
}

/** The features of one modality. Throws, naming it, if these data have none. */
export function featuresOf(features: Features, modality: Modality): Tensor2D {
  const found = features[modality];
  if (found) return found;
  const remedy =
    modality === "img"
      ? "the dataset has no photos, or too few, so leave out the heads that see them"
      : "add them where the data are made (lib/embed/features.ts), or leave out the heads that see them";
  throw new Error(
    `These data have no features "${modality}", but ${Object.keys(features).join(", ")}: ${remedy}`,
  );
}

/** Tensors [n, …] side by side, [n, sum of their widths]. A single one is not copied. */
export function sideBySide(parts: readonly Tensor2D[]): Tensor2D {
  return parts.length === 1 ? parts[0].clone() : tf.concat2d([...parts], 1);
}

/**
 * The chosen modalities side by side, [n, inputs], as a head sees them: of all rows, of those with these numbers, or of
 * those from `start` to before `end`. Nothing is copied of a single modality's rows unless they are chosen by number.
 * Throws for a modality that these features don't have.
 *
 * ```ts
 * const { features } = toyData(200, 5);
 * fuse(features, ["img", "loc"], Int32Array.of(7, 3, 7)).shape; // → [3, 514]
 * fuse(features, ["img", "loc"]).shape; // → [300, 514]
 * ```
 */
export function fuse(
  features: Features,
  modalities: readonly Modality[],
  rows?: Int32Array | { start: number; end: number },
): Tensor2D {
  const chosen = (all: Tensor2D): Tensor2D => {
    if (rows === undefined) return all;
    if (rows instanceof Int32Array) return tf.gather(all, rows);
    return tf.slice(all, [rows.start, 0], [rows.end - rows.start, -1]);
  };
  return tf.tidy(() =>
    sideBySide(modalities.map((modality) => chosen(featuresOf(features, modality)))),
  );
}

/**
 * The same data with at most `rows` of its rows, chosen at random and kept in order; the training and validation rows
 * among them stay what they were. With no more than `rows` rows it is returned as it is.
 *
 * ```ts
 * const data = { ...toyData(200, 5), ids: new Int32Array(300), tagNames: [], encoder: "none" };
 * randomSubset(data, 40, seededRandom(42)).features.img.shape; // → [40, 512]
 * ```
 */
export function randomSubset<Data extends TrainingData & TrainingRows>(
  data: Data,
  rows: number,
  random: Random,
): Data {
  const all = data.ids.length;
  if (all <= rows) return data;
  // Not `random` itself: with the split's seed its permutation would be the split's, and all these rows for training.
  const kept = seededRandom(random.below(2 ** 31))
    .permutation(all)
    .subarray(0, rows)
    .sort();
  const position = new Map<number, number>();
  kept.forEach((row, i) => position.set(row, i));
  const within = (list: Int32Array): Int32Array =>
    list.filter((row) => position.has(row)).map((row) => position.get(row)!);
  const gather = (tensor: Tensor2D): Tensor2D => tf.gather(tensor, kept);
  const labels = gather(data.labels);
  const validationRows = within(data.validationRows);
  const validationLabels = selectLabels(
    Uint8Array.from(labels.dataSync()),
    data.tags,
    validationRows,
  );
  return {
    ...data,
    features: mapModalities(data.features, gather),
    labels,
    trainRows: within(data.trainRows),
    validationRows,
    validationLabels,
    ids: data.ids.filter((_, row) => position.has(row)),
    fingerprint: `${data.fingerprint}-${rows}-${kept.reduce((sum, row) => (Math.imul(sum, 31) + row) >>> 0, 0)}`,
  };
}

/**
 * The same data with something changed, such as features of a notebook's own making, and with a fingerprint of its own, so
 * that `trainOrLoad` takes none of its heads for one of the others.
 *
 * ```ts
 * const data = toyData(200, 5);
 * const fewer = variantOf(data, { trainRows: data.trainRows.subarray(0, 50) });
 * fewer.fingerprint === data.fingerprint; // → false
 * ```
 */
export function variantOf<Data extends TrainingData>(
  data: Data,
  changes: Partial<Omit<TrainingData, "tags" | "fingerprint">>,
): Data {
  const { features = data.features, ...others } = changes;
  const unlike = Object.entries(features).filter(
    ([modality, tensor]) => tensor !== data.features[modality as Modality],
  );
  const parts: [string, Tensor2D | Int32Array | Uint8Array][] = [
    ...unlike,
    ...Object.entries(others),
  ];
  const hash = createHash("sha256").update(data.fingerprint);
  for (const [name, numbers] of parts) {
    const plain = numbers instanceof tf.Tensor ? (numbers.dataSync() as Float32Array) : numbers;
    hash.update(`${name} ${plain.length} `).update(plain);
  }
  return { ...data, ...changes, fingerprint: hash.digest("hex").slice(0, 16) };
}
