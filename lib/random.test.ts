import { expect, test } from "vitest";
import { seededRandom } from "./random";

test.each([
  [0.2, 0.2],
  [1, 1],
  [0.5, 1],
  [2, 3],
  [0.2, 3],
  [0.01, 0.02],
])("Beta(%d, %d) has the mean and variance of its formulas", (a, b) => {
  const random = seededRandom(1);
  const n = 100_000;
  const draws = Float64Array.from({ length: n }, () => random.beta(a, b));
  const mean = draws.reduce((sum, x) => sum + x, 0) / n;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  const expected = (a * b) / ((a + b) ** 2 * (a + b + 1));
  const error = Math.sqrt(expected / n);
  expect(Math.abs(mean - a / (a + b))).toBeLessThan(4 * error);
  expect(variance / expected).toBeCloseTo(1, 1);
  expect(draws.every((x) => x >= 0 && x <= 1)).toBe(true);
});

test("equal seeds give equal numbers, a permutation has each number once, shapes must be positive", () => {
  const draw = (seed: number): number[] => Array.from(seededRandom(seed).permutation(100));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect([...draw(1)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(() => seededRandom(1).beta(0, 1)).toThrow("must be positive, not 0 and 1");
});
