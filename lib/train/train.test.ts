import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { experiment, type Experiment } from "./experiments";
import { forward } from "./heads";
import type { Weights } from "./weights";
import { bceGradient, bceWithLogits } from "./loss";
import { AdamW, cosineAnnealing } from "./optimiser";
import { paperSettings, type Settings } from "./settings";
import { tf, type Tensor2D } from "../tfjs";
import { toyData } from "../fixtures/toy-data";
import { trainHead } from "./train";
import type { TrainedHead, TrainState } from "./train-state";
import { isFinished } from "./training-log";

interface Fixture {
  tMax: number;
  stepsPerEpoch: number;
  batches: { x: number[][]; y: number[][] }[];
  heads: Record<
    "linear" | "mlp",
    {
      lr: number;
      weightDecay: number;
      initial: Record<string, number[] | number[][]>;
      learningRates: number[];
      losses: number[];
      checkpoints: { step: number; weights: Record<string, number[] | number[][]> }[];
    }
  >;
}
const fixture = JSON.parse(readFileSync("lib/fixtures/adamw-cosine.json", "utf8")) as Fixture;

/** The largest difference of any weight from PyTorch's. */
function worst(weights: Weights, expected: Record<string, number[] | number[][]>): number {
  return Math.max(
    ...Object.values(expected).map((value, i) => {
      const ours = weights[i].data;
      const theirs = value.flat();
      expect(ours.length).toBe(theirs.length);
      return Math.max(...theirs.map((number, j) => Math.abs(number - ours[j])));
    }),
  );
}

test.each(["linear", "mlp"] as const)(
  "140 steps of AdamW with the cosine schedule equal PyTorch's (%s)",
  async (kind) => {
    await tf.ready();
    const { lr, weightDecay, initial, learningRates, losses, checkpoints } = fixture.heads[kind];
    const weights = Object.values(initial).map((value) => {
      const { shape } = tf.tensor(value);
      return { shape, data: Float32Array.from(value.flat()) };
    });
    const optimiser = new AdamW(weights, { weightDecay });
    let checked = 0;
    for (let step = 0; step < losses.length; step++) {
      const epoch = Math.floor(step / fixture.stepsPerEpoch);
      const rate = cosineAnnealing(epoch, lr, fixture.tMax);
      expect(rate).toBeCloseTo(learningRates[epoch], 12);
      const { x, y } = fixture.batches[step % fixture.batches.length];
      const [loss, ...gradients] = tf.tidy(() => {
        const labels = tf.tensor2d(y);
        const { z, backward } = forward(weights, tf.tensor2d(x));
        return [bceWithLogits(z, labels), ...backward(bceGradient(z, labels))];
      });
      expect(loss.dataSync()[0]).toBeCloseTo(losses[step], 5);
      optimiser.update(gradients, rate);
      const checkpoint = checkpoints.find((candidate) => candidate.step === step + 1);
      if (!checkpoint) continue;
      expect(worst(weights, checkpoint.weights)).toBeLessThan(1e-5);
      checked++;
    }
    expect(checked).toBe(checkpoints.length);
  },
);

const quick = (kind: Experiment["kind"]): Settings => ({
  ...paperSettings(kind),
  batchSize: 64,
  maxEpochs: 6,
});

const numbers = (head: TrainedHead): unknown => ({
  log: head.log,
  weights: head.weights.map(({ data }) => Array.from(data)),
});

test("training twice gives identical numbers, with MixUp and dropout", async () => {
  const data = toyData(200, 5);
  const mlp = experiment("mlp", ["img", "txt"], true);
  const first = await trainHead(mlp, data, quick("mlp"));
  const second = await trainHead(mlp, data, quick("mlp"));
  expect(numbers(first)).toEqual(numbers(second));
  const other = await trainHead(mlp, data, { ...quick("mlp"), seed: 43 });
  expect(other.log[0].trainLoss).not.toBe(first.log[0].trainLoss);
});

test("a head learns from the modality that carries the tags, and not from the others", async () => {
  const data = toyData(1000, 5);
  const settings = { ...quick("linear"), maxEpochs: 15, patience: 15 };
  const title = await trainHead(experiment("linear", ["txt"]), data, settings);
  const image = await trainHead(experiment("linear", ["img"]), data, settings);
  expect(title.log[14].trainLoss).toBeLessThan(0.7 * title.log[0].trainLoss);
  expect(title.best.valMacroF1).toBeGreaterThan(0.6);
  expect(image.best.valMacroF1).toBeLessThan(0.45);
});

test("the best epoch is kept, training stops without a better one in time, and no tensor is left", async () => {
  const data = toyData(200, 5);
  const settings = { ...quick("linear"), maxEpochs: 50, patience: 3 };
  const train = (): Promise<TrainedHead> =>
    trainHead(experiment("linear", ["loc"]), data, settings);
  await train();
  const before = tf.memory().numTensors;
  const head = await train();
  expect(head.best.valExactMatch).toBe(Math.max(...head.log.map((entry) => entry.valExactMatch)));
  expect(head.log.length).toBe(head.best.epoch + 1 + 3);
  expect(tf.memory().numTensors).toBe(before);
});

test("a training that goes on from a state gives the numbers of an undisturbed one, bit for bit", async () => {
  const data = toyData(200, 5);
  const mlp = experiment("mlp", ["img", "txt"], true);
  const settings = quick("mlp");
  const states: TrainState[] = [];
  const whole = await trainHead(mlp, data, settings, {
    onEpoch: (_entry, state) => states.push(state()),
  });
  for (const from of [states[0], structuredClone(states[3])]) {
    expect(numbers(await trainHead(mlp, data, settings, { from }))).toEqual(numbers(whole));
  }
  const finished = states[states.length - 1];
  expect(isFinished(finished.log, settings)).toBe(true);
  expect(numbers(await trainHead(mlp, data, settings, { from: finished }))).toEqual(numbers(whole));
});

test("a state of another training is refused", async () => {
  const data = toyData(200, 5);
  const linear = experiment("linear", ["loc"]);
  const settings = { ...quick("linear"), maxEpochs: 1 };
  let from!: TrainState;
  await trainHead(linear, data, settings, { onEpoch: (_entry, state) => (from = state()) });
  const going = (change: Partial<TrainState>) =>
    trainHead(linear, data, settings, { from: { ...from, ...change } });
  await expect(going({ experiment: "linear-img" })).rejects.toThrow(
    "linear-loc: cannot go on from a training of the experiment linear-img",
  );
  await expect(going({ fingerprint: "x" })).rejects.toThrow("other data");
  await expect(going({ settings: { ...settings, seed: 1 } })).rejects.toThrow("other settings");
});

test("an interruption keeps the best head so far", async () => {
  const data = toyData(200, 5);
  const stop = new AbortController();
  const head = await trainHead(experiment("linear", ["txt"]), data, quick("linear"), {
    onEpoch: ({ epoch }) => epoch === 2 && stop.abort(),
    signal: stop.signal,
  });
  expect(head.log.length).toBe(3);
  await expect(
    trainHead(experiment("linear", ["txt"]), data, quick("linear"), { signal: stop.signal }),
  ).rejects.toThrow("linear-txt: interrupted in the first epoch");
});

test("features that are not finite are an error, not a silent NaN", async () => {
  const data = toyData(100, 5);
  const features = { ...data.features, img: tf.fill([150, 512], NaN) as Tensor2D };
  await expect(
    trainHead(experiment("linear", ["img"]), { ...data, features }, quick("linear")),
  ).rejects.toThrow("linear-img: the training loss became NaN");
});
