import { batches, epochRandom } from "./batches";
import { withSizes, type Experiment } from "./experiments";
import { dropoutMask, forward } from "./heads";
import { copyWeights, type Weights } from "./weights";
import { yieldToEventLoop } from "../interrupt";
import { bceLoss, type HeadLoss } from "./loss";
import { epochScores, type EpochScores } from "./metrics";
import { drawMix, mix } from "./mixup";
import { AdamW, cosineAnnealing } from "./optimiser";
import { predictInChunks } from "./predict";
import type { Settings } from "./settings";
import { tf, type Tensor, type Tensor2D } from "../tfjs";
import {
  nothingToKeep,
  requireFiniteLoss,
  startOrContinue,
  type TrainedHead,
  type TrainState,
} from "./train-state";
import { fuse, type TrainingData, sizesOf } from "./training-data";
import { bestEpoch, isFinished, type EpochLog } from "./training-log";

export interface TrainOptions {
  /**
   * Called after each epoch, and waited for. `state()` is where the training stands; it costs a copy of all weights, so
   * ask for it (before returning) only if it will be kept.
   */
  onEpoch?: (epoch: EpochLog, state: () => TrainState) => unknown;
  /** When it aborts, training stops after the running step and the best head so far is returned. */
  signal?: AbortSignal;
  /** Go on from here; an error if it is of another experiment, other settings or other data. */
  from?: TrainState;
  /** What to do well: the paper's `bceLoss` by default. */
  loss?: HeadLoss;
}

/**
 * Train one head: AdamW on mini-batches in a new random order each epoch, the learning rate following a cosine, early
 * stopping on validation exact match, and the best epoch's weights kept. The same seed gives the same numbers. Throws if
 * the loss stops being a number, and if it is interrupted before the end of the first epoch.
 *
 * ```ts
 * const data = toyData(200, 5); // 200 rows to train on and 100 to validate, with 5 tags
 * const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 3 };
 * const { weights, log } = await trainHead(experimentNamed("linear-txt"), data, settings);
 * weights.map(({ shape }) => shape); // → [[5, 512], [5]]
 * log[2].trainLoss < log[0].trainLoss; // → true
 * ```
 */
export async function trainHead(
  unsized: Experiment,
  data: TrainingData,
  settings: Settings,
  { onEpoch, signal, from, loss = bceLoss }: TrainOptions = {},
): Promise<TrainedHead> {
  await tf.ready();
  const { batchSize, learningRate, period, seed } = settings;
  const experiment = withSizes(unsized, sizesOf(data.features));
  const state = startOrContinue(experiment, data, settings, from);
  const { weights, log } = state;
  const optimiser = new AdamW(weights, settings, state.optimiser);
  const features = fuse(data.features, experiment.modalities);
  try {
    while (!isFinished(log, settings) && !signal?.aborted) {
      const epoch = log.length;
      const rate = cosineAnnealing(epoch, learningRate, period);
      const random = epochRandom(seed, epoch);
      let lossSum = 0;
      for (const batch of batches(data.trainRows, batchSize, random.order)) {
        const [mean, ...gradients] = tf.tidy((): Tensor[] => {
          let x = tf.gather(features, batch);
          let y = tf.gather(data.labels, batch);
          if (experiment.mixup) {
            const drawn = drawMix(batch.length, random.mixup);
            [x, y] = [mix(x, drawn), mix(y, drawn)];
          }
          const drops = experiment.kind === "mlp";
          const mask = drops ? dropoutMask(batch.length, random.dropout) : undefined;
          const { z, backward } = forward(weights, x, mask);
          const found = loss.of(z, y);
          return [found.loss, ...backward(found.gradient)];
        });
        optimiser.update(gradients, rate);
        lossSum += mean.dataSync()[0] * batch.length;
        tf.dispose([mean, ...gradients]);
        await yieldToEventLoop(); // lets progress be drawn and an interruption be noticed
        if (signal?.aborted) break;
      }
      if (signal?.aborted) break;

      const trainLoss = lossSum / data.trainRows.length;
      requireFiniteLoss(experiment.name, trainLoss);
      const scores = validate(weights, features, data, loss);
      log.push({ epoch, learningRate: rate, trainLoss, ...scores });
      if (bestEpoch(log).epoch === epoch) state.bestWeights = copyWeights(weights);
      await onEpoch?.(log[epoch], () => ({
        ...state,
        log: [...log],
        weights: copyWeights(weights),
        optimiser: optimiser.state(),
      }));
    }
  } finally {
    features.dispose();
  }
  if (log.length === 0) throw nothingToKeep(experiment.name);
  return { experiment, settings, weights: state.bestWeights, log, best: bestEpoch(log) };
}

/** The scores of the validation rows. */
function validate(
  weights: Weights,
  features: Tensor2D,
  { validationRows: rows, validationLabels, tags }: TrainingData,
  { answer }: HeadLoss,
): EpochScores {
  const z = predictInChunks(weights, rows.length, ({ start, end }) =>
    tf.gather(features, rows.subarray(start, end)),
  );
  return epochScores(answer(z), validationLabels, tags);
}
