import { AdamW, type AdamWState } from "./adamw";
import type { Experiment, HeadKind } from "./experiments";
import { dropoutMask, forward, initialWeights, weightsOf, type Weights } from "./heads";
import { yieldToEventLoop } from "./interrupt";
import { bceGradient, bceWithLogits } from "./loss";
import { aboveThreshold, exactMatch, macroF1 } from "./metrics";
import { drawMix, mix } from "./mixup";
import { datasetName, SAMPLE } from "./paths";
import { predictLogits } from "./predict";
import { mixSeeds, seededRandom, type Random } from "./random";
import { cosineAnnealing } from "./schedule";
import { tf, type Tensor } from "./tfjs";
import { fuse, type TrainingData } from "./training-data";

export interface Settings {
  batchSize: number;
  maxEpochs: number;
  /** Stop after so many epochs without a better validation exact match. */
  patience: number;
  learningRate: number;
  weightDecay: number;
  /** Epochs of the cosine schedule from the full rate to zero. */
  period: number;
  seed: number;
}

/** The paper's settings (its code's, where the paper is silent); only the seed is ours. */
export function paperSettings(kind: HeadKind): Settings {
  const shared = { batchSize: 4096, maxEpochs: 200, patience: 10, period: 50, seed: 42 };
  return kind === "linear"
    ? { ...shared, learningRate: 5e-3, weightDecay: 1e-5 }
    : { ...shared, learningRate: 3e-3, weightDecay: 1e-4 };
}

/**
 * The settings for a dataset: the paper's, but on the drawn sample batches of 512 and at most 20 epochs. It has a hundredth
 * of the rows, and 4096 at a time would be a single step an epoch.
 */
export function settingsFor(kind: HeadKind, dataset: string = datasetName()): Settings {
  return dataset === SAMPLE ? { ...paperSettings(kind), batchSize: 512, maxEpochs: 20 } : paperSettings(kind);
}

/** One line of a training log. */
export interface EpochLog {
  epoch: number;
  learningRate: number;
  trainLoss: number;
  valExactMatch: number;
  valMacroF1: number;
}

export interface TrainedHead {
  experiment: Experiment;
  settings: Settings;
  /** The weights of the best epoch, in `weightNames`' order; the caller's to dispose of. */
  weights: Weights;
  log: EpochLog[];
  /** The epoch with the highest validation exact match (the first of equals). */
  best: EpochLog;
}

/**
 * Where a training stands after an epoch: plain numbers, so that it can be kept in a file. Continued from there it gives
 * the very numbers of an undisturbed training, as every epoch has random generators of its own.
 */
export interface TrainState {
  /** The experiment's name. */
  experiment: string;
  settings: Settings;
  /** `TrainingData.fingerprint` of the data it was trained on. */
  fingerprint: string;
  /** One entry for each epoch done; the next epoch is number `log.length`. */
  log: EpochLog[];
  /** Weights after the last of those epochs, row by row, in `weightNames`' order. */
  weights: Float32Array[];
  /** Weights of the best epoch. */
  bestWeights: Float32Array[];
  optimiser: AdamWState;
}

export interface TrainOptions {
  /**
   * Called after each epoch, and waited for. `state()` is where the training stands; it costs a copy of all weights, so ask
   * for it (before returning) only if it will be kept.
   */
  onEpoch?: (epoch: EpochLog, best: EpochLog, state: () => TrainState) => unknown;
  /** When it aborts, training stops after the running step and the best head so far is returned. */
  signal?: AbortSignal;
  /** Go on from here; an error if it is of another experiment, other settings or other data. */
  from?: TrainState;
}

/** What a training run holds on to from step to step. */
interface Run {
  experiment: Experiment;
  data: TrainingData;
  optimiser: AdamW;
  settings: Settings;
  signal?: AbortSignal;
}

/** The epoch with the highest validation exact match, the first of equals. */
export function bestOf(log: readonly EpochLog[]): EpochLog {
  return log.reduce((best, entry) => (entry.valExactMatch > best.valExactMatch ? entry : best));
}

/** Whether a training with this log is done: no epochs left, or `patience` of them without a better exact match. */
export function isFinished(log: readonly EpochLog[], { maxEpochs, patience }: Settings): boolean {
  return log.length >= maxEpochs || (log.length > 0 && log.length - 1 - bestOf(log).epoch >= patience);
}

/**
 * Train one head: AdamW on mini-batches in a new random order each epoch, the learning rate following a cosine, early
 * stopping on validation exact match, and the best epoch's weights kept. The same seed gives the same numbers.
 * Throws if the loss stops being a number, and if it is interrupted before the end of the first epoch.
 */
export async function trainHead(
  experiment: Experiment,
  data: TrainingData,
  settings: Settings,
  { onEpoch, signal, from }: TrainOptions = {},
): Promise<TrainedHead> {
  await tf.ready();
  if (from) checkState(from, experiment, data, settings);
  const run: Run = { experiment, data, optimiser: optimiserFor(experiment, data, settings, from), settings, signal };
  const log = [...(from?.log ?? [])];
  let best = from && weightsOf(from.bestWeights, experiment, data.tags);
  while (!isFinished(log, settings)) {
    const epoch = log.length,
      learningRate = cosineAnnealing(epoch, settings.learningRate, settings.period);
    const trainLoss = await trainEpoch(run, epoch, learningRate);
    if (trainLoss === undefined) break;
    const weights = run.optimiser.weights as Weights;
    log.push({ epoch, learningRate, trainLoss, ...scores(experiment, weights, data) });
    if (bestOf(log).epoch === epoch) {
      tf.dispose(best ?? []);
      best = weights.map((weight) => weight.clone()) as Weights;
    }
    await onEpoch?.(log[epoch], bestOf(log), () => stateOf(run, log, best!));
  }
  tf.dispose(run.optimiser.weights);
  run.optimiser.dispose();
  if (!best) throw new Error(`${experiment.name}: interrupted in its first epoch, so there is no head to keep`);
  return { experiment, settings, weights: best, log, best: bestOf(log) };
}

/** Each use of random numbers has a generator of its own in each epoch, so that none depends on what happened before. */
export function generator(use: "start" | "order" | "mixup" | "dropout", seed: number, epoch = 0): Random {
  return seededRandom(mixSeeds(seed, ["start", "order", "mixup", "dropout"].indexOf(use), epoch));
}

function optimiserFor(experiment: Experiment, data: TrainingData, settings: Settings, from?: TrainState): AdamW {
  if (!from) return new AdamW(initialWeights(experiment, data.tags, generator("start", settings.seed)), settings);
  return new AdamW(weightsOf(from.weights, experiment, data.tags), settings, from.optimiser);
}

/** Throws if the state is not of this very training. */
export function checkState(from: TrainState, { name }: Experiment, data: TrainingData, settings: Settings): void {
  const differs =
    from.experiment !== name
      ? `the experiment ${from.experiment}`
      : from.fingerprint !== data.fingerprint
        ? "other data"
        : JSON.stringify(from.settings) !== JSON.stringify(settings) && `other settings (${JSON.stringify(from.settings)})`;
  if (differs) throw new Error(`${name}: cannot go on from a training of ${differs}: start it afresh`);
}

const numbers = (tensors: readonly Tensor[]): Float32Array[] =>
  tensors.map((tensor) => (tensor.dataSync() as Float32Array).slice());

function stateOf({ experiment, settings, data, optimiser }: Run, log: readonly EpochLog[], best: Weights): TrainState {
  const { fingerprint } = data;
  return {
    experiment: experiment.name,
    settings,
    fingerprint,
    log: [...log],
    weights: numbers(optimiser.weights),
    bestWeights: numbers(best),
    optimiser: optimiser.state(),
  };
}

/** One pass over the training rows: their mean loss, or undefined if the signal aborted. */
async function trainEpoch(run: Run, epoch: number, learningRate: number): Promise<number | undefined> {
  const { trainRows } = run.data,
    rows = trainRows.length,
    { batchSize, seed } = run.settings;
  const order = generator("order", seed, epoch).permutation(rows).map((i) => trainRows[i]);
  const random = { mixup: generator("mixup", seed, epoch), dropout: generator("dropout", seed, epoch) };
  const losses: Tensor[] = [];
  for (let start = 0; start < rows; start += batchSize) {
    const batch = order.subarray(start, start + batchSize);
    const loss = trainStep(run, batch, random, learningRate);
    losses.push(loss.mul(batch.length / rows)); // batches weigh by their rows: the last one is smaller
    loss.dispose();
    await yieldToEventLoop();
    if (run.signal?.aborted) return void tf.dispose(losses);
  }
  const loss = tf.tidy(() => tf.addN(losses).dataSync()[0]);
  tf.dispose(losses);
  if (Number.isFinite(loss)) return loss;
  throw new Error(
    `${run.experiment.name}: the training loss became ${loss}. Are there values in the features that are not finite?`,
  );
}

/** One step on one batch; returns its loss as a scalar tensor, read only at the end of the epoch so that nothing waits. */
function trainStep(
  { experiment, data, optimiser }: Run,
  batch: Int32Array,
  random: { mixup: Random; dropout: Random },
  learningRate: number,
): Tensor {
  const [loss, ...gradients] = tf.tidy(() => {
    let x = fuse(data.features, experiment.modalities, batch);
    let y = tf.gather(data.labels, tf.tensor1d(batch, "int32"));
    if (experiment.mixup) {
      const drawn = drawMix(batch.length, random.mixup);
      x = mix(x, drawn);
      y = mix(y, drawn);
    }
    const mask = experiment.kind === "mlp" ? dropoutMask(batch.length, random.dropout) : undefined;
    const { z, backward } = forward(optimiser.weights as Weights, x, mask);
    return [bceWithLogits(z, y), ...backward(bceGradient(z, y))];
  });
  optimiser.update(gradients, learningRate);
  tf.dispose(gradients);
  return loss;
}

/** Exact match and macro F1 of a head on the validation rows. */
function scores(
  experiment: Experiment,
  weights: Weights,
  { features, validationRows, validationLabels, tags }: TrainingData,
): { valExactMatch: number; valMacroF1: number } {
  const predicted = aboveThreshold(predictLogits(experiment, weights, features, validationRows));
  return {
    valExactMatch: exactMatch(predicted, validationLabels, tags),
    valMacroF1: macroF1(predicted, validationLabels, tags),
  };
}
