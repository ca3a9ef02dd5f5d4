/** A threshold for each tag, where macro F1 is what counts. */
import { bestThreshold } from "../train/metrics";
import { requireSameShape, wholeRows } from "./tag-sets";

/**
 * For each tag the threshold with its highest F1 on these rows [tags]: `probabilities` and `truth` are [rows, tags] row
 * by row. One half for a tag that no row has. Throws if shapes don't fit.
 *
 * ```ts
 * const p = Float32Array.of(0.1, 0.2, 0.4, 0.6);
 * tagThresholds(p, Uint8Array.of(0, 0, 1, 1), 1); // → [0.3]
 * ```
 */
export function tagThresholds(
  probabilities: Float32Array,
  truth: Uint8Array,
  tags: number,
): Float32Array {
  requireSameShape("tagThresholds", probabilities, truth);
  wholeRows("tagThresholds", "probabilities", probabilities, tags);
  return Float32Array.from({ length: tags }, (_, tag) =>
    bestThreshold(probabilities, truth, tag, tags),
  );
}

/**
 * 1 where a probability is above its tag's threshold, [rows, tags] row by row.
 *
 * ```ts
 * aboveThresholds(Float32Array.of(0.3, 0.3), Float32Array.of(0.2, 0.4)); // → [1, 0]
 * ```
 */
export function aboveThresholds(probabilities: Float32Array, thresholds: Float32Array): Uint8Array {
  wholeRows("aboveThresholds", "probabilities", probabilities, thresholds.length);
  return Uint8Array.from(probabilities, (p, i) => Number(p > thresholds[i % thresholds.length]));
}
