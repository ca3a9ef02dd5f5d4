import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { experiments } from "../train/experiments";
import * as paper from "../data/paper";
import type { Project } from "../project";
import { bestEpoch, loadLog, type EpochLog } from "../train/training-log";

/** The best epoch of one experiment: the one whose weights were kept. */
export type BestEpoch = { experiment: string } & EpochLog;

/**
 * Every epoch of every experiment that has been trained, in the order of `experiments`.
 *
 * ```ts
 * import { experimentNamed, settingsFor, trainOrLoad } from "./lib/train";
 * const project = { heads: `${folder}/heads`, logs: `${folder}/logs`, submissions: folder };
 * const data = toyData(200, 5);
 * const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 2 };
 * await trainOrLoad(experimentNamed("linear-txt"), data, settings, project);
 * (await loadLogs(project)).map((log) => [log[0].experiment, log.length]); // → [["linear-txt", 2]]
 * ```
 */
export async function loadLogs(project: Pick<Project, "logs">): Promise<BestEpoch[][]> {
  const trained = experiments.filter(({ name }) => existsSync(`${project.logs}/${name}.csv`));
  return Promise.all(
    trained.map(async ({ name }) =>
      (await loadLog(name, project)).map((epoch) => ({ experiment: name, ...epoch })),
    ),
  );
}

/**
 * A score of each experiment for each encoder that a dataset's heads were trained on, side by side: rows for `showTable`
 * with a column an encoder (named as its folder is), null where there is no head. Encoders in the order of their names.
 *
 * ```ts
 * const { inputs } = { inputs: folder }; // logs lie in <inputs>/logs/<encoder>
 * await scoresByEncoder({ inputs }, "valExactMatch"); // → []
 * ```
 */
export async function scoresByEncoder(
  { inputs }: Pick<Project, "inputs">,
  score: "valExactMatch" | "valMacroF1",
): Promise<Record<string, string | number | null>[]> {
  const folder = join(inputs, "logs");
  const encoders = existsSync(folder) ? readdirSync(folder).sort() : [];
  const best = new Map<string, Map<string, number>>();
  for (const encoder of encoders)
    for (const log of await loadLogs({ logs: join(folder, encoder) })) {
      const row = best.get(log[0].experiment) ?? new Map<string, number>();
      best.set(log[0].experiment, row.set(encoder, bestEpoch(log)[score]));
    }
  return experiments.flatMap(({ name }) => {
    const row = best.get(name);
    if (!row) return [];
    const columns = encoders.map((encoder) => [encoder, row.get(encoder) ?? null]);
    return [{ experiment: name, ...Object.fromEntries(columns) }];
  });
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
