import { expect, test } from "vitest";
import { countStandIns } from "./stand-ins";

test("counts wrongly given tags beside missed ones; a hit is no miss, a right tag no stand-in", () => {
  const tags = ["a", "b", "c"];
  const truth = [1, 0, 0, /**/ 1, 0, 0, /**/ 1, 1, 0, /**/ 0, 0, 1, /**/ 1, 0, 0];
  const predicted = [0, 1, 0, /**/ 0, 1, 1, /**/ 0, 1, 0, /**/ 0, 0, 1, /**/ 1, 0, 1];
  const pairs: number[][] = [];
  const counted = countStandIns(truth, predicted, tags, (...pair) => pairs.push(pair));
  // Of the three images that miss a, the third was given no wrong tag.
  expect(counted.missed).toEqual([
    { tag: "a", images: 3, alone: 1 },
    { tag: "b", images: 0, alone: 0 },
    { tag: "c", images: 0, alone: 0 },
  ]);
  expect(counted.standIns).toEqual([
    { tag: "a", instead: "b", images: 2 },
    { tag: "a", instead: "c", images: 1 },
  ]);
  expect(pairs).toEqual([
    [0, 0, 1],
    [1, 0, 1],
    [1, 0, 2],
  ]); // image, missed, instead
  expect(() => countStandIns(truth, [1], tags)).toThrow(
    "must be [images, 3], but truth has 15 values and predicted 1",
  );
});
