import type { Modality } from "../modalities";
import type { Experiment } from "../train/experiments";
import { logits, type Weights } from "../train/heads";
import { tf, type Tensor2D } from "../tfjs";
import { fuse, type Features } from "../train/training-data";

/** Rows at a time: enough to keep the processor busy, few enough to stay small in memory. */
const chunkRows = 8192;

/**
 * A head's logits: [rows, tags], row by row; of all rows, or of those named. All rows are read as slices, which needs no
 * copy of a modality's numbers; rows by name have to be gathered.
 */
export function predictLogits(
  { modalities }: Pick<Experiment, "modalities">,
  weights: Weights,
  features: Features,
  rows?: Int32Array,
): Float32Array {
  const n = rows?.length ?? features[modalities[0]].shape[0];
  const tags = weights[weights.length - 1].shape[0];
  const predicted = new Float32Array(n * tags);
  for (let start = 0; start < n; start += chunkRows) {
    const end = Math.min(start + chunkRows, n);
    const z = tf.tidy(() => {
      const x = rows
        ? fuse(features, modalities, rows.subarray(start, end))
        : slice(features, modalities, start, end);
      return logits(weights, x);
    });
    predicted.set(z.dataSync() as Float32Array, start * tags);
    z.dispose();
  }
  return predicted;
}

/** The chosen modalities of the rows from `start` to before `end`, side by side. */
function slice(
  features: Features,
  modalities: readonly Modality[],
  start: number,
  end: number,
): Tensor2D {
  const parts = modalities.map((modality) =>
    tf.slice(features[modality], [start, 0], [end - start, -1]),
  );
  return parts.length === 1 ? parts[0] : tf.concat2d(parts, 1);
}

/** σ(z) = 1 / (1 + e^−z), the probability that a logit stands for. A new array of the same length. */
export function sigmoid(z: Float32Array): Float32Array {
  return z.map((value) => 1 / (1 + Math.exp(-value)));
}

export interface DecideOptions {
  /** Number of tags, the width of a row. */
  tags?: number;
  /** A tag is given where its score is above this. */
  threshold?: number;
  /** A row gets no fewer tags than this, and no more than `max` (by default, all). */
  min?: number;
  max?: number;
}

/**
 * Tags from scores [rows, tags], such as probabilities: 1 above the threshold, but between `min` and `max` a row, the
 * highest first. Every photo has at least one tag, so where nothing passes, the highest is given (of equals, the first).
 * Logits do as well, with the threshold 0, which saves the sigmoid. The original's submissions have `min` 1 and no `max`,
 * its notebook of locations 1 and 3. A new array of 0 and 1.
 *
 * ```ts
 * decide(Float32Array.of(0.9, 0.6, 0.1, 0.2, 0.3, 0.1), { tags: 3 }); // → [1, 1, 0, 0, 1, 0]
 * ```
 *
 * Throws if the array is not whole rows or holds a NaN, and if `min` and `max` do not fit.
 */
export function decide(
  scores: Float32Array,
  { tags = 49, threshold = 0.5, min = 1, max = tags }: DecideOptions = {},
): Uint8Array {
  if (scores.length % tags !== 0)
    throw new Error(`decide: ${scores.length} scores are not whole rows of ${tags} tags`);
  if (min > max || max > tags)
    throw new Error(`decide: ${min} to ${max} of ${tags} tags cannot be given`);
  const labels = new Uint8Array(scores.length);
  for (let start = 0; start < scores.length; start += tags) {
    let passing = 0;
    for (let i = start; i < start + tags; i++) {
      if (Number.isNaN(scores[i]))
        throw new Error(`decide: row ${start / tags}, tag ${i - start} is NaN`);
      if (scores[i] <= threshold) continue;
      labels[i] = 1;
      passing++;
    }
    if (passing >= min && passing <= max) continue;
    const row = scores.subarray(start, start + tags);
    const order = Array.from(row.keys()).sort((a, b) => row[b] - row[a]);
    const given = order.slice(0, passing < min ? min : max);
    labels.fill(0, start, start + tags);
    for (const tag of given) labels[start + tag] = 1;
  }
  return labels;
}
