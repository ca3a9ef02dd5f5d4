import type { Experiment } from "./experiments";
import { logits } from "./heads";
import { featuresOf, fuse, type Features } from "./training-data";
import type { Weights } from "./weights";
import { tf, type Tensor2D } from "../tfjs";

/** Rows at a time: enough to keep the processor busy, few enough to stay small in memory. */
const chunkRows = 8192;

/** The numbers from 0 to before n, `size` (some thousand) at a time: `start` and `end` (exclusive) of each piece. */
export function* chunks(n: number, size = chunkRows): Generator<{ start: number; end: number }> {
  for (let start = 0; start < n; start += size) yield { start, end: Math.min(start + size, n) };
}

/**
 * A head's logits: [rows, tags], row by row; of all rows, or of those named.
 *
 * ```ts
 * const { features, validationRows } = toyData(200, 5);
 * const head = experimentNamed("linear-txt");
 * const weights = initialWeights(head, 5, seededRandom(42));
 * predictLogits(head, weights, features, validationRows).length; // → 500
 * ```
 */
export function predictLogits(
  { modalities }: Pick<Experiment, "modalities">,
  weights: Weights,
  features: Features,
  rows?: Int32Array,
): Float32Array {
  const n = rows?.length ?? featuresOf(features, modalities[0]).shape[0];
  return predictInChunks(weights, n, ({ start, end }) =>
    fuse(features, modalities, rows ? rows.subarray(start, end) : { start, end }),
  );
}

/** A head's logits for n rows [n, tags], row by row; `xOf` gives the features of a piece of them, [end − start, inputs]. */
export function predictInChunks(
  weights: Weights,
  n: number,
  xOf: (piece: { start: number; end: number }) => Tensor2D,
): Float32Array {
  const tags = weights[weights.length - 1].shape[0];
  const predicted = new Float32Array(n * tags);
  for (const piece of chunks(n)) {
    const z = tf.tidy(() => logits(weights, xOf(piece)));
    predicted.set(z.dataSync() as Float32Array, piece.start * tags);
    z.dispose();
  }
  return predicted;
}

/**
 * σ(z) = 1 / (1 + e^−z), the probability that a logit stands for. A new array of the same length.
 *
 * ```ts
 * sigmoid(Float32Array.of(-2, 0, 2)); // → [0.1192, 0.5, 0.8808]
 * ```
 */
export function sigmoid(z: Float32Array): Float32Array {
  return z.map((value) => 1 / (1 + Math.exp(-value)));
}
