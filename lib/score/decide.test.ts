import { expect, test } from "vitest";
import { decide } from "./decide";

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
