import { AdamW } from "./adamw";
import type { Experiment, HeadKind } from "./experiments";
import { dropoutMask, forward, initialWeights, type Weights } from "./heads";
import { yieldToEventLoop } from "./interrupt";
import { bceGradient, bceWithLogits } from "./loss";
import { aboveThreshold, exactMatch, macroF1 } from "./metrics";
import { drawMix, mix } from "./mixup";
import { datasetName, SAMPLE } from "./paths";
import { predictLogits } from "./predict";
import { seededRandom, type Random } from "./random";
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

export interface TrainOptions {
  onEpoch?: (epoch: EpochLog, best: EpochLog) => void;
  /** When it aborts, training stops after the running epoch's step and the best head so far is returned. */
  signal?: AbortSignal;
}

/** What a training run holds on to from step to step. */
interface Run {
  experiment: Experiment;
  data: TrainingData;
  optimiser: AdamW;
  random: Random;
  batchSize: number;
  signal?: AbortSignal;
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
  { onEpoch, signal }: TrainOptions = {},
): Promise<TrainedHead> {
  await tf.ready();
  const random = seededRandom(settings.seed);
  const optimiser = new AdamW(initialWeights(experiment, data.tags, random), settings);
  const run: Run = { experiment, data, optimiser, random, batchSize: settings.batchSize, signal };
  const log: EpochLog[] = [];
  let best: { epoch: EpochLog; weights: Weights } | undefined;
  for (let epoch = 0; epoch < settings.maxEpochs; epoch++) {
    const learningRate = cosineAnnealing(epoch, settings.learningRate, settings.period);
    const trainLoss = await trainEpoch(run, learningRate);
    if (trainLoss === undefined) break;
    const weights = optimiser.weights as Weights;
    const entry = { epoch, learningRate, trainLoss, ...scores(experiment, weights, data) };
    log.push(entry);
    if (!best || entry.valExactMatch > best.epoch.valExactMatch) {
      tf.dispose(best?.weights ?? []);
      best = { epoch: entry, weights: weights.map((weight) => weight.clone()) as Weights };
    }
    onEpoch?.(entry, best.epoch);
    if (epoch - best.epoch.epoch >= settings.patience) break;
  }
  tf.dispose(optimiser.weights);
  optimiser.dispose();
  if (!best) throw new Error(`${experiment.name}: interrupted in its first epoch, so there is no head to keep`);
  return { experiment, settings, weights: best.weights, log, best: best.epoch };
}

/** One pass over the training rows: their mean loss, or undefined if the signal aborted. */
async function trainEpoch(run: Run, learningRate: number): Promise<number | undefined> {
  const { trainRows } = run.data,
    rows = trainRows.length;
  const order = run.random.permutation(rows).map((i) => trainRows[i]);
  const losses: Tensor[] = [];
  for (let start = 0; start < rows; start += run.batchSize) {
    const batch = order.subarray(start, start + run.batchSize);
    const loss = trainStep(run, batch, learningRate);
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
function trainStep({ experiment, data, optimiser, random }: Run, batch: Int32Array, learningRate: number): Tensor {
  const [loss, ...gradients] = tf.tidy(() => {
    let x = fuse(data.features, experiment.modalities, batch);
    let y = tf.gather(data.labels, tf.tensor1d(batch, "int32"));
    if (experiment.mixup) {
      const drawn = drawMix(batch.length, random);
      x = mix(x, drawn);
      y = mix(y, drawn);
    }
    const mask = experiment.kind === "mlp" ? dropoutMask(batch.length, random) : undefined;
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
