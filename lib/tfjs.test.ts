import { beforeAll, expect, test } from "vitest";
import { tf, type Tensor2D } from "./tfjs";

beforeAll(() => tf.ready());

const filled = (rows: number, columns: number, dtype: "float32" | "int32"): Tensor2D =>
  tf
    .tensor2d(
      Float32Array.from({ length: rows * columns }, (_, i) => i),
      [rows, columns],
    )
    .cast(dtype);

test("rows are gathered in the order asked for, and an index without a row is an error", () => {
  for (const dtype of ["float32", "int32"] as const) {
    const x = filled(6, 3, dtype);
    const all = x.arraySync();
    expect(tf.gather(x, tf.tensor1d([5, 0, 5], "int32")).arraySync()).toEqual([
      all[5],
      all[0],
      all[5],
    ]);
    expect(() => tf.gather(x, tf.tensor1d([1, 6], "int32"))).toThrow(/6 is not in \[0, [56]\]?/);
    expect(() => tf.gather(x, tf.tensor1d([-1], "int32"))).toThrow(/-1 is not in/);
  }
});

test("a product with the first matrix transposed is that of its transpose", () => {
  const [a, b, c] = [filled(5, 3, "float32"), filled(5, 2, "float32"), filled(2, 5, "float32")];
  const expected = a.transpose().matMul(b).arraySync();
  expect(expected).toEqual([
    [180, 210],
    [200, 235],
    [220, 260],
  ]);
  expect(tf.matMul(a, b, true).arraySync()).toEqual(expected);
  expect(tf.matMul(a, c, true, true).arraySync()).toEqual(
    a.transpose().matMul(c.transpose()).arraySync(),
  );
  const stacked = tf.stack([a, a]).matMul(tf.stack([b, b]), true);
  expect(stacked.arraySync()).toEqual([expected, expected]);
});
