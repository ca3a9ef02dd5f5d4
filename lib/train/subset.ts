import type { Random } from "../random";
import { selectLabels } from "../data/labels";
import { tf, type Tensor2D } from "../tfjs";
import type { TrainingData, TrainingRows } from "./training-data";

/**
 * The same data with at most `rows` of its rows, chosen at random and kept in order; the training and validation rows
 * among them stay what they were. With no more than `rows` rows it is returned as it is.
 */
export function randomSubset<Data extends TrainingData & TrainingRows>(
  data: Data,
  rows: number,
  random: Random,
): Data {
  const all = data.ids.length;
  if (all <= rows) return data;
  const kept = random.permutation(all).subarray(0, rows).sort();
  const position = new Map<number, number>();
  kept.forEach((row, i) => position.set(row, i));
  const within = (list: Int32Array): Int32Array =>
    list.filter((row) => position.has(row)).map((row) => position.get(row)!);
  const gather = (tensor: Tensor2D): Tensor2D =>
    tf.tidy(() => tf.gather(tensor, tf.tensor1d(kept, "int32")));
  const { img, txt, loc } = data.features;
  const labels = gather(data.labels);
  const validationRows = within(data.validationRows);
  const validationLabels = selectLabels(
    Uint8Array.from(labels.dataSync()),
    data.tags,
    validationRows,
  );
  return {
    ...data,
    features: { img: gather(img), txt: gather(txt), loc: gather(loc) },
    labels,
    trainRows: within(data.trainRows),
    validationRows,
    validationLabels,
    ids: data.ids.filter((_, row) => position.has(row)),
    fingerprint: `${data.fingerprint}-${rows}-${kept.reduce((sum, row) => (Math.imul(sum, 31) + row) >>> 0, 0)}`,
  };
}
