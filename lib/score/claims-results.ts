/** The results that the paper's claims are judged by: the published ones, and ours from disk. */
import { existsSync } from "node:fs";
import type { Results } from "./claims";
import { evaluateHead } from "./evaluate";
import { paperExperiments } from "../train/experiments";
import { loadHead } from "../train/saved-heads";
import { exactMatch } from "../train/metrics";
import * as paper from "../data/paper";
import type { Project } from "../project";
import { decide } from "./decide";
import { resampleScores, type ResampleOptions } from "./paired";
import type { BestEpoch } from "./scores";
import { countTagsPerImage } from "../data/counts";
import type { TrainingData, TrainingRows } from "../train/training-data";

/** The paper's best head, whose tags it shows one by one. */
const BEST = "linear-img-txt-loc-mixup";
/** Rows of the paper's training and validation sets, after its filter. */
const PAPER_ROWS = { train: 517_679, validation: 129_420 };
/** Numbers in the heads that the authors published: 49 × 512 + 49, and 256 × 512 + 256 + 49 × 256 + 49. */
const PAPER_PARAMETERS = [
  ["linear-img", 25_137],
  ["mlp-img", 143_921],
] as const;

/**
 * The paper's results, from data/paper/.
 *
 * ```ts
 * const { scores, f1 } = await publishedResults();
 * scores.get("linear-img").exactMatch; // → 0.2228
 * f1.get("Canals"); // → 0.894
 * ```
 */
export async function publishedResults(): Promise<Results> {
  const results = await paper.results();
  const shares = await paper.tagsPerImage();
  return {
    tagsPerImage: new Map(shares.map(({ tags, percent }) => [parseInt(tags), percent / 100])),
    rows: PAPER_ROWS,
    scores: byName(results),
    parameters: new Map(PAPER_PARAMETERS),
    f1: new Map((await paper.f1OfTags()).map(({ tag, f1 }) => [tag, f1])),
    f1Of: BEST,
    kaggle: new Map(
      results.flatMap(({ experiment, kagglePublic }) =>
        kagglePublic === null ? [] : [[experiment, kagglePublic] as const],
      ),
    ),
  };
}

/**
 * Our results: the best epochs of the paper's 28 experiments, as claims are about no others, and the answers of their
 * heads for the validation photos, scored on the same draws of them. `random` makes the draws. Throws if one of the
 * heads whose parameters or tags the paper shows has not been trained.
 *
 * ```ts
 * import { experimentNamed, settingsFor, trainOrLoadAll } from "./lib/train";
 * const { project, data } = await toyProject(folder);
 * const some = ["linear-img", "mlp-img", "linear-img-txt-loc-mixup"].map(experimentNamed);
 * const settingsOf = ({ kind }) => ({ ...settingsFor(kind, { isSample: true }), maxEpochs: 1 });
 * await trainOrLoadAll(some, data, settingsOf, project);
 * const scores = (await loadLogs(project)).map(bestEpoch);
 * const options = { random: seededRandom(42), resamples: 10 };
 * const { rows, parameters } = await ourResults(scores, data, project, options);
 * rows; // → { train: 200, validation: 100 }
 * parameters.get("linear-img") === 5 * 512 + 5; // → true
 * ```
 */
export async function ourResults(
  scores: readonly BestEpoch[],
  data: TrainingData & TrainingRows,
  project: Project,
  options: ResampleOptions,
): Promise<Results> {
  const parameters = await Promise.all(
    PAPER_PARAMETERS.map(
      async ([name]) => [name, await countParameters(name, data.tags, project)] as const,
    ),
  );
  const { tags, tagNames, validationLabels: truth } = data;
  const claimed = scores.filter(({ experiment }) =>
    paperExperiments.some(({ name }) => name === experiment),
  );
  const names = claimed
    .map(({ experiment }) => experiment)
    .filter((name) => existsSync(`${project.heads}/${name}.safetensors`));
  const answers: Uint8Array[] = [];
  for (const name of names) answers.push((await evaluateHead(name, data, project)).predicted);
  const resampled = resampleScores(truth, answers, tags, options);
  const { f1, logits } = await evaluateHead(BEST, data, project);
  return {
    tagsPerImage: await sharesOfTags(project),
    rows: { train: data.trainRows.length, validation: data.validationRows.length },
    scores: byName(claimed),
    resampled: new Map(names.map((name, i) => [name, resampled[i]])),
    parameters: new Map(parameters),
    f1: new Map(tagNames.map((tag, i) => [tag, f1[i]])),
    f1Of: BEST,
    atLeastOneTag: exactMatch(decide(logits, { tags, threshold: 0 }), truth, tags),
  };
}

function byName(
  scores: readonly { experiment: string; valExactMatch: number; valMacroF1: number }[],
): Results["scores"] {
  return new Map(
    scores.map(({ experiment, valExactMatch, valMacroF1 }) => [
      experiment,
      { exactMatch: valExactMatch, macroF1: valMacroF1 },
    ]),
  );
}

/** Share of the labelled images with 1, 2, … 5, and 6 or more tags. */
async function sharesOfTags(project: Project): Promise<Map<number, number>> {
  const counts = await countTagsPerImage(project);
  const total = counts.reduce((sum, { images }) => sum + images, 0);
  const shares = new Map<number, number>();
  for (const { tags, images } of counts) {
    const key = Math.min(tags, 6);
    shares.set(key, (shares.get(key) ?? 0) + images / total);
  }
  return shares;
}

/** The numbers in a saved head, counted. */
async function countParameters(name: string, tags: number, project: Project): Promise<number> {
  const { weights } = await loadHead(name, project, tags);
  return weights.reduce((sum, { data }) => sum + data.length, 0);
}
