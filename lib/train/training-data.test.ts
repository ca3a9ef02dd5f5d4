import { expect, test } from "vitest";
import { alignedFloats } from "../embed/features";
import { tf } from "../tfjs";
import { asTensors, checkLabels, fuse } from "./training-data";

test("a row without a tag is named", () => {
  const ids = Int32Array.of(40, 41, 42);
  expect(() => checkLabels(Uint8Array.of(1, 0, 0, 1, 1, 1), ids, "data/x")).not.toThrow();
  expect(() => checkLabels(Uint8Array.of(1, 0, 0, 1, 0, 0), ids, "data/x")).toThrow(
    "Image 42 (row 2 of data/x/prepared/train.parquet, counted from 0) has no tag: correct or remove its line",
  );
});

test("rows of several modalities lie side by side", async () => {
  await tf.ready();
  const arrays = {
    img: alignedFloats(3 * 512),
    txt: alignedFloats(3 * 512),
    loc: alignedFloats(3 * 2),
  };
  for (const array of [arrays.img, arrays.txt, arrays.loc]) array.forEach((_, i) => (array[i] = i));
  const fused = fuse(asTensors(arrays), ["img", "txt", "loc"], Int32Array.of(2, 0)).arraySync();
  const range = (from: number, n: number): number[] =>
    Array.from({ length: n }, (_, i) => from + i);
  expect(fused).toEqual([
    [...range(1024, 512), ...range(1024, 512), 4, 5],
    [...range(0, 512), ...range(0, 512), 0, 1],
  ]);
});
