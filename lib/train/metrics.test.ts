import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bceWithLogits } from "./loss";
import { aboveThreshold, exactMatch, macroF1, perClassF1 } from "./metrics";
import { tf } from "../tfjs";

interface Case {
  logits: number[][];
  labels: number[][];
  predicted: number[][];
  f1PerClass: number[];
  macroF1: number;
  exactMatch: number;
  bce: number;
  bceFloat64: number;
}
const fixture = JSON.parse(readFileSync("lib/fixtures/metrics.json", "utf8")) as Record<
  "ordinary" | "extreme",
  Case
>;

test.each(["ordinary", "extreme"] as const)(
  "scores and loss equal scikit-learn's and PyTorch's (%s logits)",
  async (name) => {
    await tf.ready();
    const { logits, labels, ...expected } = fixture[name];
    const tags = labels[0].length;
    const predicted = aboveThreshold(Float32Array.from(logits.flat()));
    const truth = Uint8Array.from(labels.flat());
    expect(Array.from(predicted)).toEqual(expected.predicted.flat());
    expect(exactMatch(predicted, truth, tags)).toBeCloseTo(expected.exactMatch, 12);
    Array.from(perClassF1(predicted, truth, tags)).forEach((f1, tag) =>
      expect(f1).toBeCloseTo(expected.f1PerClass[tag], 12),
    );
    expect(macroF1(predicted, truth, tags)).toBeCloseTo(expected.macroF1, 12);
    const loss = bceWithLogits(tf.tensor2d(logits), tf.tensor2d(labels)).dataSync()[0];
    expect(Math.abs(loss / expected.bceFloat64 - 1)).toBeLessThan(1e-6);
  },
);

test("sizes that don't fit are an error", () => {
  expect(() => exactMatch(new Uint8Array(4), new Uint8Array(6), 2)).toThrow(
    "4 predictions and 6 labels don't fit 2 tags",
  );
  expect(() => macroF1(new Uint8Array(5), new Uint8Array(5), 2)).toThrow("don't fit 2 tags");
});
