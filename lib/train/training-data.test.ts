import { expect, test } from "vitest";
import { alignedFloats } from "../embed/features";
import { randomSplit } from "../data/prepare";
import { seededRandom } from "../random";
import { tf, type Tensor2D } from "../tfjs";
import {
  asTensors,
  checkLabels,
  fuse,
  randomSubset,
  variantOf,
  type Features,
  type TrainingData,
  type TrainingRows,
} from "./training-data";

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

test("a modality that the data lack is named", async () => {
  await tf.ready();
  const { img, txt } = tenRows().features;
  const without = { img, txt } as Features;
  expect(fuse(without, ["img", "txt"]).shape).toEqual([10, 5]);
  expect(() => fuse(without, ["img", "loc"])).toThrow('no features "loc", but img, txt: add them');
});

/** Ten rows whose every number tells which row it is: features, labels (the row's bits) and ids. */
function tenRows(): TrainingData & TrainingRows {
  const column = (width: number) =>
    tf.tensor2d(Array.from({ length: 10 }, (_, row) => Array<number>(width).fill(row)));
  const bits = Array.from({ length: 10 }, (_, row) => [0, 1, 2, 3].map((bit) => (row >> bit) & 1));
  return {
    features: { img: column(3), txt: column(2), loc: column(2) },
    labels: tf.tensor2d(bits),
    trainRows: Int32Array.of(0, 1, 2, 3, 4, 5, 6),
    validationRows: Int32Array.of(8, 9), // row 7 has no photo
    validationLabels: Uint8Array.from([...bits[8], ...bits[9]]),
    tags: 4,
    fingerprint: "x",
    ids: Int32Array.from({ length: 10 }, (_, row) => 100 + row),
    tagNames: ["a", "b", "c", "d"],
    encoder: "none",
  };
}

test.each([1, 2, 3])(
  "features, labels and ids of the rows that stay still belong together (seed %s)",
  async (seed) => {
    await tf.ready();
    const some = randomSubset(tenRows(), 6, seededRandom(seed));
    const rows = [...some.ids].map((id) => id - 100);
    expect(rows.length).toBe(6);
    expect(rows).toEqual([...new Set(rows)].sort());
    expect(some.features.img.arraySync()).toEqual(rows.map((row) => [row, row, row]));
    expect(some.features.loc.arraySync()).toEqual(rows.map((row) => [row, row]));
    expect(
      (some.labels.arraySync() as number[][]).map((bits) =>
        bits.reduce((n, bit, i) => n + (bit << i), 0),
      ),
    ).toEqual(rows);
    expect([...some.trainRows].map((row) => rows[row])).toEqual(rows.filter((row) => row < 7));
    expect([...some.validationRows].map((row) => rows[row])).toEqual(rows.filter((row) => row > 7));
    const validation = [...some.validationRows].flatMap(
      (row) => (some.labels.arraySync() as number[][])[row],
    );
    expect([...some.validationLabels]).toEqual(validation);
    expect(some.fingerprint).not.toBe("x");
  },
);

test("equal seeds choose equal rows, other seeds others; a small table stays whole", async () => {
  await tf.ready();
  const data = tenRows();
  const chosen = (seed: number) => randomSubset(data, 5, seededRandom(seed)).ids.join();
  expect(chosen(1)).toBe(chosen(1));
  expect(new Set([1, 2, 3, 4].map(chosen)).size).toBeGreaterThan(1);
  expect(randomSubset(data, 10, seededRandom(1))).toBe(data);
});

test("with the split's own seed, too, some rows for each are chosen", async () => {
  await tf.ready();
  const { train, validation } = randomSplit(10, { validation: 0.5, random: seededRandom(42) });
  const data = { ...tenRows(), trainRows: train, validationRows: validation };
  const { trainRows, validationRows } = randomSubset(data, 5, seededRandom(42));
  expect(Math.min(trainRows.length, validationRows.length)).toBeGreaterThan(0);
});

test("a variant's fingerprint tells what was changed, and how", async () => {
  await tf.ready();
  const data = tenRows();
  const { features, trainRows, labels } = data;
  const print = (changes: Parameters<typeof variantOf>[1]): string =>
    variantOf(data, changes).fingerprint;
  const shuffled = Int32Array.from(trainRows).reverse();
  const twice = features.img.mul(2) as Tensor2D;
  const prints = [
    print({}),
    print({ trainRows: shuffled }),
    print({ trainRows: trainRows.subarray(1) }),
    print({ validationRows: trainRows }),
    print({ labels: labels.mul(0) as Tensor2D }),
    print({ features: { ...features, img: twice } }),
    print({ features: { ...features, txt: twice } }),
    variantOf({ ...data, fingerprint: "y" }, {}).fingerprint,
  ];
  expect(new Set(prints).size).toBe(prints.length);
  expect(print({ features: { ...features } })).toBe(prints[0]);
  expect(print({ features: { ...features, img: features.img.mul(2) as Tensor2D } })).toBe(
    prints[5],
  );
  expect(variantOf(data, { trainRows: shuffled }).trainRows).toBe(shuffled);
});
