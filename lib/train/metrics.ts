/** Scores of predicted tag sets against the true ones. Predictions and labels are 0 or 1, row-major [rows, tags]. */

/** 1 where the logit is above 0, that is where the probability is above 0.5; else 0. */
export function aboveThreshold(logits: Float32Array): Uint8Array {
  const predicted = new Uint8Array(logits.length);
  for (let i = 0; i < logits.length; i++) predicted[i] = logits[i] > 0 ? 1 : 0;
  return predicted;
}

/** The share of rows in which every tag is right (scikit-learn's accuracy_score on label matrices). */
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
 * f1_score with zero_division=0).
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

/** The plain mean of the tags' F1: rare tags count as much as common ones. */
export function macroF1(predicted: Uint8Array, labels: Uint8Array, tags: number): number {
  const scores = perClassF1(predicted, labels, tags);
  return scores.reduce((sum, score) => sum + score, 0) / tags;
}

function checkSizes(predicted: Uint8Array, labels: Uint8Array, tags: number): void {
  if (predicted.length !== labels.length || labels.length % tags !== 0) {
    throw new Error(
      `metrics: ${predicted.length} predictions and ${labels.length} labels don't fit ${tags} tags a row`,
    );
  }
}
