import type { Experiment } from "../train/experiments";
import { loadHead } from "../train/saved-heads";
import { aboveThreshold, perClassF1 } from "../train/metrics";
import type { Project } from "../project";
import { predictLogits } from "../train/predict";
import type { TrainingData, TrainingRows } from "../train/training-data";

/** A saved head's answers for the validation photos. */
export interface Evaluation {
  experiment: Experiment;
  /** Image ids of the validation rows. */
  ids: Int32Array;
  tagNames: string[];
  /** [rows, tags], row by row. */
  logits: Float32Array;
  /** 0/1, [rows, tags]: logit above 0. */
  predicted: Uint8Array;
  truth: Uint8Array;
  /** F1 of each tag. */
  f1: Float64Array;
}

/**
 * Let a saved head answer for the validation photos. Throws if it has not been trained.
 *
 * ```ts
 * import { experimentNamed, settingsFor, trainOrLoad } from "./lib/train";
 * const project = { heads: `${folder}/heads`, logs: `${folder}/logs`, submissions: folder };
 * const data = { ...toyData(200, 5), ids: new Int32Array(300).map((_, row) => row), tagNames: ["a", "b", "c", "d", "e"] };
 * const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 2 };
 * await trainOrLoad(experimentNamed("linear-txt"), data, settings, project);
 * const { logits, f1 } = await evaluateHead("linear-txt", data, project);
 * [logits.length, f1.length]; // → [500, 5]
 * ```
 */
export async function evaluateHead(
  name: string,
  data: TrainingData & TrainingRows,
  project: Project,
): Promise<Evaluation> {
  const { experiment, weights } = await loadHead(name, project, data.tags);
  const logits = predictLogits(experiment, weights, data.features, data.validationRows);
  const predicted = aboveThreshold(logits);
  const truth = data.validationLabels;
  const ids = data.validationRows.map((row) => data.ids[row]);
  return {
    experiment,
    ids,
    tagNames: data.tagNames,
    logits,
    predicted,
    truth,
    f1: perClassF1(predicted, truth, data.tags),
  };
}

/**
 * How sure a saved head is that a photo (by its image's id) has a tag: the logit, of training photos too. Throws if the
 * head has not been trained; NaN for an id or a tag that is not in the data.
 *
 * ```ts
 * import { experimentNamed, settingsFor, trainOrLoad } from "./lib/train";
 * const project = { heads: `${folder}/heads`, logs: `${folder}/logs`, submissions: folder };
 * const data = { ...toyData(200, 5), ids: new Int32Array(300).map((_, row) => row), tagNames: ["a", "b", "c", "d", "e"] };
 * const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 2 };
 * await trainOrLoad(experimentNamed("linear-txt"), data, settings, project);
 * const sure = await certainty("linear-txt", data, project);
 * const { logits, ids } = await evaluateHead("linear-txt", data, project);
 * sure(ids[3], "b") === logits[3 * 5 + 1]; // → true
 * ```
 */
export async function certainty(
  name: string,
  data: TrainingData & TrainingRows,
  project: Project,
): Promise<(id: number, tag: string) => number> {
  const { experiment, weights } = await loadHead(name, project, data.tags);
  const logits = predictLogits(experiment, weights, data.features);
  const rowOf = new Map(Array.from(data.ids, (id, row) => [id, row]));
  const column = new Map(data.tagNames.map((tag, i) => [tag, i]));
  return (id, tag) => logits[(rowOf.get(id) ?? NaN) * data.tags + (column.get(tag) ?? NaN)];
}
