import { expect, test } from "vitest";
import { pickMistakes, surestMistakes } from "./mistakes";
import { seededRandom } from "../random";

test("only wrong rows with one to two tags on either side are picked, each once, the same ones for a seed", () => {
  const truth = Uint8Array.from([
    1, 0, 0, /* right */ 1, 0, 0, /* wrong */ 0, 1, 1, /* wrong */ 1, 1, 1, /* three tags */ 0, 0,
    1,
  ]);
  const predicted = Uint8Array.from([1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, /* none */ 0, 0, 0]);
  const pick = (seed: number): unknown =>
    pickMistakes({ predicted, truth, tags: 3, count: 5, random: seededRandom(seed) });
  const picked = pickMistakes({ predicted, truth, tags: 3, count: 5, random: seededRandom(1) });
  expect([...picked].sort((a, b) => a.row - b.row)).toEqual([
    { row: 1, predicted: [1], truth: [0] },
    { row: 2, predicted: [1], truth: [1, 2] },
  ]);
  expect(pick(1)).toEqual(picked);
  expect(
    pickMistakes({ predicted, truth, tags: 3, count: 1, random: seededRandom(1) }).length,
  ).toBe(1);
});

test("the surest mistakes have the largest loss; rows that are right are none, however unsure", () => {
  const logits = Float32Array.from([
    0.1, -0.1, /* wrong, sure */ 5, -5, /* wrong, unsure */ -0.2, 0.2, /* right */ -9, 9,
  ]);
  const truth = Uint8Array.from([1, 0, 0, 1, 1, 0, 0, 1]);
  const predicted = Uint8Array.from(logits, (z) => (z > 0 ? 1 : 0));
  expect(surestMistakes({ logits, predicted, truth, tags: 2, count: 9 })).toEqual([
    { row: 1, predicted: [0], truth: [1] },
    { row: 2, predicted: [1], truth: [0] },
  ]);
  // A missed tag at logit -5 costs log(1 + e^5), more than one at logit 3 given wrongly.
  const [first] = surestMistakes({
    logits: Float32Array.from([3, -5]),
    predicted: Uint8Array.from([1, 0]),
    truth: Uint8Array.from([0, 1]),
    tags: 1,
    count: 1,
  });
  expect(first.row).toBe(1);
});
