/** Exact search among embeddings: the rows with the largest cosines to a query. */
import { tf, type Tensor2D } from "../tfjs";

/** Embeddings that can be searched, and what makes cosines of their dot products. Nothing of them is copied. */
export interface SearchIndex {
  /** Numbers in a row: D. */
  size: number;
  /** How many rows there are in all, [rows, D]. */
  rows: number;
  /** The rows, in one piece or several, row by row. */
  parts: readonly Float32Array[];
  /** 1 / length of each row [rows]; 0 for a row of zeros, which stands for a photo without an embedding. */
  scale: Float32Array;
}

/** A row that was found. */
export interface Neighbour {
  row: number;
  cosine: number;
}

/**
 * Rows of a block that is multiplied at once. Such a block is handed to libtensorflow where it lies, without a copy, if
 * it begins at a multiple of 64 bytes: with `alignedFloats` every block does.
 */
const BLOCK_ROWS = 65_536;

/**
 * Make embeddings searchable: their rows' lengths are taken once, the embeddings stay as and where they are.
 *
 *     const index = searchIndex([Float32Array.of(3, 4, 0, 2)], 2);
 *     nearest(index, Float32Array.of(1, 0), { count: 1 }); // → [{ row: 0, cosine: 0.6 }]
 *
 * Throws if a part does not consist of whole rows.
 */
export function searchIndex(parts: readonly Float32Array[], size: number): SearchIndex {
  for (const part of parts)
    if (!(size > 0) || part.length % size !== 0)
      throw new Error(`searchIndex: ${part.length} numbers are not rows of ${size}`);
  const rows = parts.reduce((sum, part) => sum + part.length / size, 0);
  const scale = new Float32Array(rows);
  let row = 0;
  for (const part of parts)
    for (let start = 0; start < part.length; start += size, row++) {
      let square = 0;
      for (let i = start; i < start + size; i++) square += part[i] * part[i];
      scale[row] = square > 0 ? 1 / Math.sqrt(square) : 0;
    }
  return { size, rows, parts, scale };
}

/** The cosine of each row with the query [D]: [rows]; 0 for rows of zeros. One pass over all embeddings. */
export function cosinesWith(
  { size, rows, parts, scale }: SearchIndex,
  query: Float32Array,
): Float32Array {
  if (query.length !== size)
    throw new Error(
      `The query has ${query.length} numbers, but the embeddings searched have ${size}: are they of another encoder?`,
    );
  const unit = unitSum([{ vector: query, weight: 1 }]);
  const found = new Float32Array(rows);
  let row = 0;
  for (const part of parts)
    for (let start = 0; start < part.length; start += BLOCK_ROWS * size) {
      const block = part.subarray(start, start + BLOCK_ROWS * size);
      const dots = tf.tidy(() => {
        const matrix = tf.tensor2d(block, [block.length / size, size]);
        return tf.matMul(tf.tensor2d(unit, [1, size]), matrix, false, true) as Tensor2D;
      });
      found.set(dots.dataSync() as Float32Array, row);
      dots.dispose();
      row += block.length / size;
    }
  for (let i = 0; i < rows; i++) found[i] *= scale[i];
  return found;
}

export interface NearestOptions {
  /** How many are wanted at most. */
  count?: number;
  /** Rows that this says are left out: the photo that is asked about, say. */
  leaveOut?: (row: number) => boolean;
}

/**
 * The `count` rows with the largest cosines to the query [D], largest first; of equal ones the first. Every row is looked
 * at, so none is missed. Rows of zeros are never among them. Throws for a query of another length than the rows, and
 * for one of zeros or with numbers that are not finite.
 */
export function nearest(
  index: SearchIndex,
  query: Float32Array,
  { count = 12, leaveOut = () => false }: NearestOptions = {},
): Neighbour[] {
  if (!Number.isInteger(count) || count < 1)
    throw new Error(
      `nearest: the number of rows wanted must be a whole number from 1, not ${count}`,
    );
  const cosines = cosinesWith(index, query);
  const best: Neighbour[] = []; // in order, so that the last is the one to beat
  for (let row = 0; row < cosines.length; row++) {
    const cosine = cosines[row];
    if (best.length === count && cosine <= best[count - 1].cosine) continue;
    if (index.scale[row] === 0 || leaveOut(row)) continue;
    let place = best.length;
    while (place > 0 && best[place - 1].cosine < cosine) place--;
    best.splice(place, 0, { row, cosine });
    if (best.length > count) best.pop();
  }
  return best;
}

/** A vector, and how much of its direction goes into a query: 1 adds it, −1 takes it away. */
export interface WeightedVector {
  vector: Float32Array;
  weight: number;
}

/**
 * "Like this, but with … and without …": the sum of the vectors' directions, each times its weight, at length 1.
 *
 *     unitSum([{ vector: Float32Array.of(5, 0), weight: 1 }, { vector: Float32Array.of(0, 2), weight: 1 }]);
 *     // → [0.7071, 0.7071]
 *
 * Throws for vectors of different lengths, for one of zeros, and where everything cancels out.
 */
export function unitSum(parts: readonly WeightedVector[]): Float32Array {
  const size = parts[0]?.vector.length ?? 0;
  const sum = new Float64Array(size);
  for (const { vector, weight } of parts) {
    if (vector.length !== size)
      throw new Error(
        `unitSum: vectors of ${size} and of ${vector.length} numbers cannot be added`,
      );
    const length = Math.hypot(...vector);
    if (!(length > 0) || !Number.isFinite(length))
      throw new Error(
        "unitSum: a vector of zeros, or with numbers that are not finite, has no direction",
      );
    for (let i = 0; i < size; i++) sum[i] += (weight * vector[i]) / length;
  }
  const length = Math.hypot(...sum);
  // Directions are known to about seven digits: what is left below that is rounding, not a direction.
  if (!(length > 1e-6))
    throw new Error(
      "unitSum: what is added and what is taken away cancel out, so nothing is left to search for",
    );
  return Float32Array.from(sum, (value) => value / length);
}
