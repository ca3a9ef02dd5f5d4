/** How sure a number is: intervals and tests for shares, means and correlations. */
import type { Random } from "../random";

/** The 97.5 % point of the normal distribution: 95 % lie between minus and plus this. */
const Z = 1.959964;

export type Interval = [low: number, high: number];

/**
 * Wilson's 95 % interval of a share: `hits` of `n` (Wilson 1927). It stays inside 0 … 1, also for few.
 *
 * ```ts
 * wilson(8, 10); // → [0.4902, 0.9433]
 * ```
 */
export function wilson(hits: number, n: number): Interval {
  if (!(n > 0 && hits >= 0 && hits <= n))
    throw new Error(`wilson: ${hits} of ${n} is not a share of anything`);
  const p = hits / n;
  const middle = (p + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n);
  const half = (Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n))) / (1 + (Z * Z) / n);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/**
 * Pearson's correlation of two equally long series. NaN if one of them is constant.
 *
 * ```ts
 * pearson([1, 2, 3], [1, 4, 9]); // → 0.9897
 * ```
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length)
    throw new Error(`pearson: ${x.length} values beside ${y.length} values`);
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i] - meanX, y[i] - meanY];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

/**
 * Spearman's correlation: Pearson's of the ranks; equal values share the mean of their ranks.
 *
 * ```ts
 * spearman([1, 2, 3], [1, 4, 9]); // → 1
 * ```
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pearson(ranks(x), ranks(y));
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const rank = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) rank[order[i]] = (start + end - 1) / 2;
  }
  return rank;
}

/**
 * The interval that holds the middle `level` of some values: between two percentiles (NumPy's, which interpolates between
 * two values).
 *
 * ```ts
 * interval([5, 1, 4, 2, 3]); // → [1.1, 4.9]
 * interval([5, 1, 4, 2, 3], 0.5); // → [2, 4]
 * ```
 */
export function interval(values: ArrayLike<number>, level = 0.95): Interval {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  };
  return [at((1 - level) / 2), at((1 + level) / 2)];
}

/**
 * The percentile bootstrap's 95 % interval: `statistic` of the `n` items drawn again with replacement, `times` over.
 * It is handed the drawn indices. A statistic that is NaN for a draw is left out.
 *
 * ```ts
 * const values = [1, 2, 3, 4];
 * const highest = (drawn) => Math.max(...Array.from(drawn, (i) => values[i]));
 * bootstrap(4, highest, seededRandom(42)); // → [2, 4]
 * ```
 */
export function bootstrap(
  n: number,
  statistic: (drawn: Int32Array) => number,
  random: Random,
  times = 1000,
): Interval {
  const values = Array.from({ length: times }, () =>
    statistic(Int32Array.from({ length: n }, () => Math.floor(random.uniform() * n))),
  );
  return interval(values.filter((value) => !Number.isNaN(value)));
}

/**
 * Kolmogorov and Smirnov's test of `values` against the uniform distribution on [low, high]: the largest distance
 * between the two distribution functions, and how often chance alone makes it as large (asymptotic, Stephens 1970).
 *
 * ```ts
 * uniformityTest([0.1, 0.3, 0.5, 0.7, 0.9], 0, 1); // → { distance: 0.1, p: 1 }
 * uniformityTest([0.1, 0.1, 0.2, 0.2, 0.3], 0, 1); // → { distance: 0.7, p: 0.0069 }
 * ```
 */
export function uniformityTest(
  values: ArrayLike<number>,
  low: number,
  high: number,
): { distance: number; p: number } {
  const n = values.length;
  const sorted = Array.from(values, (value) =>
    Math.min(Math.max((value - low) / (high - low), 0), 1),
  ).sort((a, b) => a - b);
  const distance = Math.max(
    ...sorted.map((value, i) => Math.max(value - i / n, (i + 1) / n - value)),
  );
  const lambda = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  if (lambda < 0.2) return { distance, p: 1 }; // the series below does not converge there
  let p = 0;
  for (let k = 1; k <= 100; k++) p += 2 * (-1) ** (k - 1) * Math.exp(-2 * (k * lambda) ** 2);
  return { distance, p: Math.min(Math.max(p, 0), 1) };
}
