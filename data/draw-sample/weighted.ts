/** Choices in proportion to weights, which must not be negative or all 0. */
import type { Random } from "../../lib/random";

/** An index drawn in proportion to the weights. */
export function weightedIndex(weights: ArrayLike<number>, random: Random): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i];
  let left = random.uniform() * sum;
  for (let i = 0; i < weights.length; i++) if ((left -= weights[i]) < 0) return i;
  return weights.length - 1; // rounding left a crumb
}

/** An item drawn in proportion to its weight. */
export function pickWeighted<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  random: Random,
): T {
  return items[weightedIndex(items.map(weightOf), random)];
}
