/**
 * Whether announced probabilities come true. An answer is one photo and one tag: `probabilities` (or logits) and `labels`
 * are [rows, tags] row by row.
 */
import { sigmoid } from "../train/predict";
import type { Random } from "../random";
import type { Difference } from "./paired";
import { requireSameShape, wholeRows } from "./tag-sets";
import { interval, wilson } from "./uncertainty";

/** The answers whose probabilities lie in one range. */
export interface ReliabilityBin {
  /** The range: from `low` to before `high`; 1 is in the last. */
  low: number;
  high: number;
  answers: number;
  /** Their mean probability, and the share of them that are true; NaN if there are none. */
  announced: number;
  happened: number;
  /** Wilson's 95 % interval of that share, as if answers were independent, which those for one photo are not quite. */
  within: [low: number, high: number];
}

/**
 * Sort all answers into `bins` ranges of equal width (scikit-learn's calibration_curve).
 *
 * ```ts
 * const [low, high] = reliability(Float32Array.of(0.1, 0.3, 0.8), Uint8Array.of(0, 1, 1), { bins: 2 });
 * [low.announced, low.happened, high.announced, high.happened]; // → [0.2, 0.5, 0.8, 1]
 * ```
 *
 * Throws if the shapes don't fit and for what is no probability.
 */
export function reliability(
  probabilities: Float32Array,
  labels: Uint8Array,
  { bins = 10 } = {},
): ReliabilityBin[] {
  requireSameShape("reliability", probabilities, labels);
  requireBins(bins);
  const sums = Array.from({ length: bins }, () => ({ answers: 0, announced: 0, happened: 0 }));
  probabilities.forEach((p, i) => {
    const bin = sums[binOf(p, bins)];
    bin.answers++;
    bin.announced += p;
    bin.happened += labels[i];
  });
  return sums.map(({ answers, announced, happened }, i) => ({
    low: i / bins,
    high: (i + 1) / bins,
    answers,
    announced: announced / answers,
    happened: happened / answers,
    within: answers === 0 ? [NaN, NaN] : wilson(happened, answers),
  }));
}

function binOf(p: number, bins: number): number {
  if (!(p >= 0 && p <= 1)) throw new Error(`calibration: ${p} is no probability: is it a logit?`);
  return Math.min(bins - 1, Math.floor(p * bins));
}

function requireBins(bins: number): void {
  if (!(Number.isInteger(bins) && bins > 0))
    throw new Error(`calibration: the number of bins must be a whole number from 1, not ${bins}`);
}

/**
 * Expected calibration error: how far announced and happened lie apart, bin by bin, weighted by the bins' answers. A head
 * that gives nearly all tags nearly no chance is nearly always right about it, so of 49 tags it is small anyway: compare
 * it with another head's, not with nought.
 *
 * ```ts
 * calibrationError(reliability(Float32Array.of(0.1, 0.3, 0.8), Uint8Array.of(0, 1, 1), { bins: 2 })); // → 0.2667
 * ```
 */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  const filled = bins.filter(({ answers }) => answers > 0);
  const all = filled.reduce((sum, { answers }) => sum + answers, 0);
  return filled.reduce(
    (sum, bin) => sum + (bin.answers / all) * Math.abs(bin.announced - bin.happened),
    0,
  );
}

/**
 * The error that a perfectly calibrated head would have by chance: the mean over `draws` of labels drawn from these very
 * probabilities. Few answers in a bin make it large. `random` draws.
 *
 * ```ts
 * const error = errorByChance(new Float32Array(1000).fill(0.5), seededRandom(1), { draws: 200 });
 * error > 0.01 && error < 0.016; // → true
 * ```
 */
export function errorByChance(
  probabilities: Float32Array,
  random: Random,
  { bins = 10, draws = 20 } = {},
): number {
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    const labels = Uint8Array.from(probabilities, (p) => Number(random.uniform() < p));
    sum += calibrationError(reliability(probabilities, labels, { bins }));
  }
  return sum / draws;
}

/**
 * How much larger the calibration error of the second probabilities is than that of the first, with the 95 % interval of
 * a paired bootstrap: photos (rows) are drawn with replacement, and both errors taken on each draw. Errors are never
 * below 0 and chance adds to both, so the interval is a rough one where they are small.
 *
 * ```ts
 * const [labels, honest, bold] = [Uint8Array.of(1, 0), Float32Array.of(0.5, 0.5), Float32Array.of(0.9, 0.9)];
 * compareCalibration(labels, honest, bold, 1, { random: seededRandom(1) }).difference; // → 0.4
 * ```
 */
export function compareCalibration(
  labels: Uint8Array,
  first: Float32Array,
  second: Float32Array,
  tags: number,
  { random, resamples = 1000, bins = 10 }: { random: Random; resamples?: number; bins?: number },
): Difference {
  requireSameShape("compareCalibration", first, labels);
  requireSameShape("compareCalibration", second, labels);
  requireBins(bins);
  const rows = wholeRows("compareCalibration", "labels", labels, tags);
  const gaps = [first, second].map((p) => rowGaps(p, labels, tags, bins));
  const error = (all: Float64Array, times: Uint32Array): number => {
    let sum = 0;
    for (let bin = 0; bin < bins; bin++) {
      let gap = 0;
      for (let row = 0; row < rows; row++) gap += times[row] * all[row * bins + bin];
      sum += Math.abs(gap);
    }
    return sum / labels.length;
  };
  const difference = (times: Uint32Array): number => error(gaps[1], times) - error(gaps[0], times);
  const draws = Float64Array.from({ length: resamples }, () => {
    const times = new Uint32Array(rows);
    for (let i = 0; i < rows; i++) times[random.below(rows)]++;
    return difference(times);
  });
  const [low, high] = interval(draws);
  return { difference: difference(new Uint32Array(rows).fill(1)), low, high };
}

/** What each row adds to each bin's announced less happened, [rows, bins]: an error is the sum of |column sums| / answers. */
function rowGaps(
  probabilities: Float32Array,
  labels: Uint8Array,
  tags: number,
  bins: number,
): Float64Array {
  const gaps = new Float64Array((labels.length / tags) * bins);
  probabilities.forEach((p, i) => {
    gaps[Math.floor(i / tags) * bins + binOf(p, bins)] += p - labels[i];
  });
  return gaps;
}

/**
 * The temperature T for which σ(z / T) is least surprised by these labels (Guo et al. 2017, with one T for all tags): above
 * 1 the head was too sure of itself, below 1 too timid. Found by Newton's method in 1 / T, in which the loss is convex.
 * Dividing by T moves no logit across 0, so no answer at one half changes.
 *
 * ```ts
 * const z = Float32Array.of(4, 4, 4, 4, -4, -4, -4, -4);
 * fitTemperature(z, Uint8Array.of(1, 1, 1, 0, 0, 0, 0, 1)); // → 3.641
 * ```
 *
 * Throws if the shapes don't fit, and if no T is best: when all answers are right, or more wrong than right.
 */
export function fitTemperature(logits: Float32Array, labels: Uint8Array): number {
  requireSameShape("fitTemperature", logits, labels);
  let inverse = 1;
  for (let step = 0; step < 100; step++) {
    let slope = 0;
    let curvature = 0;
    for (let i = 0; i < logits.length; i++) {
      const z = logits[i];
      const p = 1 / (1 + Math.exp(-z * inverse));
      slope += z * (p - labels[i]);
      curvature += z * z * p * (1 - p);
    }
    const move = slope / curvature;
    // No further than to half or double, so that it can't overshoot where the loss is flat.
    const next = Math.min(Math.max(inverse - move, inverse / 2), inverse * 2);
    const done = Math.abs(next - inverse) < 1e-9 * inverse;
    inverse = next;
    if (done) return 1 / inverse;
    if (!(inverse > 1e-6 && inverse < 1e6)) break;
  }
  throw new Error(
    `fitTemperature: no temperature is best for these ${logits.length} logits: are all answers right, or do the labels ` +
      `belong to other rows?`,
  );
}

/**
 * σ(z / T), the probabilities at a temperature. A new array of the same length. Throws unless T is above 0.
 *
 * ```ts
 * atTemperature(Float32Array.of(2, -2), 2); // → [0.7311, 0.2689]
 * ```
 */
export function atTemperature(logits: Float32Array, temperature: number): Float32Array {
  if (!(temperature > 0 && Number.isFinite(temperature)))
    throw new Error(`atTemperature: the temperature must be above 0, not ${temperature}`);
  return sigmoid(logits.map((z) => z / temperature));
}

/**
 * The mean surprise at the labels, −log p of what happened, in nats an answer: the loss that heads are trained with.
 * Unlike the calibration error it rewards knowing more, too.
 *
 * ```ts
 * logLoss(Float32Array.of(0.5, 0.9), Uint8Array.of(1, 1)); // → 0.3993
 * ```
 */
export function logLoss(probabilities: Float32Array, labels: Uint8Array): number {
  requireSameShape("logLoss", probabilities, labels);
  const least = 2 ** -24; // float32 can't say more of a probability near 1
  return (
    probabilities.reduce((sum, p, i) => sum - Math.log(Math.max(labels[i] ? p : 1 - p, least)), 0) /
    labels.length
  );
}
