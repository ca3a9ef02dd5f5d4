import { seededRandom } from "./random";
import { tf, type Tensor2D } from "./tfjs";
import type { TrainingData } from "./training-data";

/** For the tests: rows whose tags are a function of the title's columns; `rows` for training, half as many for validation. */
export function toyData(rows: number, tags: number): TrainingData {
  const random = seededRandom(7),
    n = rows * 1.5;
  const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
  const part = (width: number): Tensor2D => tf.tensor2d(draw(n * width), [n, width]);
  const features = { img: part(512), txt: part(512), loc: part(2) },
    weights = tf.tensor2d(draw(tags * 512), [tags, 512]);
  const labels = tf.tidy(
    () => tf.cast(tf.greater(tf.matMul(features.txt, weights, false, true), 8), "float32") as Tensor2D,
  );
  const all = Int32Array.from({ length: n }, (_, row) => row);
  return {
    features,
    labels,
    trainRows: all.subarray(0, rows),
    validationRows: all.subarray(rows),
    validationLabels: Uint8Array.from(labels.dataSync().subarray(rows * tags)),
    tags,
    fingerprint: "toy",
  };
}
