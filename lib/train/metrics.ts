/** From logits to tags, and how good they are. Predictions and labels are 0 or 1, row-major [rows, tags]. */

/**
 * 1 where the logit is above 0, that is where the probability is above 0.5; else 0.
 *
 * ```ts
 * aboveThreshold(Float32Array.of(-0.1, 0, 3)); // → [0, 0, 1]
 * ```
 */
export function aboveThreshold(logits: Float32Array): Uint8Array {
  const predicted = new Uint8Array(logits.length);
  for (let i = 0; i < logits.length; i++) predicted[i] = logits[i] > 0 ? 1 : 0;
  return predicted;
}

/**
 * The share of rows in which every tag is right (scikit-learn's accuracy_score on label matrices). Throws if the sizes
 * don't fit.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 0, 1);
 * exactMatch(Uint8Array.of(1, 0, 1, 1), truth, 2); // → 0.5
 * ```
 */
export function exactMatch(predicted: Uint8Array, labels: Uint8Array, tags: number): number {
  checkSizes(predicted, labels, tags);
  const rows = labels.length / tags;
  let right = 0;
  for (let row = 0; row < rows; row++) {
    let i = row * tags;
    const end = i + tags;
    while (i < end && predicted[i] === labels[i]) i++;
    if (i === end) right++;
  }
  return rows === 0 ? 0 : right / rows;
}

/**
 * F1 of each tag: 2·TP / (2·TP + FP + FN), and 0 where a tag is neither true nor predicted in any row (scikit-learn's
 * f1_score with zero_division=0). Throws if the sizes don't fit.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 0, 1);
 * perClassF1(Uint8Array.of(1, 0, 1, 1), truth, 2); // → [0.6667, 1]
 * ```
 */
export function perClassF1(predicted: Uint8Array, labels: Uint8Array, tags: number): Float64Array {
  checkSizes(predicted, labels, tags);
  const both = new Float64Array(tags);
  const either = new Float64Array(tags);
  for (let i = 0, tag = 0; i < labels.length; i++, tag = tag + 1 === tags ? 0 : tag + 1) {
    both[tag] += predicted[i] & labels[i];
    either[tag] += predicted[i] + labels[i];
  }
  return both.map((hits, tag) => (either[tag] === 0 ? 0 : (2 * hits) / either[tag]));
}

/**
 * The plain mean of the tags' F1: rare tags count as much as common ones. Throws if the sizes don't fit.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 0, 1);
 * macroF1(Uint8Array.of(1, 0, 1, 1), truth, 2); // → 0.8333
 * ```
 */
export function macroF1(predicted: Uint8Array, labels: Uint8Array, tags: number): number {
  const scores = perClassF1(predicted, labels, tags);
  return scores.reduce((sum, score) => sum + score, 0) / tags;
}

/** The scores on the validation rows that every epoch's log has, from 0 to 1. */
export interface EpochScores {
  valExactMatch: number;
  valMacroF1: number;
}

/**
 * An epoch's scores, from its answers for the validation rows. A score that is added here and in `EpochScores` is in every
 * log once it has a column in training-log.ts. Throws if the sizes don't fit.
 *
 * ```ts
 * const truth = Uint8Array.of(1, 0, 0, 1);
 * epochScores(Uint8Array.of(1, 0, 1, 1), truth, 2); // → { valExactMatch: 0.5, valMacroF1: 0.8333 }
 * ```
 */
export function epochScores(predicted: Uint8Array, labels: Uint8Array, tags: number): EpochScores {
  return {
    valExactMatch: exactMatch(predicted, labels, tags),
    valMacroF1: macroF1(predicted, labels, tags),
  };
}

/**
 * The threshold that gives one tag its highest F1, tried at every probability that occurs: [rows, tags] row by row, 0/1
 * labels alike. Returns a value between two probabilities; 0.5 if the tag never occurs, so that nothing is learned of it.
 *
 * ```ts
 * const probabilities = Float32Array.of(0.1, 0.2, 0.4, 0.6);
 * bestThreshold(probabilities, Uint8Array.of(0, 0, 1, 1), 0, 1); // → 0.3
 * ```
 */
export function bestThreshold(
  probabilities: Float32Array,
  labels: Uint8Array,
  tag: number,
  tags: number,
): number {
  const rows = probabilities.length / tags;
  const order = Array.from({ length: rows }, (_, row) => row).sort(
    (a, b) => probabilities[b * tags + tag] - probabilities[a * tags + tag],
  );
  const total = order.reduce((sum, row) => sum + labels[row * tags + tag], 0);
  if (total === 0) return 0.5;
  let hits = 0;
  let best = -1;
  let threshold = 0.5;
  order.forEach((row, i) => {
    hits += labels[row * tags + tag];
    const here = probabilities[row * tags + tag];
    const next = i + 1 < rows ? probabilities[order[i + 1] * tags + tag] : 0;
    if (here === next) return; // rows of equal probability are given the tag together
    const f1 = (2 * hits) / (i + 1 + total); // i + 1 are given, total are true
    if (f1 > best) [best, threshold] = [f1, (here + next) / 2];
  });
  return threshold;
}

function checkSizes(predicted: Uint8Array, labels: Uint8Array, tags: number): void {
  if (predicted.length !== labels.length || labels.length % tags !== 0) {
    throw new Error(
      `metrics: ${predicted.length} predictions and ${labels.length} labels don't fit ${tags} tags a row`,
    );
  }
}
