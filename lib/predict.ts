import type { Experiment } from "./experiments";
import { logits, type Weights } from "./heads";
import { tf } from "./tfjs";
import { fuse, type Features } from "./training-data";

/** Rows at a time: enough to keep the processor busy, few enough to stay small in memory. */
const chunkRows = 8192;

/** A head's logits for some rows of the features (by default all): [rows, tags], row by row. */
export function predictLogits(
  { modalities }: Pick<Experiment, "modalities">,
  weights: Weights,
  features: Features,
  rows: Int32Array = Int32Array.from({ length: features.img.shape[0] }, (_, row) => row),
): Float32Array {
  const tags = weights[weights.length - 1].shape[0],
    predicted = new Float32Array(rows.length * tags);
  for (let start = 0; start < rows.length; start += chunkRows) {
    const chunk = rows.subarray(start, start + chunkRows);
    const z = tf.tidy(() => logits(weights, fuse(features, modalities, chunk)));
    predicted.set(z.dataSync() as Float32Array, start * tags);
    z.dispose();
  }
  return predicted;
}

/** σ(z) = 1 / (1 + e^−z), the probability that a logit stands for. A new array of the same length. */
export function sigmoid(z: Float32Array): Float32Array {
  return z.map((value) => 1 / (1 + Math.exp(-value)));
}
