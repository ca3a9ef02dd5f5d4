/** Sets of tags with the competition's frequencies, co-occurrence and number of tags an image. */
import { competitionTagsPerImage, tagPairs, tags as paperTags } from "../../lib/data/paper";
import type { Random } from "../../lib/random";
import { weightedIndex } from "./weighted";

/** Counts of images in the competition's train.csv. */
export interface TagStatistics {
  /** Column names ("tag479") and tag names, in the competition's column order. */
  cols: string[];
  names: string[];
  groupings: string[];
  /** Images that carry only this tag. */
  single: number[];
  /** Images with both tags, symmetric [tags][tags], 0 on the diagonal. */
  pairs: number[][];
  /** Images by their number of tags: 1, 2, ... 7 or more. */
  perImage: number[];
}

/** Sets of more tags are drawn no larger than this. */
const MOST_TAGS = 7;

/** Reads the counts that `data/paper/` keeps. Throws if a file of it is missing or malformed. */
export async function readTagStatistics(): Promise<TagStatistics> {
  const tags = await paperTags();
  const cols = tags.map(({ col }) => col);
  const pairs = tags.map(() => tags.map(() => 0));
  for (const { colA, colB, images } of await tagPairs()) {
    const i = cols.indexOf(colA);
    const j = cols.indexOf(colB);
    pairs[i][j] = images;
    pairs[j][i] = images;
  }
  const perImage = new Array<number>(MOST_TAGS).fill(0);
  for (const { tags: count, images } of await competitionTagsPerImage())
    perImage[Math.min(count, MOST_TAGS) - 1] += images;
  return {
    cols,
    names: tags.map(({ tag }) => tag),
    groupings: tags.map(({ grouping }) => grouping),
    single: tags.map(({ imagesSingleTag }) => imagesSingleTag),
    pairs,
    perImage,
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * A function that draws tag sets (ascending column indices). One tag: in proportion to the images with that tag alone.
 * Two: a pair in proportion to the images that have both. More: a further tag in proportion to the product of its
 * co-occurrences with those present over its frequency, as if they were conditionally independent.
 * `flatten` below 1 raises the counts to that power, so that rare tags come up more often.
 */
export function tagSetSampler(
  { single, pairs, perImage }: TagStatistics,
  { flatten = 1 } = {},
): (random: Random) => number[] {
  const flat = (count: number): number => (count > 0 ? count ** flatten : 0);
  // Boosting a tag that never stands alone needs a count to boost: a small share of its appearances with others.
  const alone = single.map((count, i) =>
    flatten === 1 ? count : flat(count + 0.1 * sum(pairs[i])),
  );
  const both = pairs.map((row) => row.map(flat));
  const each = both.map(sum);
  const another = (set: readonly number[], random: Random): number =>
    weightedIndex(
      each.map((total, t) =>
        set.includes(t) || total === 0
          ? 0
          : set.reduce((w, u) => w * both[u][t], 1) / total ** (set.length - 1),
      ),
      random,
    );
  return (random) => {
    const count = 1 + weightedIndex(perImage, random);
    if (count === 1) return [weightedIndex(alone, random)];
    const set = [weightedIndex(each, random)];
    set.push(weightedIndex(both[set[0]], random));
    while (set.length < count) {
      const next = another(set, random);
      if (set.includes(next)) break; // no tag ever met all of these
      set.push(next);
    }
    return set.sort((a, b) => a - b);
  };
}

/**
 * Turns one-tag sets of the commonest tags into one-tag sets of those that have fewer than `least`, in place, so that
 * every tag can be seen by itself. Leaves a tag at `least` or more once it has that many.
 */
export function ensureSingles(sets: number[][], tags: number, least: number): void {
  const where: number[][] = Array.from({ length: tags }, () => []);
  sets.forEach((set, row) => {
    if (set.length === 1) where[set[0]].push(row);
  });
  for (let tag = 0; tag < tags; tag++) {
    while (where[tag].length < least) {
      const donor = where.reduce(
        (best, list, t) => (list.length > where[best].length ? t : best),
        0,
      );
      if (where[donor].length <= least) return;
      const row = where[donor].pop() as number;
      sets[row] = [tag];
      where[tag].push(row);
    }
  }
}
