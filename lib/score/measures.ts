/** What the paper's claims are judged by: comparisons of heads and of tags, and their outcome in words. */
import type { Outcome, Results } from "./claims";
import { interval } from "./uncertainty";
import type { Modality } from "../modalities";
import { experiment, modalitySets, type HeadKind } from "../train/experiments";

export interface Scores {
  exactMatch: number;
  macroF1: number;
}
const SCORES = ["exactMatch", "macroF1"] as const;

/** The four kinds of head, each of which has the seven sets of inputs. */
export const HEADS: readonly [kind: HeadKind, mixup: boolean][] = [
  ["linear", false],
  ["linear", true],
  ["mlp", false],
  ["mlp", true],
];
/** The sets of inputs that can predict anything: all but location alone. */
const SEEING: readonly Modality[][] = modalitySets.filter((set) => set.join() !== "loc");

/** A head's scores. Throws if it has not been trained. */
export function scoresOf(results: Results, name: string): Scores {
  const found = results.scores.get(name);
  if (!found) throw new Error(`There are no scores of ${name}: run notebook 06-train-fusion first`);
  return found;
}

/** How much better one thing is than another, and how much on each draw of the photos, where that is known. */
export interface Compared {
  difference: number;
  draws?: Float64Array;
}

const less = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]);

/** How much better the head `better` is than `worse`. Of published scores nothing but the difference is known. */
function headDifference(
  results: Results,
  better: string,
  worse: string,
  key: keyof Scores,
): Compared {
  const difference = scoresOf(results, better)[key] - scoresOf(results, worse)[key];
  const [a, b] = [better, worse].map((name) => results.resampled?.get(name));
  return { difference, draws: a && b && less(a[key], b[key]) };
}

/** How much higher the F1 of the tag `better` is than that of `worse`, under the head of `results.f1`. */
export function tagDifference(results: Results, better: string, worse: string): Compared {
  const f1 = (tag: string): number => results.f1.get(tag) ?? NaN;
  const difference = f1(better) - f1(worse);
  const draws = results.resampled?.get(results.f1Of)?.f1;
  if (!draws) return { difference };
  const tags = [...results.f1.keys()];
  const column = (tag: string): Float64Array => {
    const at = tags.indexOf(tag);
    return Float64Array.from(
      { length: draws.length / tags.length },
      (_, draw) => draws[draw * tags.length + at],
    );
  };
  return { difference, draws: less(column(better), column(worse)) };
}

/**
 * The interval of each of a claim's differences. With one it holds 95 % of the draws; with m, 1 − 5 %/m of them (Bonferroni),
 * so that luck alone speaks against one of them no more often. Without draws, the difference itself.
 */
function bounds(compared: readonly Compared[]): [low: number, high: number][] {
  const level = 1 - 0.05 / compared.length;
  return compared.map(({ difference, draws }) =>
    draws ? interval(draws, level) : [difference, difference],
  );
}

/**
 * Differences that a claim says are above 0: it holds if all are so, with their whole interval; it does not hold if one is
 * below 0 with its whole interval; else the photos can't tell.
 */
export function outcome(compared: readonly Compared[]): Outcome {
  const all = bounds(compared);
  if (all.some(([, high]) => high < 0)) return "does not hold";
  return all.every(([low]) => low > 0) ? "holds" : "too small to tell";
}

/** For example "in 8 of 8 (7 clearly), +0.0496 to +0.1720": how many are above 0 (or below), and their range. */
export function inWords(compared: readonly Compared[], side: "above" | "below" = "above"): string {
  const sign = side === "above" ? 1 : -1;
  const values = compared.map(({ difference }) => difference);
  const so = values.filter((value) => sign * value > 0).length;
  const clear = bounds(compared).filter((bound) => bound.every((end) => sign * end > 0)).length;
  const clearly = clear < so ? ` (${clear} clearly)` : "";
  const range = [Math.min(...values), Math.max(...values)].map(signed);
  return `in ${so} of ${values.length}${clearly}, ${[...new Set(range)].join(" to ")}`;
}

/**
 * Differences that a claim says are within ± `margin`: it holds if all are, with their whole interval; it does not hold if
 * one is outside with its whole interval; else the photos can't tell.
 */
export function within(compared: readonly Compared[], margin: number): Outcome {
  const all = bounds(compared);
  if (all.some(([low, high]) => low > margin || high < -margin)) return "does not hold";
  return all.every(([low, high]) => low > -margin && high < margin) ? "holds" : "too small to tell";
}

/** A claim that one set of inputs is better than another, with each kind of head and in both scores. */
export function better(
  results: Results,
  set: readonly Modality[],
  ...others: (readonly Modality[])[]
): Compared[] {
  return others.flatMap((other) =>
    HEADS.flatMap(([kind, mixup]) =>
      SCORES.map((key) =>
        headDifference(
          results,
          experiment(kind, set, mixup).name,
          experiment(kind, other, mixup).name,
          key,
        ),
      ),
    ),
  );
}

/** Macro F1 with MixUp less without, for each set of inputs that can predict anything. */
export function mixupGains(results: Results, kind: HeadKind): Compared[] {
  return SEEING.map((set) =>
    headDifference(
      results,
      experiment(kind, set, true).name,
      experiment(kind, set).name,
      "macroF1",
    ),
  );
}

/** The same differences, seen from the other side. */
export function reversed(compared: readonly Compared[]): Compared[] {
  return compared.map(({ difference, draws }) => ({
    difference: -difference,
    draws: draws?.map((value) => -value),
  }));
}

/** Linear heads less MLPs with equal inputs, without and with MixUp, in macro F1. */
export function linearAhead(results: Results): Compared[] {
  return SEEING.flatMap((set) =>
    [false, true].map((mixup) =>
      headDifference(
        results,
        experiment("linear", set, mixup).name,
        experiment("mlp", set, mixup).name,
        "macroF1",
      ),
    ),
  );
}

/** What location adds to photo, title and both, with each kind of head, in both scores. */
export function locationAdds(results: Results): Compared[] {
  const sets: Modality[][] = [["img"], ["txt"], ["img", "txt"]];
  return sets.flatMap((set) => better(results, [...set, "loc"], set));
}

/** One head less every other, in one score. */
export function aheadOfAll(results: Results, name: string, key: keyof Scores): Compared[] {
  return [...results.scores.keys()]
    .filter((other) => other !== name)
    .map((other) => headDifference(results, name, other, key));
}

/** Kaggle's score with MixUp less without, of each head that has one. */
export function kaggleMixupGains(scores: ReadonlyMap<string, number>): number[] {
  return Array.from(scores)
    .filter(([name]) => name.endsWith("-mixup"))
    .map(([name, value]) => value - (scores.get(name.replace("-mixup", "")) ?? NaN));
}

export const decimals = (value: number): string => value.toFixed(4);
export const percent = (value: number): string => (100 * value).toFixed(2);
export const signed = (value: number): string =>
  `${value < 0 ? "−" : "+"}${decimals(Math.abs(value))}`;

/** The entry with the highest value. */
export function highest(values: Iterable<readonly [string, number]>): readonly [string, number] {
  return [...values].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
}
