/** Choices in proportion to weights, which must not be negative or all 0. */
import type { Random } from "../../lib/random";

/** An index drawn in proportion to the weights. */
export function weightedIndex(weights: readonly number[], random: Random): number {
  let left = random.uniform() * weights.reduce((a, b) => a + b, 0);
  const index = weights.findIndex((weight) => (left -= weight) < 0);
  return index < 0 ? weights.length - 1 : index; // rounding left a crumb
}

/** An item drawn in proportion to its weight. */
export function pickWeighted<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  random: Random,
): T {
  return items[weightedIndex(items.map(weightOf), random)];
}
