import { expect, test } from "vitest";
import { experimentNamed } from "../experiments";
import { seededRandom } from "../../random";
import { tf, type Tensor2D } from "../../tfjs";
import { paperSettings } from "../settings";
import { trainHead } from "../train";
import { trainAll } from "./train-all";
import type { TrainingData } from "../training-data";

/** 60 random rows whose two tags can be read off the first numbers of photo and title. */
function randomData(): TrainingData {
  const random = seededRandom(3);
  const rows = 60;
  const normal = (width: number): Tensor2D =>
    tf.tensor2d(
      Float32Array.from({ length: rows * width }, () => random.normal()),
      [rows, width],
    );
  const img = normal(512);
  const txt = normal(512);
  const loc = normal(2);
  const labels = tf
    .concat([img.slice([0, 0], [rows, 1]), txt.slice([0, 0], [rows, 1])], 1)
    .greater(0)
    .toFloat() as Tensor2D;
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const validationRows = all.subarray(40);
  const validationLabels = Uint8Array.from(labels.slice([40, 0]).dataSync());
  return {
    features: { img, txt, loc },
    labels,
    trainRows: all.subarray(0, 40),
    validationRows,
    validationLabels,
    tags: 2,
    fingerprint: "random",
  };
}

test("features of any width: photo and title as one tensor train like the two apart", async () => {
  await tf.ready();
  const data = randomData();
  const settings = { ...paperSettings("linear"), batchSize: 16, maxEpochs: 6 };
  const apart = await trainHead(experimentNamed("linear-img-txt"), data, settings);
  const features = {
    ...data.features,
    img: tf.concat2d([data.features.img, data.features.txt], 1),
  };
  const wide = { ...experimentNamed("linear-img"), name: "linear-wide", inputs: 1024 };
  const plain = await trainHead(wide, { ...data, features }, settings);
  const [together] = await trainAll([wide], { ...data, features }, () => settings);
  for (const head of [plain, together]) {
    expect(head.weights[0].shape).toEqual([2, 1024]);
    apart.log.forEach(({ trainLoss }, epoch) =>
      expect(head.log[epoch].trainLoss).toBeCloseTo(trainLoss, 5),
    );
  }
  expect(apart.log[5].trainLoss).toBeLessThan(apart.log[0].trainLoss);
});
