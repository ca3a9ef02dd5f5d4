/** The random split into training and validation rows. */
import type { Random } from "../random";

/** Row numbers (0-based) of the two parts, each in ascending order. */
export interface SplitRows {
  train: Int32Array;
  validation: Int32Array;
}

export interface SplitOptions {
  /** Share of the rows kept for validation, 0 to 1. */
  validation?: number;
  /** Source of the permutation; equal seeds give equal splits. */
  random: Random;
}

/**
 * Split rows 0..n-1 at random: floor((1 - validation) n) for training, the rest for validation (647,099 rows give the
 * paper's 517,679 and 129,420). Throws for a row count or share that makes no sense.
 */
export function randomSplit(n: number, { validation = 0.2, random }: SplitOptions): SplitRows {
  if (!Number.isInteger(n) || n < 0)
    throw new Error(`randomSplit: the number of rows must be 0 or more, not ${n}`);
  if (!(validation >= 0 && validation <= 1)) {
    throw new Error(`randomSplit: the validation share must be between 0 and 1, not ${validation}`);
  }
  // 1 - 0.2 is 0.8 exactly, but 1 - 0.9 is 0.09999…; the tiny term keeps e.g. floor(0.1 * 10) at 1.
  const trainRows = Math.floor((1 - validation) * n + 1e-9);
  const order = random.permutation(n);
  return { train: order.slice(0, trainRows).sort(), validation: order.slice(trainRows).sort() };
}
