import { expect, test } from "vitest";
import { experimentNamed, type Experiment } from "../experiments";
import { modalitySize } from "../../modalities";
import { tf, type Tensor2D } from "../../tfjs";
import { blocksFor, gatherBlocks, joinBlocks, StackLayout } from "./layout";

const named = (...names: string[]): Experiment[] => names.map(experimentNamed);
const features = {
  img: tf.tensor2d([
    [1, 2],
    [3, 4],
  ]),
  txt: tf.tensor2d([[5], [6]]),
  loc: tf.tensor2d([[7], [8]]),
};

test("heads that all see the same have one block, others one a modality with location last", () => {
  expect(blocksFor(named("linear-img-txt", "mlp-img-txt-mixup"))).toEqual([["img", "txt"]]);
  expect(blocksFor(named("linear-img", "linear-img-loc"))).toEqual([["img"], ["loc"]]);
  expect(blocksFor(named("linear-img", "linear-txt"))).toEqual([["img"], ["txt"], ["loc"]]);
});

test("a long row of the last block goes on with zeros to a multiple of 16 numbers, which are no head's", () => {
  const wide = { ...features, img: tf.ones([2, 20]) as Tensor2D };
  const [joined] = joinBlocks(wide, [["img", "loc"]]);
  expect(joined.shape).toEqual([2, 32]);
  expect([...joined.dataSync().subarray(20, 32)]).toEqual([7, 1, ...Array<number>(10).fill(0)]);
  const [experiment] = named("linear-img-loc").map((each) => ({
    ...each,
    sizes: { ...modalitySize, img: 20, loc: 1 },
  }));
  const layout = new StackLayout([experiment], 2, [["img", "loc"]]);
  const weights = [Float32Array.from({ length: 42 }, (_, i) => i), Float32Array.of(-1, -2)];
  const [packed] = layout.pack([weights]);
  expect([...packed.subarray(19, 23)]).toEqual([19, 20, -1, 0]);
  expect([...packed.subarray(32, 34), packed[53]]).toEqual([21, 22, -2]);
  expect(layout.unpack([packed], 0)).toEqual(weights);
  expect(layout.seen()[0].includes(0)).toBe(false);
  tf.dispose([joined, wide.img]);
});

test("a block has its modalities side by side, the last one a 1 behind them; what stands alone is no copy", () => {
  const before = tf.memory().numTensors;
  const [joined] = joinBlocks(features, [["img", "txt"]]);
  const alone = joinBlocks(features, [["img"], ["loc"]]);
  expect(joined.arraySync()).toEqual([
    [1, 2, 5, 1],
    [3, 4, 6, 1],
  ]);
  expect(alone.map((x) => x.arraySync())).toEqual([
    [
      [1, 2],
      [3, 4],
    ],
    [
      [7, 1],
      [8, 1],
    ],
  ]);
  expect(alone[0].dataId).toBe(features.img.dataId);
  tf.dispose([joined, alone]);
  expect(tf.memory().numTensors).toBe(before);
  expect(features.img.isDisposed).toBe(false);
});

test("rows are gathered of the blocks that are wanted only", () => {
  const rows = gatherBlocks([features.img, features.txt], [1], Int32Array.of(1, 0, 1));
  expect(rows.map((x) => x?.arraySync())).toEqual([undefined, [[6], [5], [6]]]);
  tf.dispose(rows as unknown as Parameters<typeof tf.dispose>[0]);
});
