import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { foldRows, groupFolds, idBlocks, squareBlocks } from "./folds";
import { seededRandom } from "../random";

const reference = JSON.parse(readFileSync("lib/fixtures/places.json", "utf8")) as {
  groups: number[];
  foldSizes: number[];
};
const groups = Int32Array.from(reference.groups);
const foldSizes = (foldOf: Uint8Array, folds: number): number[] =>
  Array.from({ length: folds }, (_, fold) => foldOf.filter((held) => held === fold).length);

test("no group is in two folds, and the folds are as large as scikit-learn's GroupKFold makes them", () => {
  const foldOf = groupFolds(groups, { folds: 5, random: seededRandom(1) });
  const foldsOfGroup = new Map<number, Set<number>>();
  groups.forEach((group, row) =>
    foldsOfGroup.set(group, (foldsOfGroup.get(group) ?? new Set()).add(foldOf[row])),
  );
  expect([...foldsOfGroup.values()].every((folds) => folds.size === 1)).toBe(true);
  expect(foldSizes(foldOf, 5).sort((a, b) => a - b)).toEqual(reference.foldSizes);
});

test("equal seeds give equal folds, others give others", () => {
  const of = (seed: number): Uint8Array => groupFolds(groups, { random: seededRandom(seed) });
  expect(of(7)).toEqual(of(7));
  expect(of(7)).not.toEqual(of(8));
});

test("rows without a known group are dealt out one by one", () => {
  const unknown = new Int32Array(1003).fill(-1);
  const foldOf = groupFolds(unknown, { folds: 4, random: seededRandom(3) });
  expect(foldSizes(foldOf, 4).sort()).toEqual([250, 251, 251, 251]);
});

test("every row is validated once, and trained on in all other folds", () => {
  const foldOf = groupFolds(groups, { folds: 3, random: seededRandom(5) });
  const held = [0, 1, 2].flatMap((fold) => {
    const { train, validation } = foldRows(foldOf, fold);
    expect(train.length + validation.length).toBe(groups.length);
    expect(train.some((row) => validation.includes(row))).toBe(false);
    return Array.from(validation);
  });
  expect(held.sort((a, b) => a - b)).toEqual(Array.from(groups.keys()));
});

test("of the rows that are named, others are in neither part", () => {
  const { train, validation } = foldRows(Uint8Array.of(0, 1, 0, 1), 1, Int32Array.of(3, 0));
  expect([Array.from(train), Array.from(validation)]).toEqual([[0], [3]]);
});

test("blocks of ids follow the ids, not the rows", () => {
  const blocks = idBlocks(Int32Array.of(50, 10, 40, 20, 30), 2);
  expect(Array.from(blocks)).toEqual([2, 0, 1, 0, 1]);
});

test("squares of any size, also west and south of the origin; an unknown place has none", () => {
  const east = Float64Array.of(999, 1000, -1, 0, NaN);
  const blocks = squareBlocks(east, Float64Array.of(0, 0, 0, 999, NaN), 1000);
  expect(Array.from(blocks)).toEqual([0, 1, 2, 0, -1]);
});

test("what can't be done is said", () => {
  const random = seededRandom(1);
  expect(() => groupFolds(Int32Array.of(4, 4, 4, 5), { folds: 3, random })).toThrow(
    "4 rows in 2 groups can't fill 3 folds",
  );
  expect(() => groupFolds(groups, { folds: 1, random })).toThrow("must be 2 to 255, not 1");
  expect(() => idBlocks(groups, 0)).toThrow("idBlocks: the size of a block must be above 0");
  expect(() => squareBlocks(new Float64Array(1), new Float64Array(1), NaN)).toThrow(
    "squareBlocks: the size of a block must be above 0, not NaN",
  );
});
