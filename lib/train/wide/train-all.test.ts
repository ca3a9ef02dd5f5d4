import { beforeAll, expect, test } from "vitest";
import { experiment, experimentNamed, experiments, type Experiment } from "../experiments";
import type { Weights } from "../weights";
import { paperSettings, type Settings } from "../settings";
import { tf } from "../../tfjs";
import { toyData } from "../../fixtures/toy-data";
import { trainHead } from "../train";
import { trainAll } from "./train-all";
import type { TrainState } from "../train-state";
import type { TrainingData } from "../training-data";

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

/** The largest difference of any number in the weights of two heads. */
const worst = (a: Weights, b: Weights): number =>
  Math.max(
    ...a.map(({ data }, i) =>
      data.reduce((most, value, j) => Math.max(most, Math.abs(value - b[i].data[j])), 0),
    ),
  );

/** Where the plain loop stands after each epoch of training this head alone. */
async function plainly(chosen: Experiment, settings: Settings): Promise<TrainState[]> {
  const states: TrainState[] = [];
  await trainHead(chosen, data, settings, { onEpoch: (_entry, state) => states.push(state()) });
  return states;
}

/** Where these heads stand after each epoch of training them together, by name. */
async function widely(
  some: readonly Experiment[],
  settings: (experiment: Experiment) => Settings,
): Promise<Map<string, TrainState[]>> {
  const states = new Map<string, TrainState[]>(some.map(({ name }) => [name, []]));
  await trainAll(some, data, settings, {
    onEpoch: ({ name }, _entry, state) => states.get(name)!.push(state()),
  });
  return states;
}

test.each(["linear-img-txt-loc", "linear-txt-loc-mixup", "mlp-img-txt-loc-mixup"])(
  "a head alone is trained as by the plain loop (%s)",
  async (name) => {
    const chosen = experimentNamed(name);
    const wide = (await widely([chosen], settingsOf)).get(name)!;
    const plain = await plainly(chosen, settingsOf(chosen));
    wide[2].log.forEach(({ trainLoss }, epoch) =>
      expect(trainLoss).toBeCloseTo(plain[2].log[epoch].trainLoss, 5),
    );
    expect(worst(wide[2].weights, plain[2].weights)).toBeLessThan(2e-4);
    expect(worst(wide[2].weights, wide[1].weights)).toBeGreaterThan(5e-3); // an epoch changes more than that by far
  },
);

test.each([
  ["step by step", { batchSize: 200, maxEpochs: 3 }],
  ["in epochs of three steps", { maxEpochs: 2 }],
])("all 28 heads together are trained as by the plain loop, %s", async (_how, some) => {
  const settings = (chosen: Experiment): Settings => ({ ...settingsOf(chosen), ...some });
  const together = await widely(experiments, settings);
  expect([...together.keys()]).toEqual(experiments.map(({ name }) => name));
  for (const chosen of experiments) {
    const alone = await plainly(chosen, settings(chosen));
    expect(alone.length).toBe(some.maxEpochs);
    for (const [epoch, state] of alone.entries()) {
      const other = together.get(chosen.name)![epoch];
      const { learningRate, trainLoss, valExactMatch } = state.log[epoch];
      expect(other.log[epoch].learningRate).toBe(learningRate);
      expect(other.log[epoch].trainLoss).toBeCloseTo(trainLoss, 5);
      expect(other.log[epoch].valExactMatch).toBeCloseTo(valExactMatch, 2);
      const place = `${chosen.name}, epoch ${epoch}`;
      expect(worst(other.weights, state.weights), place).toBeLessThan(2e-4);
      expect(other.optimiser.step).toBe(state.optimiser.step);
    }
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
    expect(worst(weights, alone.weights)).toBeLessThan(1e-3);
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
    onEpoch: (chosen, { epoch }, state) => {
      if (epoch === 1) from.push(state());
      if (chosen.name === some[2].name && epoch === 1) stop.abort();
    },
  });
  expect(cut.map(({ log }) => log.length)).toEqual([2, 2, 2]);
  const continued = await trainAll(some, data, settingsOf, { from });
  continued.forEach((head, i) => {
    expect(head.log).toEqual(whole[i].log);
    expect(head.weights).toEqual(whole[i].weights);
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
  await trainAll(some, data, settingsOf);
  expect(tf.memory().numTensors).toBe(before);
});
