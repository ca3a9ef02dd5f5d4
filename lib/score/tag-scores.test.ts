import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { tagScores, tagScoresCsv } from "./tag-scores";

const reference = JSON.parse(readFileSync("lib/fixtures/metrics.json", "utf8")) as {
  ordinary: { labels: number[][]; predicted: number[][]; f1PerClass: number[] };
};
const { labels, predicted, f1PerClass } = reference.ordinary;
const tagNames = f1PerClass.map((_, i) => `Tag, ${i}`);
const scores = tagScores({
  tagNames,
  truth: Uint8Array.from(labels.flat()),
  predicted: Uint8Array.from(predicted.flat()),
});

test("F1 of each tag is scikit-learn's, and the harmonic mean of precision and recall", () => {
  scores.forEach(({ f1, precision, recall }, i) => {
    expect(f1).toBeCloseTo(f1PerClass[i], 6);
    const mean = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
    expect(f1).toBeCloseTo(mean, 12);
  });
  const none = scores.filter(({ photos, given }) => photos === 0 || given === 0);
  expect(none.map(({ f1 }) => f1)).toEqual([0, 0, 0]);
});

test("the CSV has the best tag first, names in quotes where they need them, nothing for an unknown F1", () => {
  const lines = tagScoresCsv(scores, [{ tag: "Tag, 4", f1: 0.25 }])
    .trimEnd()
    .split("\n");
  expect(lines[0]).toBe("tag,photos,given,precision,recall,f1,paper_f1");
  expect(lines).toHaveLength(8);
  expect(lines.find((line) => line.startsWith('"Tag, 4"'))).toBe('"Tag, 4",0,0,0,0,0,0.25');
  const f1 = lines.slice(1).map((line) => Number(line.split(",").at(-2)));
  expect(f1).toEqual([...f1].sort((a, b) => b - a));
  expect(lines[1].endsWith(",")).toBe(true);
});
