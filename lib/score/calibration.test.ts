import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../random";
import { aboveThreshold } from "../train/metrics";
import { sigmoid } from "../train/predict";
import {
  atTemperature,
  calibrationError,
  compareCalibration,
  errorByChance,
  fitTemperature,
  logLoss,
  reliability,
} from "./calibration";

const { tags, truth, logits, calibration } = JSON.parse(
  readFileSync("lib/fixtures/decode.json", "utf8"),
) as {
  tags: number;
  truth: number[];
  logits: number[];
  calibration: {
    announced: number[];
    happened: number[];
    answers: number[];
    error: number;
    temperature: number;
    logLoss: number;
  };
};
const z = Float32Array.from(logits);
const y = Uint8Array.from(truth);
const p = sigmoid(z);

describe("reliability", () => {
  it("has scikit-learn's bins and error", () => {
    const bins = reliability(p, y);
    const filled = bins.filter(({ answers }) => answers > 0);
    expect(filled.map(({ answers }) => answers)).toEqual(calibration.answers);
    filled.forEach(({ announced, happened, within: [low, high] }, i) => {
      expect(announced).toBeCloseTo(calibration.announced[i], 6);
      expect(happened).toBeCloseTo(calibration.happened[i], 12);
      expect(low < happened && happened < high).toBe(true);
    });
    expect(calibrationError(bins)).toBeCloseTo(calibration.error, 6);
  });

  it("puts 1 into the last bin, and leaves empty ones empty", () => {
    const bins = reliability(Float32Array.of(0, 1, 1), Uint8Array.of(0, 1, 0), { bins: 4 });
    expect(bins.map(({ answers }) => answers)).toEqual([1, 0, 0, 2]);
    expect(bins[1].happened).toBeNaN();
    expect(calibrationError(bins)).toBeCloseTo(1 / 3, 12);
  });

  it("refuses logits, and labels of another shape", () => {
    expect(() => reliability(Float32Array.of(-3), Uint8Array.of(1))).toThrow(
      "-3 is no probability",
    );
    expect(() => reliability(p, y.subarray(6))).toThrow(
      "900 logits or probabilities beside 894 labels",
    );
    expect(() => reliability(p, y, { bins: 0 })).toThrow("number of bins");
  });
});

describe("temperature", () => {
  it("is the one that SciPy finds, and moves no answer across one half", () => {
    const found = fitTemperature(z, y);
    expect(found).toBeCloseTo(calibration.temperature, 5);
    const warmer = atTemperature(z, 3);
    expect(warmer.map((value) => Number(value > 0.5))).toEqual(
      Float32Array.from(aboveThreshold(z)),
    );
    expect(
      fitTemperature(
        z.map((value) => 4 * value),
        y,
      ),
    ).toBeCloseTo(4 * found, 3);
  });

  it("finds it from far away", () => {
    for (const factor of [1e-3, 1e3])
      expect(
        fitTemperature(
          z.map((value) => factor * value),
          y,
        ) / factor,
      ).toBeCloseTo(calibration.temperature, 3);
  });

  it("says so when there is none", () => {
    const right = aboveThreshold(z);
    expect(() => fitTemperature(z, right)).toThrow("no temperature is best");
    expect(() => fitTemperature(z, y.subarray(1))).toThrow("899 labels");
    expect(() => atTemperature(z, 0)).toThrow("must be above 0");
  });
});

describe("compareCalibration", () => {
  it("is the difference of the errors, within an interval that knows which is better", () => {
    const bold = sigmoid(z.map((value) => 3 * value));
    const { difference, low, high } = compareCalibration(y, p, bold, tags, {
      random: seededRandom(1),
    });
    const errors = [p, bold].map((each) => calibrationError(reliability(each, y)));
    expect(difference).toBeCloseTo(errors[1] - errors[0], 9);
    expect(low < difference && difference < high).toBe(true);
    const same = compareCalibration(y, p, p, tags, { random: seededRandom(1) });
    expect(same).toEqual({ difference: 0, low: 0, high: 0 });
  });

  it("has the interval of a bootstrap written out", () => {
    const random = seededRandom(5);
    const bold = sigmoid(z.map((value) => 2 * value));
    const found = compareCalibration(y, p, bold, tags, { random, resamples: 40 });
    const again = seededRandom(5);
    const draws = Array.from({ length: 40 }, () => {
      const rows = Array.from({ length: 150 }, () => again.below(150));
      const drawn = <T extends Float32Array | Uint8Array>(values: T): number[] =>
        rows.flatMap((row) => [...values.subarray(row * tags, (row + 1) * tags)]);
      const labels = Uint8Array.from(drawn(y));
      const [a, b] = [p, bold].map((each) =>
        calibrationError(reliability(Float32Array.from(drawn(each)), labels)),
      );
      return b - a;
    }).sort((a, b) => a - b);
    expect(found.low).toBeCloseTo(draws[0] + 0.975 * (draws[1] - draws[0]), 9);
    expect(found.high).toBeCloseTo(draws[38] + 0.025 * (draws[39] - draws[38]), 9);
  });
});

it("logLoss is scikit-learn's, and finite where a head was quite sure and wrong", () => {
  expect(logLoss(p, y)).toBeCloseTo(calibration.logLoss, 6);
  expect(logLoss(Float32Array.of(0), Uint8Array.of(1))).toBeCloseTo(24 * Math.LN2, 9);
});

it("errorByChance falls with the number of answers", () => {
  const [few, many] = [1, 16].map((times) => {
    const all = Float32Array.from({ length: times * p.length }, (_, i) => p[i % p.length]);
    return errorByChance(all, seededRandom(2));
  });
  expect(few / many).toBeGreaterThan(3); // about √16
  expect(few / many).toBeLessThan(5.5);
});
