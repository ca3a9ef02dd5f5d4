import { beforeAll, expect, it } from "vitest";
import { crossEntropy, crossEntropySums } from "./loss";
import { seededRandom } from "../random";
import { tf, type Tensor2D } from "../tfjs";

beforeAll(() => tf.ready());

/** Logits of all sizes, and labels of which some are mixed. */
function someAnswers(rows: number, columns: number): { z: Tensor2D; y: Tensor2D } {
  const random = seededRandom(42);
  const draw = (one: () => number): Tensor2D =>
    tf.tensor2d(Float32Array.from({ length: rows * columns }, one), [rows, columns]);
  return {
    z: draw(() => random.normal() * 10 ** (3 * random.uniform() - 1)),
    y: draw(() => [0, 1, random.uniform()][random.below(3)]),
  };
}

it.each([49, 150])("sums by head are those of the answers one by one, with %i tags", (tags) => {
  const { z, y } = someAnswers(200, 3 * tags);
  const answers = crossEntropy(z, y).dataSync();
  const sums = [0, 0, 0];
  answers.forEach((surprise, i) => (sums[Math.floor((i % (3 * tags)) / tags)] += surprise));
  const found = crossEntropySums(z, tf.sigmoid(z), y, tags).arraySync();
  found.forEach((sum, head) => expect(Math.abs(sum / sums[head] - 1)).toBeLessThan(1e-5));
});
