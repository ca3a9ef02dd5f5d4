import { existsSync } from "node:fs";
import { experiments } from "../train/experiments";
import * as paper from "../data/paper";
import type { Project } from "../project";
import { loadLog, type EpochLog } from "../train/training-log";

/** The best epoch of one experiment: the one whose weights were kept. */
export type BestEpoch = { experiment: string } & EpochLog;

/** Every epoch of every experiment that has been trained, in the order of `experiments`. */
export async function loadLogs(project: Project): Promise<BestEpoch[][]> {
  const trained = experiments.filter(({ name }) => existsSync(`${project.logs}/${name}.csv`));
  return Promise.all(
    trained.map(async ({ name }) =>
      (await loadLog(name, project)).map((epoch) => ({ experiment: name, ...epoch })),
    ),
  );
}

/**
 * The scores of one experiment. Throws if it has not been trained.
 *
 * ```ts
 * const scores = [{ experiment: "mlp-txt", epoch: 3, valExactMatch: 0.4, valMacroF1: 0.6 }];
 * scoreNamed(scores, "mlp-txt").valMacroF1; // → 0.6
 * ```
 */
export function scoreNamed(scores: readonly BestEpoch[], name: string): BestEpoch {
  const found = scores.find(({ experiment }) => experiment === name);
  if (found) return found;
  throw new Error(
    `${name} has not been trained: run the notebooks 03-train-image to 06-train-fusion in order`,
  );
}

/**
 * Scores of some experiments beside the paper's, as rows for `showTable`.
 *
 * ```ts
 * const [row] = await besidePaper([{ experiment: "mlp-txt", valExactMatch: 0.4, valMacroF1: 0.6 }]);
 * [row["exact match"], row["exact match (paper)"]]; // → [0.4, 0.2869]
 * ```
 */
export async function besidePaper(
  scores: readonly BestEpoch[],
): Promise<Record<string, string | number | null>[]> {
  const published = new Map((await paper.results()).map((result) => [result.experiment, result]));
  return scores.map(({ experiment, valExactMatch, valMacroF1 }) => {
    const theirs = published.get(experiment);
    return {
      experiment,
      "exact match": valExactMatch,
      "exact match (paper)": theirs?.valExactMatch ?? null,
      "macro F1": valMacroF1,
      "macro F1 (paper)": theirs?.valMacroF1 ?? null,
    };
  });
}
