/** Which tag a head gives in place of one that it misses. */
import type { TagCount } from "../data/types";

/** A tag, the images that miss it, and how many of those were given no wrong tag instead. */
export interface MissedTag extends TagCount {
  alone: number;
}

/** Images whose tag `tag` was missed and that were wrongly given `instead`. */
export interface StandIn {
  tag: string;
  instead: string;
  images: number;
}

/**
 * Count, over all images, which wrongly given tags accompany each missed tag. `truth` and `predicted` are 0/1,
 * [images, tags] row by row. An image with a missed tag and two wrong ones counts for both pairs. `onPair` is called for
 * each image and pair, with the tags' numbers. Throws when the lengths do not fit together.
 *
 * ```ts
 * const { standIns } = countStandIns([1, 0, 1, 0], [0, 1, 0, 1], ["Moorland", "Uplands"]);
 * standIns; // → [{ tag: "Moorland", instead: "Uplands", images: 2 }]
 * ```
 */
export function countStandIns(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  tags: readonly string[],
  onPair?: (image: number, tag: number, instead: number) => void,
): { missed: MissedTag[]; standIns: StandIn[] } {
  const n = tags.length;
  const counts = new Float64Array(n * n);
  const missed = new Float64Array(n);
  const alone = new Float64Array(n);
  if (truth.length !== predicted.length || truth.length % n !== 0) {
    const sizes = `truth has ${truth.length} values and predicted ${predicted.length}`;
    throw new Error(`countStandIns: both must be [images, ${n}], but ${sizes}`);
  }
  const numbers = Array.from({ length: n }, (_, i) => i);
  for (let row = 0; row < truth.length; row += n) {
    const wrong = numbers.filter((j) => predicted[row + j] && !truth[row + j]);
    for (const i of numbers.filter((k) => truth[row + k] && !predicted[row + k])) {
      missed[i]++;
      if (wrong.length === 0) alone[i]++;
      for (const j of wrong) {
        counts[i * n + j]++;
        onPair?.(row / n, i, j);
      }
    }
  }
  const standIns = tags.flatMap((tag, i) =>
    tags.map((instead, j) => ({ tag, instead, images: counts[i * n + j] })),
  );
  return {
    missed: tags.map((tag, i) => ({ tag, images: missed[i], alone: alone[i] })),
    standIns: standIns.filter(({ images }) => images > 0).sort((a, b) => b.images - a.images),
  };
}
