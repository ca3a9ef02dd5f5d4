import { expect, test } from "vitest";
import { experimentNamed } from "./experiments";
import { initialWeights } from "./heads";
import { predictLogits, sigmoid } from "./predict";
import { seededRandom } from "../random";
import { asTensors } from "./training-data";

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
  const [w, b] = weights.map(({ data }) => data);
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
