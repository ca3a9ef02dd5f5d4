/** Embeddings of hundreds of dimensions as points on a plane: principal components, and UMAP. */
import { PCA } from "ml-pca";
import { UMAP } from "umap-js";
import { unitVector } from "../clip/zero-shot";
import type { Random } from "../random";

/** Rows of numbers, all of one length. */
export type Rows = number[][];

/** Some rows of `vectors` [n, width], each scaled to length 1. Throws for a row of zeros. */
export function unitRows(vectors: Float32Array, width: number, rows: ArrayLike<number>): Rows {
  return Array.from(rows, (row) => {
    const vector = vectors.subarray(row * width, (row + 1) * width);
    if (vector.every((value) => value === 0))
      throw new Error(`unitRows: row ${row} is all zeros; leave out photos that could not be read`);
    return unitVector(vector);
  });
}

/** Columns made orthogonal and of length 1, one after the other (modified Gram-Schmidt). `columns` is changed. */
function orthonormal(columns: Rows): Rows {
  columns.forEach((column, i) => {
    for (const earlier of columns.slice(0, i)) {
      const overlap = column.reduce((sum, value, k) => sum + value * earlier[k], 0);
      earlier.forEach((value, k) => (column[k] -= overlap * value));
    }
    const length = Math.hypot(...column);
    column.forEach((value, k) => (column[k] = value / length));
  });
  return columns;
}

/** a · bᵀ: the dot product of each row of `a` with each row of `b`. */
function dots(a: Rows, b: Rows): Rows {
  return a.map((row) =>
    b.map((other) => {
      let sum = 0;
      for (let k = 0; k < row.length; k++) sum += row[k] * other[k];
      return sum;
    }),
  );
}

const transposed = (rows: Rows): Rows => rows[0].map((_, j) => rows.map((row) => row[j]));

/** Rows seen from `components` directions that hold nearly all of the variance, found by subspace iteration. */
function shrink(rows: Rows, components: number, random: Random): Rows {
  const means = transposed(rows).map(
    (column) => column.reduce((sum, value) => sum + value, 0) / rows.length,
  );
  const centred = rows.map((row) => row.map((value, j) => value - means[j]));
  const columns = transposed(centred);
  let basis = orthonormal(
    Array.from({ length: components }, () => means.map(() => random.normal())),
  );
  for (let i = 0; i < 12; i++) basis = orthonormal(dots(dots(basis, centred), columns));
  return dots(centred, basis);
}

export interface Components {
  /** Each row's coordinates, [rows, components], largest variance first. */
  points: Rows;
  /** The share of all variance that each component holds. */
  explained: number[];
}

/**
 * Principal components: the directions in which the rows differ most. Decomposing 512 dimensions exactly takes seconds in
 * JavaScript, so the rows are first turned into the few directions that matter (subspace iteration: Halko, Martinsson &
 * Tropp 2011, "Finding structure with randomness"), and ml-pca does the rest. Signs are set so that each component's
 * largest coordinate is positive.
 */
export function principalComponents(
  rows: Rows,
  { components = 30, random }: { components?: number; random: Random },
): Components {
  if (components > Math.min(rows.length - 1, rows[0]?.length ?? 0)) {
    throw new Error(
      `principalComponents: ${rows.length} rows of ${rows[0]?.length ?? 0} have no ${components} components`,
    );
  }
  const extra = Math.min(8, rows[0].length - components); // spare directions make the last ones exact too
  const shrunk = shrink(rows, components + extra, random);
  const pca = new PCA(shrunk, { method: "covarianceMatrix" });
  const points = pca.predict(shrunk, { nComponents: components }).to2DArray();
  for (let j = 0; j < components; j++) {
    const largest = points.reduce(
      (most, point) => (Math.abs(point[j]) > Math.abs(most) ? point[j] : most),
      0,
    );
    if (largest < 0) for (const point of points) point[j] = -point[j];
  }
  const total = totalVariance(rows);
  return {
    points,
    explained: pca
      .getEigenvalues()
      .slice(0, components)
      .map((variance) => variance / total),
  };
}

/** The sum of the columns' variances (divided by n - 1). */
function totalVariance(rows: Rows): number {
  let total = 0;
  for (let j = 0; j < rows[0].length; j++) {
    const mean = rows.reduce((sum, row) => sum + row[j], 0) / rows.length;
    total += rows.reduce((sum, row) => sum + (row[j] - mean) ** 2, 0) / (rows.length - 1);
  }
  return total;
}

/**
 * UMAP (McInnes, Healy & Melville 2018): a plane on which rows that are near each other stay near. Distances between
 * far groups, and the axes, mean nothing. The same rows and random numbers give the same map.
 */
export function umap(
  rows: Rows,
  {
    neighbours = 15,
    epochs = 200,
    random,
  }: { neighbours?: number; epochs?: number; random: Random },
): Rows {
  if (rows.length <= neighbours)
    throw new Error(`umap: ${rows.length} rows have no ${neighbours} neighbours each`);
  return new UMAP({
    nComponents: 2,
    nNeighbors: neighbours,
    nEpochs: epochs,
    random: () => random.uniform(),
  }).fit(rows);
}

/**
 * How well a map keeps neighbourhoods: the mean share of each row's `k` nearest neighbours that are also among its `k`
 * nearest on the map, 0 to 1. A map of random points has k / (rows - 1).
 */
export function keptNeighbours(rows: Rows, map: Rows, k = 15): number {
  const near = rows.map((_, i) => new Set(nearest(rows, i, k)));
  const kept = map.map((_, i) => nearest(map, i, k).filter((j) => near[i].has(j)).length / k);
  return kept.reduce((sum, share) => sum + share, 0) / rows.length;
}

function nearest(rows: Rows, i: number, k: number): number[] {
  const distances = rows.map((row) =>
    row.reduce((sum, value, c) => sum + (value - rows[i][c]) ** 2, 0),
  );
  const others = Array.from(rows.keys()).filter((j) => j !== i);
  return others.sort((a, b) => distances[a] - distances[b]).slice(0, k);
}
