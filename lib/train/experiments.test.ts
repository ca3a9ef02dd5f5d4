import { expect, test } from "vitest";
import {
  experimentNamed,
  experiments,
  inputSize,
  paperExperiments,
  parameterCount,
} from "./experiments";
import { initialWeights } from "./heads";
import { seededRandom } from "../random";

test("the paper's 28 experiments come first, each name once", () => {
  expect(paperExperiments.length).toBe(28);
  expect(experiments.slice(0, 28)).toEqual(paperExperiments);
  expect(new Set(experiments.map(({ name }) => name)).size).toBe(experiments.length);
  for (const known of experiments) expect(experimentNamed(known.name)).toBe(known);
  expect(experiments.map(({ name }) => name)).toContain("linear-img-txt-loc-mixup");
  expect(() => experimentNamed("linear-image")).toThrow(
    'no experiment "linear-image". Known: linear-img, ',
  );
});

test("parameter counts, by formula and as really allocated", () => {
  // 512·49 + 49; 1026·49 + 49; (512·256 + 256) + (256·49 + 49); the same with 1026 inputs
  const expected: Record<string, number> = {
    "linear-img": 25_137,
    "linear-txt": 25_137,
    "linear-loc": 147,
    "linear-img-txt": 50_225,
    "linear-img-txt-loc-mixup": 50_323,
    "mlp-img": 143_921,
    "mlp-img-txt": 274_993,
    "mlp-img-txt-loc": 275_505,
  };
  for (const [name, count] of Object.entries(expected))
    expect(parameterCount(experimentNamed(name))).toBe(count);
  for (const known of experiments) {
    const weights = initialWeights(known, 49, seededRandom(1));
    expect(weights.reduce((sum, { data }) => sum + data.length, 0)).toBe(parameterCount(known));
  }
});

test("a new head starts like PyTorch's: uniform in ±1/√inputs", () => {
  const known = experimentNamed("mlp-img-txt-loc");
  const weights = initialWeights(known, 49, seededRandom(3));
  [inputSize(known.modalities), inputSize(known.modalities), 256, 256].forEach((fanIn, i) => {
    const values = weights[i].data;
    const bound = 1 / Math.sqrt(fanIn);
    expect(values.every((value) => Math.abs(value) <= bound)).toBe(true);
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    if (values.length > 1000) expect(variance / (bound ** 2 / 3)).toBeCloseTo(1, 1);
  });
});
