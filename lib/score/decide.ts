/** From scores to tags: a threshold, and at least one tag. */

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
    labels.fill(0, start, start + tags);
    for (let given = 0; given < (passing < min ? min : max); given++) {
      let best = -1;
      for (let i = start; i < start + tags; i++)
        if (labels[i] === 0 && (best < 0 || scores[i] > scores[best])) best = i;
      labels[best] = 1;
    }
  }
  return labels;
}
