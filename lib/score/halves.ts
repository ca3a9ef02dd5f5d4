/** Tuning on some rows and scoring on others. */
import type { Random } from "../random";
import { requireSameShape, wholeRows } from "./tag-sets";

/** Some rows (numbers from 0) of a matrix [rows, width], copied in the order given. */
export function rowsOf<Values extends Float32Array | Uint8Array>(
  values: Values,
  width: number,
  rows: Int32Array,
): Values {
  const chosen = values.slice(0, 0);
  const all = new (chosen.constructor as new (length: number) => Values)(rows.length * width);
  rows.forEach((row, i) => all.set(values.subarray(row * width, (row + 1) * width), i * width));
  return all;
}

/**
 * The numbers 0..n−1 in two halves, drawn at random and each in order; of an odd number the second has one more.
 *
 * ```ts
 * const [one, other] = halves(5, seededRandom(42));
 * [one.length, other.length]; // → [2, 3]
 * ```
 */
export function halves(n: number, random: Random): [Int32Array, Int32Array] {
  const order = random.permutation(n);
  const middle = Math.floor(n / 2);
  return [order.subarray(0, middle).sort(), order.subarray(middle).sort()];
}

/**
 * What something that has to be tuned gives to each row, tuned on rows that don't include it: `tune` gets one half of the
 * rows with their truth and returns how to answer, which answers for the other half; then the halves change places.
 * `logits` and `truth` are [rows, tags] row by row, and so is the answer (tags or probabilities).
 *
 * ```ts
 * const z = Float32Array.of(0.1, 0.2, 0.3, 0.4);
 * const truth = Uint8Array.of(0, 0, 1, 1);
 * const given = crossFit(z, truth, 1, seededRandom(1), () => aboveThreshold);
 * given; // → [1, 1, 1, 1]
 * ```
 *
 * Throws if the shapes don't fit, and for fewer than two rows.
 */
export function crossFit<Answer extends Float32Array | Uint8Array>(
  logits: Float32Array,
  truth: Uint8Array,
  tags: number,
  random: Random,
  tune: (logits: Float32Array, truth: Uint8Array) => (logits: Float32Array) => Answer,
): Answer {
  requireSameShape("crossFit", logits, truth);
  const n = wholeRows("crossFit", "logits", logits, tags);
  if (n < 2) throw new Error(`crossFit: ${n} rows can't be halved`);
  const [one, other] = halves(n, random);
  const parts = [
    [one, other],
    [other, one],
  ].map(([tuned, held]) => {
    const answer = tune(rowsOf(logits, tags, tuned), rowsOf(truth, tags, tuned));
    return { held, given: answer(rowsOf(logits, tags, held)) };
  });
  const all = new (parts[0].given.constructor as new (length: number) => Answer)(logits.length);
  for (const { held, given } of parts)
    held.forEach((row, i) => all.set(given.subarray(i * tags, (i + 1) * tags), row * tags));
  return all;
}
