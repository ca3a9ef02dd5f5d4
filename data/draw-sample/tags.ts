import { readFileSync } from "node:fs";
import { readCsv } from "../../lib/files/csv";
import type { Random } from "../../lib/random";

/** Sets of tags with the competition's frequencies, co-occurrence and number of tags an image. */
export interface TagStatistics {
  /** Column names ("tag479") and tag names, in the competition's column order. */
  cols: string[];
  names: string[];
  groupings: string[];
  /** Images that carry only this tag. */
  single: number[];
  /** Images with both tags, symmetric [tags][tags], 0 on the diagonal. */
  pairs: number[][];
}

/** Images of the competition's train.csv by number of tags: 1, 2, ... 7 or more. */
export const TAGS_PER_IMAGE: readonly number[] = [
  264_660, 216_451, 96_136, 25_221, 6_032, 1_163, 159,
];

function rows(path: string, columns: readonly string[]): string[][] {
  const records: string[][] = [];
  readCsv(readFileSync(path, "utf8"), {
    file: path,
    columns,
    onRecord: (values) => void records.push(values),
    onReject: ({ line, reason }) => {
      throw new Error(`${path}, line ${line}: ${reason}`);
    },
  });
  return records;
}

/** Reads tags.csv and tag-pairs.csv. Throws if a file is missing or malformed. */
export function readTagStatistics(folder = "data/paper"): TagStatistics {
  const tags = rows(`${folder}/tags.csv`, ["col", "tag", "grouping", "images_single_tag"]);
  const cols = tags.map(([col]) => col);
  const pairs = tags.map(() => tags.map(() => 0));
  for (const [a, b, images] of rows(`${folder}/tag-pairs.csv`, ["col_a", "col_b", "images"])) {
    const i = cols.indexOf(a);
    const j = cols.indexOf(b);
    pairs[i][j] = pairs[j][i] = Number(images);
  }
  return {
    cols,
    names: tags.map((row) => row[1]),
    groupings: tags.map((row) => row[2]),
    single: tags.map((row) => Number(row[3])),
    pairs,
  };
}

/** Index drawn in proportion to the weights. */
function weightedIndex(weights: readonly number[], random: Random): number {
  let left = random.uniform() * weights.reduce((a, b) => a + b, 0);
  const index = weights.findIndex((w) => (left -= w) < 0);
  return index < 0 ? weights.length - 1 : index;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * A function that draws tag sets (ascending column indices). One tag: in proportion to the images with that tag alone.
 * Two: a pair in proportion to the images that have both. More: a further tag in proportion to the product of its
 * co-occurrences with those present over its frequency, as if they were conditionally independent.
 * `flatten` below 1 raises the counts to that power, so that rare tags come up more often.
 */
export function tagSetSampler(
  { single, pairs }: TagStatistics,
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
    const count = 1 + weightedIndex(TAGS_PER_IMAGE, random);
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
