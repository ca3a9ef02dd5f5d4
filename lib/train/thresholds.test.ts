import { expect, test } from "vitest";
import { perClassF1 } from "./metrics";
import { seededRandom } from "../random";
import { bestThreshold } from "./thresholds";

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
