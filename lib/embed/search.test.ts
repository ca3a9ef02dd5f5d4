import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../random";
import { tf } from "../tfjs";
import { alignedFloats } from "./features";
import { cosinesWith, nearest, searchIndex, unitSum } from "./search";

interface Reference {
  size: number;
  rows: number[];
  queries: number[][];
  cosines: number[][];
  nearest: number[][];
  weights: number[];
  mixed: number[];
}
const reference = JSON.parse(readFileSync("lib/fixtures/search.json", "utf8")) as Reference;
const { size } = reference;
const numbers = Float32Array.from(reference.rows);
const queries = reference.queries.map((query) => Float32Array.from(query));

beforeAll(() => tf.ready());

/** The cosines as one would write them down: a loop over double-precision numbers. */
function plainCosines(rows: Float32Array, query: Float32Array): number[] {
  const length = (values: Float32Array): number => Math.sqrt(values.reduce((s, v) => s + v * v, 0));
  return Array.from({ length: rows.length / query.length }, (_, i) => {
    const row = rows.subarray(i * query.length, (i + 1) * query.length);
    let dot = 0;
    for (let j = 0; j < row.length; j++) dot += row[j] * query[j];
    return length(row) > 0 ? dot / length(row) / length(query) : 0;
  });
}

function largestError(found: ArrayLike<number>, wanted: readonly number[]): number {
  expect(found).toHaveLength(wanted.length);
  return Math.max(...wanted.map((value, i) => Math.abs(value - found[i])));
}

describe("beside NumPy in double precision", () => {
  const index = searchIndex([numbers], size);

  test.each([0, 1, 2])("query %i: the same cosines, the same rows in the same order", (i) => {
    expect(largestError(cosinesWith(index, queries[i]), reference.cosines[i])).toBeLessThan(3e-7);
    const found = nearest(index, queries[i], { count: reference.nearest[i].length });
    expect(found.map(({ row }) => row)).toEqual(reference.nearest[i]);
    found.forEach(({ row, cosine }) =>
      expect(Math.abs(cosine - reference.cosines[i][row])).toBeLessThan(3e-7),
    );
  });

  test("a sum of directions", () => {
    const parts = queries.map((vector, i) => ({ vector, weight: reference.weights[i] }));
    expect(largestError(unitSum(parts), reference.mixed)).toBeLessThan(3e-7);
  });

  test("in several pieces it is the same", () => {
    const cut = 23 * size;
    const pieces = searchIndex([numbers.subarray(0, cut), numbers.slice(cut)], size);
    expect(pieces.rows).toBe(index.rows);
    expect(largestError(cosinesWith(pieces, queries[0]), reference.cosines[0])).toBeLessThan(3e-7);
  });
});

test("beside a plain loop: more rows than a block, 512 numbers each, long and short", () => {
  const rows = 66_000;
  const random = seededRandom(3);
  const many = alignedFloats(rows * 512);
  for (let i = 0; i < many.length; i++) many[i] = random.uniform() - 0.45;
  for (let i = 0; i < 512; i++) many[65_999 * 512 + i] *= 1e-3;
  const query = many.slice(65_999 * 512);
  const found = cosinesWith(searchIndex([many], 512), query);
  expect(largestError(found, plainCosines(many, query))).toBeLessThan(1e-6);
  expect(nearest(searchIndex([many], 512), query, { count: 1 })[0].row).toBe(65_999);
});

describe("nearest", () => {
  const index = searchIndex([Float32Array.of(1, 0, 0, 2, 3, 0, 0, 0, -1, 0, 1, 1)], 2);
  const east = Float32Array.of(7, 0);

  test("equal ones in their order, never a row of zeros, at most as many as there are", () => {
    expect(nearest(index, east, { count: 2 }).map(({ row }) => row)).toEqual([0, 2]);
    const all = nearest(index, east, { count: 99 });
    expect(all.map(({ row }) => row)).toEqual([0, 2, 5, 1, 4]);
    expect(all[4].cosine).toBe(-1);
  });

  test("rows can be left out", () => {
    const others = nearest(index, east, { count: 2, leaveOut: (row) => row === 0 });
    expect(others.map(({ row }) => row)).toEqual([2, 5]);
  });

  test("agrees with a sort of all cosines, whatever is asked for", () => {
    const random = seededRandom(5);
    const rows = Float32Array.from({ length: 500 * 8 }, () => Math.round(random.normal() * 2));
    const some = searchIndex([rows], 8);
    const query = Float32Array.from({ length: 8 }, () => random.normal());
    const cosines = cosinesWith(some, query);
    const sorted = Array.from(cosines.keys())
      .filter((row) => some.scale[row] > 0)
      .sort((a, b) => cosines[b] - cosines[a] || a - b);
    for (const count of [1, 7, 100, 500])
      expect(nearest(some, query, { count }).map(({ row }) => row)).toEqual(sorted.slice(0, count));
  });

  test("leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    nearest(index, east);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("what cannot be searched is refused with a reason", () => {
  const index = searchIndex([numbers], size);
  expect(() => searchIndex([new Float32Array(25)], size)).toThrow("25 numbers are not rows of 24");
  expect(() => nearest(index, new Float32Array(512).fill(1))).toThrow(
    /query has 512 numbers, but the embeddings searched have 24: .*another encoder/,
  );
  expect(() => nearest(index, new Float32Array(size))).toThrow("zeros");
  expect(() => nearest(index, new Float32Array(size).fill(NaN))).toThrow("not finite");
  expect(() => nearest(index, queries[0], { count: 0 })).toThrow("whole number from 1, not 0");
  const [vector] = queries;
  expect(() =>
    unitSum([
      { vector, weight: 1 },
      { vector, weight: -1 },
    ]),
  ).toThrow("cancel out");
  expect(() =>
    unitSum([
      { vector, weight: 1 },
      { vector: Float32Array.of(1), weight: 1 },
    ]),
  ).toThrow("24 and of 1");
});
