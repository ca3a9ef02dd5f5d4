import { describe, expect, test } from "vitest";
import { seededRandom } from "../random";
import { bootstrap, pearson, spearman, uniformityTest, wilson } from "./uncertainty";

describe("wilson", () => {
  test("the examples of Newcombe (1998), table I, method 3", () => {
    const examples: [hits: number, n: number, low: number, high: number][] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [hits, n, low, high] of examples)
      expect(wilson(hits, n).map((end) => Number(end.toFixed(4)))).toEqual([low, high]);
  });

  test("none and all stay inside 0 … 1, and are not certain", () => {
    expect(wilson(0, 10)[0]).toBe(0);
    expect(wilson(0, 10)[1]).toBeCloseTo(0.2775, 4);
    expect(wilson(10, 10)[1]).toBeCloseTo(1, 12);
    expect(() => wilson(3, 2)).toThrow("3 of 2 is not a share");
  });
});

describe("correlations", () => {
  test("worked out by hand: 12 / √(10 · 21.2), and 8 / 10 for the ranks", () => {
    const [x, y] = [
      [1, 2, 3, 4, 5],
      [2, 1, 4, 3, 7],
    ];
    expect(pearson(x, y)).toBeCloseTo(0.82416, 5);
    expect(spearman(x, y)).toBeCloseTo(0.8, 10);
  });

  test("ranks share their mean where values are equal", () => {
    expect(spearman([1, 1, 2], [5, 5, 9])).toBeCloseTo(1, 10);
    expect(spearman([1, 1, 2, 3], [1, 2, 3, 3])).toBeCloseTo(4 / 4.5, 10); // ranks ½ ½ 2 3, 0 1 2½ 2½
  });

  test("lengths that differ", () => {
    expect(() => pearson([1, 2], [1])).toThrow("2 values beside 1 values");
  });
});

test("the bootstrap of a mean is about as wide as the normal interval", () => {
  const random = seededRandom(1);
  const values = Float64Array.from({ length: 400 }, () => random.uniform());
  const mean = (drawn: Int32Array): number =>
    drawn.reduce((sum, i) => sum + values[i], 0) / drawn.length;
  const [low, high] = bootstrap(400, mean, seededRandom(2));
  const expected = 2 * 1.96 * Math.sqrt(1 / 12 / 400);
  expect(high - low).toBeGreaterThan(0.85 * expected);
  expect(high - low).toBeLessThan(1.15 * expected);
});

test("uniformity: even values pass, squeezed or shifted ones don't", () => {
  const even = Array.from({ length: 200 }, (_, i) => -1 + (2 * i + 1) / 200);
  expect(uniformityTest(even, -1, 1)).toEqual({ distance: expect.closeTo(0.0025, 6), p: 1 });
  expect(
    uniformityTest(
      even.map((x) => x / 2),
      -1,
      1,
    ).p,
  ).toBeLessThan(1e-6);
  expect(
    uniformityTest(
      even.map((x) => x + 0.1),
      -1,
      1,
    ).p,
  ).toBeGreaterThan(0.3);
  // The well-known 5 % point of the limit is 1.358.
  const shift = 2 * (1.3581 / (Math.sqrt(200) + 0.12 + 0.11 / Math.sqrt(200)) - 0.0025);
  expect(
    uniformityTest(
      even.map((x) => x + shift),
      -1,
      1,
    ).p,
  ).toBeCloseTo(0.05, 3);
});
