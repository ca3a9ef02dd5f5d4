/** What the claims of the paper are judged by: comparisons of scores, and figures in words. */
import type { Results } from "./claims";
import { type Modality } from "../modalities";
import { experiment, modalitySets, type HeadKind } from "../train/experiments";

type Scores = { exactMatch: number; macroF1: number };

export const KINDS: readonly HeadKind[] = ["linear", "mlp"];
/** The sets of inputs that can predict anything: all but location alone. */
const SEEING = modalitySets.filter((set) => set.join() !== "loc");

/** A head's scores. Throws if it has not been trained. */
export function score(
  results: Results,
  kind: HeadKind,
  set: readonly Modality[],
  mixup = false,
): Scores {
  const { name } = experiment(kind, set, mixup);
  const found = results.scores.get(name);
  if (!found) throw new Error(`There are no scores of ${name}: run notebook 06-train-fusion first`);
  return found;
}

export const decimals = (value: number): string => value.toFixed(4);
export const percent = (value: number): string => (100 * value).toFixed(2);
export const signed = (value: number): string =>
  `${value < 0 ? "−" : "+"}${decimals(Math.abs(value))}`;
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Is one set of inputs better than another, in both scores and for both heads (without MixUp)? */
export function beats(
  results: Results,
  set: readonly Modality[],
  other: readonly Modality[],
): boolean {
  return KINDS.every((kind) => {
    const a = score(results, kind, set);
    const b = score(results, kind, other);
    return a.exactMatch > b.exactMatch && a.macroF1 > b.macroF1;
  });
}

/** "exact match 0.2228 → 0.3268, macro F1 …" of the linear heads. */
export function fromTo(results: Results, ...sets: readonly Modality[][]): string {
  const list = (key: keyof Scores): string =>
    sets.map((set) => decimals(score(results, "linear", set)[key])).join(" → ");
  return `linear: exact match ${list("exactMatch")}, macro F1 ${list("macroF1")}`;
}

/** Macro F1 with MixUp less without, for each set of inputs that can predict anything. */
export function mixupGains(results: Results, kind: HeadKind): number[] {
  return SEEING.map(
    (set) => score(results, kind, set, true).macroF1 - score(results, kind, set).macroF1,
  );
}

/** Pairs of a linear head and an MLP with equal inputs, without and with MixUp: is the linear one's macro F1 higher? */
export function linearWins(results: Results): boolean[] {
  return SEEING.flatMap((set) =>
    [false, true].map(
      (mixup) =>
        score(results, "linear", set, mixup).macroF1 > score(results, "mlp", set, mixup).macroF1,
    ),
  );
}

/** Standard error of an exact match of p on the validation rows. */
export function standardError(results: Results, p: number): number {
  return Math.sqrt((p * (1 - p)) / results.rows.validation);
}

/** What location adds to image and title, in exact match. */
export function locationAdds(results: Results, kind: HeadKind): number {
  return (
    score(results, kind, ["img", "txt", "loc"]).exactMatch -
    score(results, kind, ["img", "txt"]).exactMatch
  );
}

/** The experiment with the highest value, and that value. */
export function best(values: Iterable<readonly [string, number]>): readonly [string, number] {
  return [...values].reduce((highest, entry) => (entry[1] > highest[1] ? entry : highest));
}

export const bestBy = (results: Results, key: keyof Scores): readonly [string, number] =>
  best(Array.from(results.scores, ([name, scores]) => [name, scores[key]] as const));
export const tagF1 = (results: Results, tag: string): number => results.f1.get(tag) ?? NaN;
export const lowest = (results: Results): number => Math.min(...results.f1.values());

export function kaggleMixupGains(scores: ReadonlyMap<string, number>): number[] {
  return Array.from(scores)
    .filter(([name]) => name.endsWith("-mixup"))
    .map(([name, value]) => value - (scores.get(name.replace("-mixup", "")) ?? NaN));
}
