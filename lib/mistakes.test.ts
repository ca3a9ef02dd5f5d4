import { expect, test } from "vitest";
import { pickMistakes } from "./mistakes";
import { seededRandom } from "./random";

test("only wrong rows with one to two tags on either side are picked, each once, the same ones for a seed", () => {
  const truth = Uint8Array.from([1, 0, 0, /* right */ 1, 0, 0, /* wrong */ 0, 1, 1, /* wrong */ 1, 1, 1, /* three tags */ 0, 0, 1]);
  const predicted = Uint8Array.from([1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, /* none */ 0, 0, 0]);
  const pick = (seed: number): unknown => pickMistakes({ predicted, truth, tags: 3, count: 5, random: seededRandom(seed) });
  const picked = pickMistakes({ predicted, truth, tags: 3, count: 5, random: seededRandom(1) });
  expect([...picked].sort((a, b) => a.row - b.row)).toEqual([
    { row: 1, predicted: [1], truth: [0] },
    { row: 2, predicted: [1], truth: [1, 2] },
  ]);
  expect(pick(1)).toEqual(picked);
  expect(pickMistakes({ predicted, truth, tags: 3, count: 1, random: seededRandom(1) }).length).toBe(1);
});
