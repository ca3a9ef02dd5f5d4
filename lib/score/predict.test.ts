import { expect, test } from "vitest";
import { experimentNamed } from "../train/experiments";
import { initialWeights } from "../train/heads";
import { decide, predictLogits, sigmoid } from "./predict";
import { seededRandom } from "../random";
import { asTensors } from "../train/training-data";

test("logits are W·x + b of the chosen modalities, for the rows asked for and across chunks", () => {
  const rows = 8195;
  const random = seededRandom(1); // a few more than one chunk
  const draw = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
  const arrays = {
    img: new Float32Array(rows * 512),
    txt: new Float32Array(rows * 512),
    loc: draw(rows * 2),
  };
  const head = experimentNamed("linear-loc");
  const weights = initialWeights(head, 3, seededRandom(2));
  const [w, b] = weights.map((weight) => weight.dataSync());
  const byHand = (row: number, tag: number): number =>
    w[2 * tag] * arrays.loc[2 * row] + w[2 * tag + 1] * arrays.loc[2 * row + 1] + b[tag];
  const features = asTensors(arrays);
  const all = predictLogits(head, weights, features);
  expect(all.length).toBe(rows * 3);
  for (const row of [0, 8191, 8192, 8194])
    for (let tag = 0; tag < 3; tag++) expect(all[row * 3 + tag]).toBeCloseTo(byHand(row, tag), 5);
  const some = predictLogits(head, weights, features, Int32Array.of(8194, 0));
  expect(Array.from(some)).toEqual([...all.subarray(8194 * 3), ...all.subarray(0, 3)]);
});

test("the sigmoid of extreme logits is 0 or 1, not NaN", () => {
  expect(Array.from(sigmoid(Float32Array.of(-1000, 0, 1000)))).toEqual([0, 0.5, 1]);
});

test("a tag is given above the threshold, not at it; with none above, the highest, the first of equals", () => {
  const probabilities = new Float32Array([
    0.6, 0.5, 0.9, /**/ 0.2, 0.4, 0.3, /**/ 0.5, 0.5, 0.1, /**/ 0, 0, 0,
  ]);
  expect([...decide(probabilities, { tags: 3 })]).toEqual([
    1, 0, 1, /**/ 0, 1, 0, /**/ 1, 0, 0, /**/ 1, 0, 0,
  ]);
  expect([...decide(probabilities.slice(0, 3), { tags: 3, threshold: 0.7 })]).toEqual([0, 0, 1]);
  expect(() => decide(probabilities, { tags: 5 })).toThrow(
    "12 scores are not whole rows of 5 tags",
  );
  expect(() => decide(new Float32Array([0, 0, NaN]), { tags: 3 })).toThrow("row 0, tag 2 is NaN");
});

test("one to three tags, those above the threshold first", () => {
  const scores = Float32Array.of(
    0.1,
    0.3,
    0.2,
    0.0,
    /**/ 0.9,
    0.1,
    0.6,
    0.2,
    /**/ 0.9,
    0.8,
    0.7,
    0.6,
  );
  expect([...decide(scores, { tags: 4, max: 3 })]).toEqual([
    0, 1, 0, 0, /**/ 1, 0, 1, 0, /**/ 1, 1, 1, 0,
  ]);
  expect([...decide(scores, { tags: 4, min: 2, max: 2 })]).toEqual([
    0, 1, 1, 0, /**/ 1, 0, 1, 0, /**/ 1, 1, 0, 0,
  ]);
  expect([...decide(Float32Array.of(0.5, 0.5), { tags: 2, max: 1 })]).toEqual([1, 0]);
  expect(() => decide(scores, { tags: 5 })).toThrow("rows of 5 tags");
  expect(() => decide(scores, { tags: 4, max: 5 })).toThrow("1 to 5 of 4 tags");
});
