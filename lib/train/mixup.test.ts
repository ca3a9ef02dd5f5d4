import { beforeAll, expect, test } from "vitest";
import { dropoutMask } from "./heads";
import { drawMix, mix } from "./mixup";
import { seededRandom } from "../random";
import { tf } from "../tfjs";

beforeAll(() => tf.ready());

test("λ is the larger of Beta(0.2, 0.2) and its complement, each row has one partner", () => {
  const n = 20_000;
  const { lambda, partner } = drawMix(n, seededRandom(1));
  const values = Array.from(lambda.dataSync());
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0.5);
  expect(Math.max(...values)).toBeLessThanOrEqual(1);
  // From 20 million draws of NumPy's beta(0.2, 0.2): mean of λ 0.8988, share above 0.99 0.4196.
  expect(values.reduce((sum, value) => sum + value, 0) / n).toBeCloseTo(0.8988, 2);
  expect(values.filter((value) => value > 0.99).length / n).toBeCloseTo(0.4196, 1);
  expect([...partner.dataSync()].sort((a, b) => a - b)).toEqual(
    Array.from({ length: n }, (_, i) => i),
  );
});

test("rows are mixed as λ·x + (1 − λ)·partner", () => {
  const x = tf.tensor2d([
    [1, 10],
    [2, 20],
    [4, 40],
  ]);
  const drawn = {
    lambda: tf.tensor2d([[1], [0.5], [0.75]]),
    partner: tf.tensor1d([1, 2, 0], "int32"),
  };
  expect(mix(x, drawn).arraySync()).toEqual([
    [1, 10],
    [3, 30],
    [3.25, 32.5],
  ]);
});

test("dropout keeps half of the units, and scales them by two", () => {
  const values = dropoutMask(500, seededRandom(2)).dataSync() as Float32Array;
  expect(new Set(values)).toEqual(new Set([0, 2]));
  expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(1, 1);
});
