/** The scores of a head tag by tag, as rows and as CSV. */
import { csvText } from "../files/csv";
import type { TagF1 } from "../data/types";
import type { Evaluation } from "./evaluate";

/** One tag's scores on the validation photos; shares in [0, 1]. */
export interface TagScore extends TagF1 {
  /** Photos that have the tag, those that the head gave it, and those where both are so. */
  photos: number;
  given: number;
  right: number;
  /** Of the photos that got the tag, the share that has it; 0 if none got it. */
  precision: number;
  /** Of the photos that have the tag, the share that got it; 0 if none has it. */
  recall: number;
}

/**
 * Each tag's precision, recall and F1, in the order of the columns.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 1, 0, 0, 1);
 * const predicted = Uint8Array.of(1, 0, 0, 1, 0, 1);
 * const [canals] = tagScores({ tagNames: ["Canals", "Paths"], truth, predicted });
 * [canals.photos, canals.given, canals.precision, canals.recall, canals.f1]; // → [2, 1, 1, 0.5, 0.6667]
 * ```
 */
export function tagScores({
  tagNames,
  truth,
  predicted,
}: Pick<Evaluation, "tagNames" | "truth" | "predicted">): TagScore[] {
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  return tagNames.map((tag, column) => {
    let photos = 0;
    let given = 0;
    let right = 0;
    for (let i = column; i < truth.length; i += tagNames.length) {
      photos += truth[i];
      given += predicted[i];
      right += truth[i] & predicted[i];
    }
    const f1 = share(2 * right, photos + given);
    const precision = share(right, given);
    return { tag, photos, given, right, precision, recall: share(right, photos), f1 };
  });
}

/**
 * The scores as comma-separated values at full precision, best F1 first, with the paper's F1 beside them (empty where it
 * has none).
 *
 * ```ts
 * const [row] = tagScores({ tagNames: ["Paths"], truth: Uint8Array.of(1), predicted: Uint8Array.of(1) });
 * tagScoresCsv([row], [{ tag: "Paths", f1: 0.698 }]).split("\n")[1]; // → "Paths,1,1,1,1,1,0.698"
 * ```
 */
export function tagScoresCsv(scores: readonly TagScore[], paper: readonly TagF1[]): string {
  const published = new Map(paper.map(({ tag, f1 }) => [tag, f1]));
  const header = ["tag", "photos", "given", "precision", "recall", "f1", "paper_f1"];
  const rows = [...scores]
    .sort((a, b) => b.f1 - a.f1)
    .map(({ tag, photos, given, precision, recall, f1 }) => [
      tag,
      photos,
      given,
      precision,
      recall,
      f1,
      published.get(tag) ?? "",
    ]);
  return csvText([header, ...rows]);
}
