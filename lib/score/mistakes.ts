import type { JudgedPhoto } from "../data/types";
import type { Project } from "../project";
import { photosOf } from "../data/photos";
import type { Random } from "../random";
import { tf } from "../tfjs";
import { crossEntropy } from "../train/loss";

/** One row whose predicted tags are not the true ones; tags by their column's number. */
export interface Mistake {
  row: number;
  predicted: number[];
  truth: number[];
}

/** Every row that is wrong. Labels are 0/1, [rows, tags] row by row. */
function allMistakes(predicted: Uint8Array, truth: Uint8Array, tags: number): Mistake[] {
  const tagsOf = (labels: Uint8Array, row: number): number[] =>
    Array.from({ length: tags }, (_, tag) => tag).filter((tag) => labels[row * tags + tag]);
  const rows = Array.from({ length: truth.length / tags }, (_, row) => ({
    row,
    predicted: tagsOf(predicted, row),
    truth: tagsOf(truth, row),
  }));
  return rows.filter((mistake) => mistake.predicted.join() !== mistake.truth.join());
}

/**
 * Choose `count` rows at random among those that are wrong and have 1 to `maxTags` tags on either side, as for the paper's
 * figure. `predicted` and `truth` are 0/1, [rows, tags] row by row. Fewer if there aren't as many.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 1, 0, 0, 1);
 * const predicted = Uint8Array.of(1, 0, 0, 1, 0, 1);
 * pickMistakes({ truth, predicted, tags: 2, count: 5, random: seededRandom(42) }); // → [{ row: 1, predicted: [1], truth: [0] }]
 * ```
 */
export function pickMistakes({
  predicted,
  truth,
  tags,
  count,
  maxTags = 2,
  random,
}: {
  predicted: Uint8Array;
  truth: Uint8Array;
  tags: number;
  count: number;
  maxTags?: number;
  random: Random;
}): Mistake[] {
  const wrong = allMistakes(predicted, truth, tags).filter((mistake) =>
    [mistake.predicted, mistake.truth].every(({ length }) => length >= 1 && length <= maxTags),
  );
  return Array.from(random.permutation(wrong.length).subarray(0, count), (i) => wrong[i]);
}

/**
 * The `count` mistakes of which the head was surest: those with the largest binary cross-entropy, summed over the row's
 * tags, largest first. `logits` [rows, tags]; a tag is predicted where its logit is above 0.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 0, 1);
 * const predicted = Uint8Array.of(0, 1, 1, 0);
 * const logits = Float32Array.of(-0.1, 0.1, 7, -7);
 * surestMistakes({ logits, truth, predicted, tags: 2, count: 1 }); // → [{ row: 1, predicted: [0], truth: [1] }]
 * ```
 */
export function surestMistakes({
  logits,
  predicted,
  truth,
  tags,
  count,
}: {
  logits: Float32Array;
  predicted: Uint8Array;
  truth: Uint8Array;
  tags: number;
  count: number;
}): Mistake[] {
  const losses = tf.tidy(() => {
    const shape: [number, number] = [truth.length / tags, tags];
    return crossEntropy(tf.tensor2d(logits, shape), tf.tensor2d(Float32Array.from(truth), shape))
      .sum(1)
      .dataSync();
  });
  return allMistakes(predicted, truth, tags)
    .sort((a, b) => losses[b.row] - losses[a.row])
    .slice(0, count);
}

/**
 * The photos behind some mistakes, with the names of their tags. `ids` are the rows' image ids. Throws, naming it, for a
 * photo that is not on disk or not in the prepared table.
 *
 * ```ts
 * const { project } = await toyProject(folder);
 * const mistakes = [{ row: 1, predicted: [0], truth: [2] }];
 * const [{ title, predicted, truth }] = await mistakenPhotos(mistakes, [7, 8], ["a", "b", "c"], project);
 * [title, predicted, truth]; // → ["Photo 8", ["a"], ["c"]]
 * ```
 */
export async function mistakenPhotos(
  mistakes: readonly Mistake[],
  ids: ArrayLike<number>,
  tagNames: readonly string[],
  project: Project,
): Promise<(JudgedPhoto & { title: string })[]> {
  const photos = await photosOf(
    mistakes.map(({ row }) => ids[row]),
    project,
  );
  const names = (tags: readonly number[]): string[] => tags.map((tag) => tagNames[tag]);
  return mistakes.map(({ row, predicted, truth }, i) => {
    const { image, title } = photos[i];
    if (image === null)
      throw new Error(
        `Photo ${ids[row]} has no image on disk, so it should not have been validated`,
      );
    return { image, title, predicted: names(predicted), truth: names(truth) };
  });
}
