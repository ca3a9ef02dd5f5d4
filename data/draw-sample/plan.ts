/** What is in the sample, before anything is drawn: ids, tags, titles, places, and what is wrong on purpose. */
import { mixSeeds, seededRandom } from "../../lib/random";
import type { Random } from "../../lib/random";
import { drawSquare, gridReference } from "./places";
import { takePhotos } from "./series";
import { ensureSingles, tagSetSampler } from "./tag-sets";
import type { TagStatistics } from "./tag-sets";
import { writeTitle } from "./titles";

export interface SampleRow {
  /** Like Geograph's: it says where the image lies and seeds its drawing. */
  id: number;
  part: "train" | "extra" | "test";
  /** Column indices, ascending. Known for test images too, but not written. */
  tags: number[];
  title: string;
  reference: string;
  /** Its contributor. */
  user: number;
  /** What happens to the image's file. */
  image: "good" | "missing" | "truncated";
  /** Its metadata line has unquoted commas, hence too many fields. */
  badLine: boolean;
}

export interface SampleSizes {
  seed: number;
  train: number;
  test: number;
  /** How strongly places go with tags: 0 not at all, 1 as strongly as `takePhotos` can. */
  geography: number;
}

/**
 * What the real data does to people, at the sample's scale: images that are missing or cut off, titles that are missing
 * or awkward (commas, quotes, accents, emoji), metadata lines with too many fields, references that name no square or
 * are missing, and rows with more than five tags (from the competition's own distribution).
 */
export const QUIRKS = {
  trainImagesMissing: 6,
  testImagesMissing: 2,
  trainImagesTruncated: 1,
  titlesMissing: 8,
  badLines: 3,
  badLinesExtra: 1,
  referencesMissing: 2,
  referencesMalformed: ["TQ07Z5", "ZZ123"],
} as const;

/** train-extra.csv has this share of train.csv's rows. */
const EXTRA_SHARE = 0.04;
/** Ids as in the competition: 6602 is the smallest there, about 7.6 million the largest. */
const FIRST_ID = 6_000;
const LAST_ID = 7_600_000;
/** One-tag rows that each tag has at least, so that each can be shown by itself. */
const LEAST_SINGLES = 2;

const AWKWARD: readonly ((title: string) => string)[] = [
  (t) => `"${t}"`,
  (t) => `${t}, looking north, with rain coming`,
  (t) => `The "Old Place", ${t}`,
  (t) => `${t} 🌈`,
  (t) => `Café, crêperie & façade – ${t}`,
  (t) => `${t} (it's "closed", sadly)`,
  (t) => `Tŷ'n-y-coed, ${t}`,
  (t) => ` ${t}  `,
];

/** All rows, ascending by id. Throws if the sample would be too small to hold its quirks, or the strength is none. */
export function planSample(
  statistics: TagStatistics,
  { seed, train, test, geography }: SampleSizes,
): SampleRow[] {
  if (!(train >= 50 && test >= 10 && train + test <= 1_000_000)) {
    throw new Error(
      "planSample: train must be at least 50, test at least 10 and both together at most 1,000,000, " +
        `not ${train} and ${test}`,
    );
  }
  if (!(geography >= 0 && geography <= 1))
    throw new Error(`planSample: geography must be from 0 to 1, not ${geography}`);
  const random = seededRandom(mixSeeds(seed, 0));
  const draw = tagSetSampler(statistics);
  const extra = Math.max(10, Math.round(train * EXTRA_SHARE));
  const ids = drawIds(train + extra + test, random);
  const sets = Array.from(ids, () => draw(random));
  const order = random.permutation(ids.length);
  const squares = Array.from(ids, () => drawSquare(random));
  const rows = ids.map((id, i): SampleRow => ({
    id,
    part: order[i] < train ? "train" : order[i] < train + extra ? "extra" : "test",
    tags: sets[i],
    title: "",
    reference: "",
    user: 0,
    image: "good",
    badLine: false,
  }));
  spreadSingles(rows, statistics.cols.length);
  const tags = rows.map((row) => row.tags.map((t) => statistics.names[t]));
  const taken = takePhotos(tags, squares, geography, seededRandom(mixSeeds(seed, 1)));
  rows.forEach((row, i) => {
    row.title = writeTitle(tags[i], seededRandom(mixSeeds(seed, row.id, 1)));
    row.reference = gridReference(taken[i].square);
    row.user = taken[i].user;
  });
  addQuirks(rows, random);
  return rows;
}

/** n different ids, ascending. */
function drawIds(n: number, random: Random): number[] {
  const ids = new Set<number>();
  while (ids.size < n) ids.add(FIRST_ID + random.below(LAST_ID - FIRST_ID));
  return [...ids].sort((a, b) => a - b);
}

function spreadSingles(rows: SampleRow[], tags: number): void {
  const training = rows.filter((row) => row.part === "train");
  const sets = training.map((row) => row.tags);
  ensureSingles(sets, tags, LEAST_SINGLES);
  training.forEach((row, i) => {
    row.tags = sets[i];
  });
}

/** Spoils different random rows, see QUIRKS. */
function addQuirks(rows: SampleRow[], random: Random): void {
  const queue = (part: SampleRow["part"]): (() => SampleRow) => {
    const list = rows.filter((row) => row.part === part);
    const order = random.permutation(list.length);
    let next = 0;
    return () => list[order[next++]];
  };
  const train = queue("train");
  const test = queue("test");
  const extra = queue("extra");
  const times = (n: number, spoil: (i: number) => void): void =>
    Array.from({ length: n }).forEach((_, i) => spoil(i));
  times(QUIRKS.trainImagesMissing, () => {
    train().image = "missing";
  });
  times(QUIRKS.testImagesMissing, () => {
    test().image = "missing";
  });
  times(QUIRKS.trainImagesTruncated, () => {
    train().image = "truncated";
  });
  times(QUIRKS.titlesMissing, (i) => {
    (i % 4 === 3 ? test : train)().title = "";
  });
  times(QUIRKS.badLines, () => {
    train().badLine = true;
  });
  times(QUIRKS.badLinesExtra, () => {
    extra().badLine = true;
  });
  times(QUIRKS.referencesMissing, () => {
    train().reference = "";
  });
  QUIRKS.referencesMalformed.forEach((reference) => {
    train().reference = reference;
  });
  AWKWARD.forEach((change) => {
    const row = train();
    row.title = change(row.title);
  });
}
