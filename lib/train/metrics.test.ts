import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bceWithLogits } from "./loss";
import { aboveThreshold, bestThreshold, exactMatch, macroF1, perClassF1 } from "./metrics";
import { seededRandom } from "../random";
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

test("no other threshold gives a higher F1", () => {
  const random = seededRandom(4);
  const tags = 2;
  const rows = 200;
  const labels = Uint8Array.from({ length: rows * tags }, () => (random.uniform() < 0.3 ? 1 : 0));
  const probabilities = Float32Array.from(
    labels,
    (label) => Math.round(20 * (0.3 * label + 0.7 * random.uniform())) / 20,
  );
  for (let tag = 0; tag < tags; tag++) {
    const f1At = (threshold: number): number =>
      perClassF1(
        Uint8Array.from(probabilities, (p) => (p > threshold ? 1 : 0)),
        labels,
        tags,
      )[tag];
    const others = Array.from({ length: 101 }, (_, i) => f1At(i / 100));
    expect(f1At(bestThreshold(probabilities, labels, tag, tags))).toBe(Math.max(...others));
  }
});

test("a tag that never occurs keeps one half", () => {
  expect(bestThreshold(Float32Array.from([0.9, 0.1]), new Uint8Array(2), 0, 1)).toBe(0.5);
});
