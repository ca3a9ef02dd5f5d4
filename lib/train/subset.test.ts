import { expect, test } from "vitest";
import { seededRandom } from "../random";
import { randomSubset } from "./subset";
import { tf } from "../tfjs";
import type { TrainingData, TrainingRows } from "./training-data";

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
