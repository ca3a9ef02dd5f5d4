import { expect, test } from "vitest";
import { modalitySize } from "../modalities";
import { seededRandom } from "../random";
import { tf } from "../tfjs";
import { experimentNamed } from "./experiments";
import { initialWeights, logits } from "./heads";
import { plainLogits, plainParts, plainSigmoid } from "./plain-head";

test.each(["linear-img-txt-loc", "mlp-img-txt-loc", "linear-loc"])(
  "%s answers as with TensorFlow.js",
  async (name) => {
    await tf.ready();
    const experiment = experimentNamed(name);
    const random = seededRandom(7);
    const weights = initialWeights(experiment, 49, random);
    const parts = experiment.modalities.map((modality) =>
      Float32Array.from({ length: modalitySize[modality] }, () => 2 * random.uniform() - 1),
    );
    const row = parts.flatMap((part) => [...part]);
    const expected = logits(weights, tf.tensor2d([row])).dataSync();
    const found = plainLogits(weights, parts);
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    const added = plainParts(weights, parts);
    expect(added === null).toBe(name.startsWith("mlp"));
    added?.[0].forEach((_, i) => {
      const sum = added.reduce((total, part) => total + part[i], weights[1].data[i]);
      expect(sum).toBeCloseTo(expected[i], 5);
    });
    const probabilities = tf.sigmoid(tf.tensor1d(found)).dataSync();
    plainSigmoid(found).forEach((value, i) => expect(value).toBeCloseTo(probabilities[i], 6));
    expect(() => plainLogits(weights, [...parts, Float32Array.of(1)])).toThrow(
      /This head takes \d+ numbers a row, but the features have \d+/,
    );
  },
);
