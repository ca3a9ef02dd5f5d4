/**
 * The threshold that gives one tag its highest F1, tried at every probability that occurs: [rows, tags] row by row, 0/1
 * labels alike. Returns a value between two probabilities; 0.5 if the tag never occurs, so that nothing is learned of it.
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
