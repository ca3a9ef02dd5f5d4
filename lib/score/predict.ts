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
