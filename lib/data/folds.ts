/**
 * Folds for honest scores: photos that know each other (of one walk, one square, one contributor) stay together, so that
 * none is scored by a head that has learned from another.
 */
import type { SplitRows } from "./prepare";
import type { Random } from "../random";

export interface FoldOptions {
  /** How many folds, 2 to 255 (default 5: four fifths to train on, one to validate, as in the paper). */
  folds?: number;
  /** The order in which groups are dealt out: equal seeds give equal folds. */
  random: Random;
}

/**
 * The fold of each row, 0 to before `folds`: rows of one group (an equal number) share a fold; a row of group −1 (not
 * known) is a group of its own. The largest group goes first, each into the fold that has the fewest rows then; equally
 * large ones in random order. So folds differ by no more rows than the largest group has, and mostly by far fewer. Throws
 * if there are fewer groups than folds.
 *
 * ```ts
 * const folds = groupFolds(Int32Array.of(7, 7, 3, 3), { folds: 2, random: seededRandom(42) });
 * [folds[0] === folds[1], folds[2] === folds[3], folds[0] === folds[2]]; // → [true, true, false]
 * ```
 */
export function groupFolds(groups: Int32Array, { folds = 5, random }: FoldOptions): Uint8Array {
  if (!Number.isInteger(folds) || folds < 2 || folds > 255)
    throw new Error(`groupFolds: the number of folds must be 2 to 255, not ${folds}`);
  const members = groupRows(groups);
  if (members.length < folds)
    throw new Error(
      `groupFolds: ${groups.length} rows in ${members.length} groups can't fill ${folds} folds: ask for fewer folds, or ` +
        "make smaller groups",
    );
  const order = Array.from(random.permutation(members.length), (i) => members[i]);
  order.sort((a, b) => b.length - a.length); // stable: equally large ones stay in random order
  const sizes = new Array<number>(folds).fill(0);
  const foldOf = new Uint8Array(groups.length);
  for (const rows of order) {
    const fold = sizes.indexOf(Math.min(...sizes));
    for (const row of rows) foldOf[row] = fold;
    sizes[fold] += rows.length;
  }
  return foldOf;
}

/** The rows of each group. */
function groupRows(groups: Int32Array): number[][] {
  const known = new Map<number, number[]>();
  const all: number[][] = [];
  groups.forEach((group, row) => {
    const rows = known.get(group);
    if (group >= 0 && rows) return void rows.push(row);
    const started = [row];
    all.push(started);
    if (group >= 0) known.set(group, started);
  });
  return all;
}

/**
 * The rows to train on and those to validate when `fold` is held back, of all rows or of those named; in ascending order.
 *
 * ```ts
 * foldRows(Uint8Array.of(0, 1, 1, 0), 1); // → { train: [0, 3], validation: [1, 2] }
 * ```
 */
export function foldRows(foldOf: Uint8Array, fold: number, rows?: Int32Array): SplitRows {
  const all = rows?.slice().sort() ?? Int32Array.from(foldOf.keys());
  return {
    train: all.filter((row) => foldOf[row] !== fold),
    validation: all.filter((row) => foldOf[row] === fold),
  };
}

/**
 * The block of each row when rows are lined up by id and every `size` of them make a block. Photos that were uploaded one
 * after the other, as those of one walk are, have neighbouring ids; only walks across the end of a block are cut.
 *
 * ```ts
 * idBlocks(Int32Array.of(900, 3, 5, 800), 2); // → [1, 0, 0, 1]
 * ```
 */
export function idBlocks(ids: Int32Array, size: number): Int32Array {
  requireSize("idBlocks", size);
  const order = Array.from(ids.keys()).sort((a, b) => ids[a] - ids[b]);
  const blocks = new Int32Array(ids.length);
  order.forEach((row, i) => (blocks[row] = Math.floor(i / size)));
  return blocks;
}

/**
 * The square of each place when the map is cut into squares of `size` metres, numbered as they come; −1 where the place is
 * not known (NaN). Metres east and north.
 *
 * ```ts
 * squareBlocks(Float64Array.of(500, 10500, 700, NaN), Float64Array.of(500, 500, 900, NaN), 10_000); // → [0, 1, 0, -1]
 * ```
 */
export function squareBlocks(
  easting: Float64Array,
  northing: Float64Array,
  size: number,
): Int32Array {
  requireSize("squareBlocks", size);
  const numbers = new Map<string, number>();
  return Int32Array.from(easting, (east, row) => {
    if (Number.isNaN(east)) return -1;
    const square = `${Math.floor(east / size)} ${Math.floor(northing[row] / size)}`;
    if (!numbers.has(square)) numbers.set(square, numbers.size);
    return numbers.get(square)!;
  });
}

function requireSize(name: string, size: number): void {
  if (!(size > 0)) throw new Error(`${name}: the size of a block must be above 0, not ${size}`);
}
