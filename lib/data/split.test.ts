import { expect, test } from "vitest";
import { seededRandom } from "../random";
import { randomSplit } from "./split";

test("647,099 rows give the paper's 517,679 and 129,420", () => {
  const { train, validation } = randomSplit(647_099, { random: seededRandom(42) });
  expect([train.length, validation.length]).toEqual([517_679, 129_420]);
});

test("every row is in exactly one part, in ascending order", () => {
  const { train, validation } = randomSplit(1003, { random: seededRandom(1) });
  expect([...train, ...validation].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 1003 }, (_, i) => i),
  );
  for (const part of [train, validation])
    expect([...part]).toEqual([...part].sort((a, b) => a - b));
});

test("a seed gives one split, another seed another", () => {
  const split = (seed: number): Int32Array =>
    randomSplit(500, { random: seededRandom(seed) }).validation;
  expect(split(42)).toEqual(split(42));
  expect(split(42)).not.toEqual(split(43));
});

test("each row is held out with the chosen probability, wherever it stands", () => {
  const random = seededRandom(7);
  const held = new Float64Array(20);
  const runs = 5000;
  for (let run = 0; run < runs; run++)
    for (const row of randomSplit(20, { random }).validation) held[row]++;
  // Standard deviation sqrt(0.2 · 0.8 / 5000) = 0.0057; five of them.
  for (const count of held) expect(Math.abs(count / runs - 0.2)).toBeLessThan(0.0285);
});

test("edges", () => {
  const random = seededRandom(1);
  expect(randomSplit(0, { random }).train.length).toBe(0);
  expect(randomSplit(1, { random }).train.length).toBe(0); // floor(0.8)
  expect(randomSplit(10, { validation: 0.9, random }).train.length).toBe(1);
  expect(randomSplit(10, { validation: 0, random }).validation.length).toBe(0);
  expect(() => randomSplit(1.5, { random })).toThrow("number of rows");
  expect(() => randomSplit(5, { validation: 80, random })).toThrow("between 0 and 1, not 80");
});
