/**
 * Which of two heads is better, by their answers for the same photos. McNemar's test looks only at the photos that one
 * head gets exactly right and the other doesn't; the paired bootstrap draws the photos again, with replacement, and scores
 * both heads on each draw. Both speak of other photos of the same kind, not of other trainings: another seed may move a
 * score by as much.
 */
import { exactMatch, macroF1 } from "../train/metrics";
import type { Random } from "../random";
import { interval } from "./uncertainty";

/** McNemar's test of two heads that agree on all photos but these. */
export interface McNemar {
  /** The chance of a split at least as uneven if neither head were better: the exact two-sided binomial test. */
  p: number;
  /** The same with outcomes as likely as this one counted half, which is less timid (Fagerland et al. 2013). */
  midP: number;
}

/**
 * McNemar's test from the number of photos that only the first head gets exactly right, and only the second.
 *
 * ```ts
 * mcnemar(3, 11); // → { p: 0.0574, midP: 0.0352 }
 * ```
 */
export function mcnemar(onlyFirst: number, onlySecond: number): McNemar {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  let chance = Math.exp(-n * Math.LN2); // of 0 in n tosses of a coin; tiny for large n, so sums are kept as logarithms
  let log = -n * Math.LN2;
  let below = 0; // the chance of fewer than `fewer`
  for (let k = 1; k <= fewer; k++) {
    below += chance;
    log += Math.log((n - k + 1) / k);
    chance = Math.exp(log);
  }
  if (n === 0) return { p: 1, midP: 1 };
  if (2 * fewer === n) return { p: 1, midP: 1 - chance / 2 };
  return { p: Math.min(1, 2 * (below + chance)), midP: 2 * below + chance };
}

/** A head's scores on each of some draws of the photos. */
export interface Resampled {
  exactMatch: Float64Array;
  macroF1: Float64Array;
  /** F1 of each tag, [draws, tags] row by row. */
  f1: Float64Array;
}

export interface ResampleOptions {
  /** Draws the photos: equal seeds give equal intervals. */
  random: Random;
  /** How many draws. */
  resamples?: number;
}

/**
 * The scores of several heads on the same draws of the photos: as many photos as there are, with replacement. `truth` and
 * each head's answers are 0/1, [rows, tags] row by row. Throws if lengths do not fit together.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 0, 1);
 * const [scores] = resampleScores(truth, [truth], 2, { random: seededRandom(42), resamples: 3 });
 * scores.exactMatch; // → [1, 1, 1]
 * ```
 */
export function resampleScores(
  truth: Uint8Array,
  answers: readonly Uint8Array[],
  tags: number,
  { random, resamples = 2000 }: ResampleOptions,
): Resampled[] {
  const odd = answers.find(({ length }) => length !== truth.length);
  if (odd || truth.length === 0 || truth.length % tags !== 0)
    throw new Error(
      `resampleScores: ${truth.length} labels and ${odd?.length ?? truth.length} answers are not equal whole rows of ${tags} tags`,
    );
  const rows = truth.length / tags;
  const heads = answers.map((predicted) => ({
    hits: sparseHits(truth, predicted, tags),
    scores: {
      exactMatch: new Float64Array(resamples),
      macroF1: new Float64Array(resamples),
      f1: new Float64Array(resamples * tags),
    },
  }));
  const times = new Uint32Array(rows); // how often each row is in the draw
  for (let draw = 0; draw < resamples; draw++) {
    times.fill(0);
    for (let i = 0; i < rows; i++) times[random.below(rows)]++;
    for (const { hits, scores } of heads) scoreDraw(hits, times, draw, scores, tags);
  }
  return heads.map(({ scores }) => scores);
}

/** Where a head's answers and the truth have tags, tag after tag: most rows have one or two of 49. */
interface SparseHits {
  /** 1 where the row is exactly right. */
  right: Uint8Array;
  /** Tag t's places are from `starts[t]` to before `starts[t + 1]`. */
  starts: Uint32Array;
  /** The rows that have it. */
  row: Uint32Array;
  /** As the row counts in F1's denominator: 2 where the tag is both true and given, else 1. */
  count: Uint8Array;
}

function sparseHits(truth: Uint8Array, predicted: Uint8Array, tags: number): SparseHits {
  const rows = truth.length / tags;
  const right = new Uint8Array(rows).fill(1);
  const starts = new Uint32Array(tags + 1);
  const row: number[] = [];
  const count: number[] = [];
  for (let tag = 0; tag < tags; tag++) {
    for (let r = 0; r < rows; r++) {
      const [isTrue, isGiven] = [truth[r * tags + tag], predicted[r * tags + tag]];
      if (isTrue !== isGiven) right[r] = 0;
      if (!isTrue && !isGiven) continue;
      row.push(r);
      count.push(isTrue + isGiven);
    }
    starts[tag + 1] = row.length;
  }
  return { right, starts, row: Uint32Array.from(row), count: Uint8Array.from(count) };
}

/** Score one draw, in which row r is `times[r]` times, and write the scores to their place. */
function scoreDraw(
  { right, starts, row, count }: SparseHits,
  times: Uint32Array,
  draw: number,
  { exactMatch, macroF1, f1 }: Resampled,
  tags: number,
): void {
  let exact = 0;
  for (let r = 0; r < times.length; r++) exact += times[r] * right[r];
  exactMatch[draw] = exact / times.length;
  let sum = 0;
  for (let tag = 0; tag < tags; tag++) {
    let either = 0;
    let both = 0;
    for (let k = starts[tag]; k < starts[tag + 1]; k++) {
      const weight = times[row[k]];
      either += weight * count[k];
      both += weight * (count[k] >> 1); // no branch: which rows are drawn can't be foreseen
    }
    const score = either === 0 ? 0 : (2 * both) / either;
    f1[draw * tags + tag] = score;
    sum += score;
  }
  macroF1[draw] = sum / tags;
}

/** A difference with its 95 % interval. */
export interface Difference {
  difference: number;
  low: number;
  high: number;
}

/**
 * A difference of two shares as words: in points of a hundred, with its interval, and whether 0 is in it.
 *
 * ```ts
 * inPoints({ difference: 0.0123, low: -0.002, high: 0.03 }); // → "+1.2 points (−0.2 to +3.0: may be chance)"
 * inPoints({ difference: -0.051, low: -0.07, high: -0.03 }); // → "−5.1 points (−7.0 to −3.0)"
 * ```
 */
export function inPoints({ difference, low, high }: Difference): string {
  const signed = (share: number): string => {
    const text = (100 * Math.abs(share)).toFixed(1);
    return text === "0.0" ? text : (share < 0 ? "−" : "+") + text;
  };
  const chance = low <= 0 && high >= 0 ? ": may be chance" : "";
  return `${signed(difference)} points (${signed(low)} to ${signed(high)}${chance})`;
}

/** How much better the second head is than the first, on the same photos. */
export interface HeadComparison {
  exactMatch: Difference & McNemar & { onlyFirst: number; onlySecond: number };
  macroF1: Difference;
}

/**
 * Compare two heads by their answers for the same photos: second minus first. Exact match by McNemar's test, and both
 * scores with the interval of a paired bootstrap (percentiles). An interval with 0 in it means that the photos can't tell
 * the two apart. `truth` and answers are 0/1, [rows, tags] row by row.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 1, 0, 0, 1, 0, 1);
 * const first = Uint8Array.of(1, 0, 0, 0, 0, 1, 1, 1);
 * const { exactMatch } = compareHeads(truth, first, truth, 2, { random: seededRandom(42) });
 * [exactMatch.onlyFirst, exactMatch.onlySecond, exactMatch.difference]; // → [0, 2, 0.5]
 * ```
 */
export function compareHeads(
  truth: Uint8Array,
  first: Uint8Array,
  second: Uint8Array,
  tags: number,
  options: ResampleOptions,
): HeadComparison {
  const [a, b] = resampleScores(truth, [first, second], tags, options);
  const right = (predicted: Uint8Array): Uint8Array => sparseHits(truth, predicted, tags).right;
  const [one, two] = [right(first), right(second)];
  const onlyFirst = one.filter((value, row) => value > two[row]).length;
  const onlySecond = two.filter((value, row) => value > one[row]).length;
  return {
    exactMatch: {
      onlyFirst,
      onlySecond,
      ...mcnemar(onlyFirst, onlySecond),
      ...difference(
        exactMatch(second, truth, tags) - exactMatch(first, truth, tags),
        a.exactMatch,
        b.exactMatch,
      ),
    },
    macroF1: difference(
      macroF1(second, truth, tags) - macroF1(first, truth, tags),
      a.macroF1,
      b.macroF1,
    ),
  };
}

function difference(value: number, first: Float64Array, second: Float64Array): Difference {
  const [low, high] = interval(second.map((score, draw) => score - first[draw]));
  return { difference: value, low, high };
}

/**
 * A comparison in words, with both intervals and whether the photos can tell the two apart. `photos` is their number.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 1, 0);
 * const comparison = compareHeads(truth, truth, truth, 2, { random: seededRandom(42) });
 * comparisonInWords("a", "b", comparison, 2).startsWith("Of 2 photos, b has 0 exactly right that a has not"); // → true
 * ```
 */
export function comparisonInWords(
  first: string,
  second: string,
  { exactMatch: exact, macroF1: macro }: HeadComparison,
  photos: number,
): string {
  const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
  const range = ({ low, high }: Difference): string => `${signed(low)} to ${signed(high)}`;
  const told = ({ low, high }: Difference): string =>
    low <= 0 && high >= 0 ? "no more than chance may bring" : "more than chance brings";
  return (
    `Of ${photos.toLocaleString("en-GB")} photos, ${second} has ${exact.onlySecond} exactly right that ${first} has not, ` +
    `and ${first} has ${exact.onlyFirst} that ${second} has not: in exact match ${signed(exact.difference)} ` +
    `(95 % interval ${range(exact)}; McNemar's p ${exact.p.toFixed(3)}), ${told(exact)}. ` +
    `In macro F1 it is ${signed(macro.difference)} (${range(macro)}), ${told(macro)}.`
  );
}
