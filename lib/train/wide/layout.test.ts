import { expect, test } from "vitest";
import { experimentNamed, type Experiment } from "../experiments";
import { blocksFor, gatherBlocks, joinBlocks } from "./layout";
import { tf } from "../../tfjs";

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
