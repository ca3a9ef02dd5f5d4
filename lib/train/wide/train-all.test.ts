import { beforeAll, expect, test } from "vitest";
import { AdamW } from "../adamw";
import { generator } from "./epoch";
import { experiment, experimentNamed, experiments, type Experiment } from "../experiments";
import { dropoutMask, forward, initialWeights, type Weights } from "../heads";
import { bceGradient, bceWithLogits } from "../loss";
import { drawMix, mix } from "../mixup";
import { cosineAnnealing } from "../schedule";
import { tf } from "../../tfjs";
import { toyData } from "../../fixtures/toy-data";
import { paperSettings, trainAll, trainHead, type Settings, type TrainState } from "../train";
import { fuse, type TrainingData } from "../training-data";

const settingsOf = ({ kind }: Experiment): Settings => ({
  ...paperSettings(kind),
  batchSize: 80,
  maxEpochs: 3,
  period: 5,
});
let data: TrainingData;
beforeAll(async () => {
  await tf.ready();
  data = toyData(200, 5);
});

/** The largest difference of any number in two lists of arrays. */
const worst = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
  Math.max(
    ...a.map((array, i) =>
      array.reduce((most, value, j) => Math.max(most, Math.abs(value - b[i][j])), 0),
    ),
  );

const arrays = (weights: Weights): Float32Array[] =>
  weights.map((weight) => weight.dataSync() as Float32Array);

/** Training as the notebooks explain it, one head, nothing shared: the features are fused and mixed before the head. */
function plainly(
  chosen: Experiment,
  epochs: number,
): { losses: number[]; weights: Float32Array[] } {
  const settings = settingsOf(chosen);
  const { batchSize, seed } = settings;
  const rows = data.trainRows.length;
  const losses: number[] = [];
  const optimiser = new AdamW(
    initialWeights(chosen, data.tags, generator("start", seed)),
    settings,
  );
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = generator("order", seed, epoch).permutation(rows);
    const mixups = generator("mixup", seed, epoch);
    const dropouts = generator("dropout", seed, epoch);
    losses.push(0);
    for (let start = 0; start < rows; start += batchSize) {
      const batch = order.subarray(start, start + batchSize).map((i) => data.trainRows[i]);
      const n = batch.length;
      const [loss, ...gradients] = tf.tidy(() => {
        const drawn = drawMix(n, mixups);
        const mask = dropoutMask(n, dropouts);
        const features = fuse(data.features, chosen.modalities, batch);
        const labels = tf.gather(data.labels, tf.tensor1d(batch, "int32"));
        const [x, y] = chosen.mixup
          ? [mix(features, drawn), mix(labels, drawn)]
          : [features, labels];
        const { z, backward } = forward(
          optimiser.weights as Weights,
          x,
          chosen.kind === "mlp" ? mask : undefined,
        );
        return [bceWithLogits(z, y), ...backward(bceGradient(z, y))];
      });
      losses[epoch] += (loss.dataSync()[0] * n) / rows;
      optimiser.update(gradients, cosineAnnealing(epoch, settings.learningRate, settings.period));
    }
  }
  return { losses, weights: arrays(optimiser.weights as Weights) };
}

test.each(["linear-img-txt-loc", "linear-txt-loc-mixup", "mlp-img-txt-loc-mixup"])(
  "a head's training is that of the plain formulas (%s)",
  async (name) => {
    const states: TrainState[] = [];
    const chosen = experimentNamed(name);
    await trainHead(chosen, data, settingsOf(chosen), {
      onEpoch: (_entry, _best, state) => states.push(state()),
    });
    const plain = plainly(chosen, 3);
    states[2].log.forEach(({ trainLoss }, epoch) =>
      expect(trainLoss).toBeCloseTo(plain.losses[epoch], 5),
    );
    expect(worst(states[2].weights, plain.weights)).toBeLessThan(2e-4);
    expect(worst(states[2].weights, states[1].weights)).toBeGreaterThan(5e-3); // an epoch changes more than that by far
  },
);

test("all 28 heads together are trained as each alone, step by step", async () => {
  const together = new Map<string, TrainState[]>();
  const short = (chosen: Experiment): Settings => ({ ...settingsOf(chosen), maxEpochs: 2 });
  const heads = await trainAll(experiments, data, short, {
    onEpoch: ({ name }, _entry, _best, state) =>
      together.set(name, [...(together.get(name) ?? []), state()]),
  });
  expect(heads.map((head) => head.experiment)).toEqual(experiments);
  for (const chosen of experiments.filter(
    ({ name, kind }) => kind === "linear" || ["mlp-img-txt-loc", "mlp-loc-mixup"].includes(name),
  )) {
    const alone: TrainState[] = [];
    await trainHead(chosen, data, short(chosen), {
      onEpoch: (_entry, _best, state) => alone.push(state()),
    });
    alone.forEach((state, epoch) => {
      const other = together.get(chosen.name)![epoch];
      expect(other.log[epoch].trainLoss).toBeCloseTo(state.log[epoch].trainLoss, 5);
      expect(worst(other.weights, state.weights), `${chosen.name}, epoch ${epoch}`).toBeLessThan(
        2e-4,
      );
      expect(other.optimiser.step).toBe(state.optimiser.step);
    });
  }
});

test("each head stops by itself, and those that go on do as they would alone", async () => {
  const some = ["linear-img", "linear-txt", "linear-loc", "linear-txt-loc-mixup"].map(
    experimentNamed,
  );
  const impatient = (chosen: Experiment): Settings => ({
    ...settingsOf(chosen),
    maxEpochs: 25,
    patience: 2,
  });
  const heads = await trainAll(some, data, impatient);
  expect(new Set(heads.map(({ log }) => log.length)).size).toBeGreaterThan(1);
  for (const { experiment: chosen, log, best, weights } of heads) {
    const alone = await trainHead(chosen, data, impatient(chosen));
    expect(log.map((entry) => entry.valExactMatch)).toEqual(
      alone.log.map((entry) => entry.valExactMatch),
    );
    expect(best.epoch).toBe(alone.best.epoch);
    expect(worst(arrays(weights), arrays(alone.weights))).toBeLessThan(1e-3);
  }
});

test("interrupted and continued, all heads together give the same numbers, bit for bit", async () => {
  const some = [
    experiment("linear", ["img"]),
    experiment("linear", ["txt", "loc"], true),
    experiment("mlp", ["txt"]),
  ];
  const whole = await trainAll(some, data, settingsOf);
  const stop = new AbortController();
  const from: TrainState[] = [];
  const cut = await trainAll(some, data, settingsOf, {
    signal: stop.signal,
    onEpoch: (chosen, { epoch }, _best, state) => {
      if (epoch === 1) from.push(state());
      if (chosen === some[2] && epoch === 1) stop.abort();
    },
  });
  expect(cut.map(({ log }) => log.length)).toEqual([2, 2, 2]);
  const continued = await trainAll(some, data, settingsOf, { from });
  continued.forEach((head, i) => {
    expect(head.log).toEqual(whole[i].log);
    expect(arrays(head.weights)).toEqual(arrays(whole[i].weights));
  });
});

test("heads that share the batches must agree on them, and no tensor is left behind", async () => {
  const some = [experiment("linear", ["loc"]), experiment("linear", ["loc"], true)];
  const differing = (chosen: Experiment): Settings => ({
    ...settingsOf(chosen),
    batchSize: chosen.mixup ? 32 : 64,
  });
  await expect(trainAll(some, data, differing)).rejects.toThrow(
    "linear-loc-mixup and linear-loc differ in batch size or seed",
  );
  const before = tf.memory().numTensors;
  const heads = await trainAll(some, data, settingsOf);
  tf.dispose(heads.map(({ weights }) => weights));
  expect(tf.memory().numTensors).toBe(before);
});
