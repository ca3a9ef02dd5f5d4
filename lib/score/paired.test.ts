import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { seededRandom, type Random } from "../random";
import { compareHeads, comparisonInWords, mcnemar, resampleScores } from "./paired";
import { interval } from "./uncertainty";

const reference = JSON.parse(readFileSync("lib/fixtures/paired.json", "utf8")) as {
  mcnemar: { onlyFirst: number; onlySecond: number; p: number; midP: number }[];
  tags: number;
  truth: number[][];
  first: number[][];
  second: number[][];
  rows: number[][];
  firstScores: { exactMatch: number[]; f1: number[][] };
  secondScores: { exactMatch: number[]; f1: number[][] };
  percentiles: number[];
  intervals: { exactMatch: number[]; macroF1: number[] };
};
const { tags } = reference;
const flat = (rows: number[][]): Uint8Array => Uint8Array.from(rows.flat());
const [truth, first, second] = [reference.truth, reference.first, reference.second].map(flat);

/** The reference's draws, one row after the other. */
function itsDraws(): Random {
  const rows = reference.rows.flat();
  let i = 0;
  return { ...seededRandom(1), below: () => rows[i++] };
}

test.each(reference.mcnemar)(
  "McNemar's test of $onlyFirst against $onlySecond is statsmodels' (exact) and SciPy's (mid-p)",
  ({ onlyFirst, onlySecond, p, midP }) => {
    const found = mcnemar(onlyFirst, onlySecond);
    expect(found.p).toBeCloseTo(p, 9);
    expect(found.midP).toBeCloseTo(midP, 9);
    expect(mcnemar(onlySecond, onlyFirst)).toEqual(found);
  },
);

test("heads that agree on every photo, and very many that they don't agree on", () => {
  expect(mcnemar(0, 0)).toEqual({ p: 1, midP: 1 });
  expect(mcnemar(20_000, 20_400).p).toBeCloseTo(0.0472, 3); // 2 Φ(−399 / √40400)
  expect(mcnemar(5_000, 20_000).p).toBe(0);
});

describe("the paired bootstrap", () => {
  test("scores each draw as scikit-learn does, both heads on the same photos", () => {
    const scores = resampleScores(truth, [first, second], tags, {
      random: itsDraws(),
      resamples: reference.rows.length,
    });
    for (const [i, expected] of [reference.firstScores, reference.secondScores].entries()) {
      expected.exactMatch.forEach((value, draw) =>
        expect(scores[i].exactMatch[draw]).toBeCloseTo(value, 12),
      );
      expected.f1.forEach((values, draw) => {
        values.forEach((value, tag) =>
          expect(scores[i].f1[draw * tags + tag]).toBeCloseTo(value, 12),
        );
        const mean = values.reduce((sum, value) => sum + value, 0) / tags;
        expect(scores[i].macroF1[draw]).toBeCloseTo(mean, 12);
      });
    }
    const found = interval(scores[0].exactMatch);
    reference.percentiles.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 12));
  });

  test("gives SciPy's intervals, up to the luck of the draws, and the same ones for a seed", () => {
    const compare = (seed: number, resamples: number): ReturnType<typeof compareHeads> =>
      compareHeads(truth, first, second, tags, { random: seededRandom(seed), resamples });
    const found = compare(42, 5000);
    for (const key of ["exactMatch", "macroF1"] as const) {
      const [low, high] = reference.intervals[key];
      expect(Math.abs(found[key].low - low), key).toBeLessThan(0.02);
      expect(Math.abs(found[key].high - high), key).toBeLessThan(0.02);
    }
    expect(compare(1, 100)).toEqual(compare(1, 100));
    expect(compare(1, 100)).not.toEqual(compare(2, 100));
  });

  test("counts the photos that only one of the two gets right", () => {
    const right = (row: number, given: number[][]): boolean =>
      given[row].join() === reference.truth[row].join();
    const rows = reference.truth.map((_, row) => row);
    const only = (a: number[][], b: number[][]): number =>
      rows.filter((row) => right(row, a) && !right(row, b)).length;
    const { exactMatch } = compareHeads(truth, first, second, tags, {
      random: seededRandom(1),
      resamples: 10,
    });
    expect([exactMatch.onlyFirst, exactMatch.onlySecond]).toEqual([
      only(reference.first, reference.second),
      only(reference.second, reference.first),
    ]);
    expect(exactMatch.difference).toBeCloseTo(
      (exactMatch.onlySecond - exactMatch.onlyFirst) / rows.length,
      12,
    );
  });

  test("equal answers differ by nothing; lengths that do not fit are refused", () => {
    const same = compareHeads(truth, first, first, tags, { random: seededRandom(3) });
    expect([same.exactMatch.low, same.exactMatch.high, same.macroF1.low]).toEqual([0, 0, 0]);
    const short = (): unknown =>
      resampleScores(truth, [first.subarray(tags)], tags, { random: seededRandom(1) });
    expect(short).toThrow("300 labels and 295 answers");
  });
});

test("in words, a difference whose interval holds 0 is no more than chance may bring", () => {
  const exactMatch = { onlyFirst: 9, onlySecond: 4, p: 0.3, midP: 0.18, difference: -0.005 };
  const words = comparisonInWords(
    "linear",
    "mlp",
    {
      exactMatch: { ...exactMatch, low: -0.012, high: 0.002 },
      macroF1: { difference: 0.02, low: 0.01, high: 0.03 },
    },
    1000,
  );
  expect(words).toBe(
    "Of 1,000 photos, mlp has 4 exactly right that linear has not, and linear has 9 that mlp has not: " +
      "in exact match −0.005 (95 % interval −0.012 to +0.002; McNemar's p 0.300), no more than chance may bring. " +
      "In macro F1 it is +0.020 (+0.010 to +0.030), more than chance brings.",
  );
});
