import { batches, epochRandom } from "../batches";
import { withSizes, type Experiment } from "../experiments";
import { dropoutMask } from "../heads";
import type { Weights } from "../weights";
import { yieldToEventLoop } from "../../interrupt";
import { blocksFor, gatherBlocks, joinBlocks, type Block } from "./layout";
import { epochScores, type EpochScores } from "../metrics";
import { drawMix, mix } from "../mixup";
import { cosineAnnealing } from "../optimiser";
import { chunks } from "../predict";
import type { Random } from "../../random";
import type { Settings } from "../settings";
import { HeadStack, type Batch, type HeadNumbers } from "./stack";
import { tf, type Tensor2D } from "../../tfjs";
import {
  cannotGoOn,
  nothingToKeep,
  requireFiniteLoss,
  startOrContinue,
  type TrainedHead,
  type TrainState,
} from "../train-state";
import { sizesOf, type TrainingData } from "../training-data";
import { bestEpoch, isFinished, type EpochLog } from "../training-log";

export interface TrainAllOptions {
  /** As for `trainHead`, for each head still training. */
  onEpoch?: (experiment: Experiment, epoch: EpochLog, state: () => TrainState) => unknown;
  /** When it aborts, training stops after the running step and the best heads so far are returned. */
  signal?: AbortSignal;
  /** Go on from these; an error if one is of another experiment, other settings or other data. */
  from?: readonly TrainState[];
}

/** A head in training. */
interface Training {
  experiment: Experiment;
  settings: Settings;
  log: EpochLog[];
  bestWeights: Weights;
  /** Its numbers or, while it trains, the stack that has them. */
  numbers: HeadNumbers | HeadStack;
}

/** The data with its features in blocks (see `joinBlocks`). */
interface BlockData extends Omit<TrainingData, "features"> {
  x: readonly Tensor2D[];
}

/**
 * Train many heads in one pass over the data. They share the batches, the MixUp and the dropout of each epoch, and linear
 * heads share matrix products; each has its own weights, optimiser, early stopping and best epoch. The result is that of
 * `trainHead` for each, up to the rounding of sums in another order. A head that is done leaves; one that goes on from a
 * later epoch joins when the others get there. Throws if a loss stops being a number, if the settings differ in batch size
 * or seed, and if it is interrupted before any head has an epoch; heads without one are left out of the result.
 */
export async function trainAll(
  unsized: readonly Experiment[],
  data: TrainingData,
  settingsOf: (experiment: Experiment) => Settings,
  { onEpoch, signal, from = [] }: TrainAllOptions = {},
): Promise<TrainedHead[]> {
  await tf.ready();
  const sizes = sizesOf(data.features);
  const experiments = unsized.map((experiment) => withSizes(experiment, sizes));
  const trainings = startTrainings(experiments, data, settingsOf, from);
  const blocks = blocksFor(experiments);
  const blockData: BlockData = { ...data, x: joinBlocks(data.features, blocks) };
  let members: Training[] = [];
  let stacks: HeadStack[] = [];
  try {
    for (;;) {
      const next = furthestBehind(trainings);
      if (next.length !== members.length || next.some((each, i) => each !== members[i])) {
        unstack(members, stacks);
        members = next;
        stacks = stackUp(next, data.tags, blocks);
      }
      if (members.length === 0 || !(await trainEpoch(members, stacks, blockData, signal))) break;
      for (const training of members)
        await onEpoch?.(training.experiment, training.log[training.log.length - 1], () =>
          stateOf(training, data.fingerprint),
        );
    }
  } finally {
    stacks.forEach((stack) => stack.dispose());
    tf.dispose([...blockData.x]);
  }
  const trained = trainings.filter(({ log }) => log.length > 0);
  if (trained.length === 0) throw nothingToKeep(namesOf(experiments));
  return trained.map(({ experiment, settings, log, bestWeights: weights }) => ({
    experiment,
    settings,
    weights,
    log,
    best: bestEpoch(log),
  }));
}

const namesOf = (experiments: readonly Experiment[]): string =>
  experiments.map(({ name }) => name).join(", ");

/** All trainings, each at its start or where it stood. Throws for a state of another one, and for settings that differ. */
function startTrainings(
  experiments: readonly Experiment[],
  data: TrainingData,
  settingsOf: (experiment: Experiment) => Settings,
  from: readonly TrainState[],
): Training[] {
  const stray = from.find((state) => !experiments.some(({ name }) => name === state.experiment));
  if (stray) throw cannotGoOn(namesOf(experiments), `the experiment ${stray.experiment}`);
  const trainings = experiments.map((experiment) => {
    const settings = settingsOf(experiment);
    const earlier = from.find((state) => state.experiment === experiment.name);
    const state = startOrContinue(experiment, data, settings, earlier);
    const { log, bestWeights, weights, optimiser } = state;
    return { experiment, settings, log, bestWeights, numbers: { weights, optimiser } };
  });
  const { batchSize, seed } = trainings[0].settings;
  const differs = trainings.find(
    ({ settings }) => settings.batchSize !== batchSize || settings.seed !== seed,
  );
  if (!differs) return trainings;
  throw new Error(
    `${differs.experiment.name} and ${experiments[0].name} differ in batch size or seed: heads trained together share the batches`,
  );
}

/** Those of the trainings that are not done which are furthest behind. */
function furthestBehind(trainings: readonly Training[]): Training[] {
  const going = trainings.filter(({ log, settings }) => !isFinished(log, settings));
  const epoch = Math.min(...going.map(({ log }) => log.length));
  return going.filter(({ log }) => log.length === epoch);
}

/** A training's numbers as they are now. */
function numbersOf({ experiment, numbers }: Training): HeadNumbers {
  return numbers instanceof HeadStack ? numbers.numbers(experiment.name) : numbers;
}

/** Where a training stands. */
function stateOf(training: Training, fingerprint: string): TrainState {
  const { experiment, settings, log, bestWeights } = training;
  const past = { experiment: experiment.name, settings, fingerprint, log: [...log], bestWeights };
  return { ...past, ...numbersOf(training) };
}

/** Stacks for the trainings: linear heads that differ in nothing but what they see share one, an MLP has its own. */
function stackUp(
  trainings: readonly Training[],
  tags: number,
  blocks: readonly Block[],
): HeadStack[] {
  const groups = new Map<string, Training[]>();
  for (const training of trainings) {
    const { experiment, settings } = training;
    const { name, kind, mixup } = experiment;
    const { step } = numbersOf(training).optimiser;
    const key = kind === "mlp" ? name : JSON.stringify([mixup, settings, step]);
    groups.set(key, [...(groups.get(key) ?? []), training]);
  }
  return [...groups.values()].map((group) => {
    const heads = group.map((training) => ({ ...training, ...numbersOf(training) }));
    const stack = new HeadStack(heads, tags, blocks);
    for (const training of group) training.numbers = stack;
    return stack;
  });
}

/** Give the trainings their numbers back, and dispose of the stacks that had them. */
function unstack(trainings: readonly Training[], stacks: readonly HeadStack[]): void {
  for (const training of trainings) training.numbers = numbersOf(training);
  stacks.forEach((stack) => stack.dispose());
}

/** One epoch of these trainings, scored and logged. Returns false, with nothing logged, if the signal aborted. */
async function trainEpoch(
  trainings: readonly Training[],
  stacks: readonly HeadStack[],
  data: BlockData,
  signal?: AbortSignal,
): Promise<boolean> {
  const epoch = trainings[0].log.length;
  const { batchSize, seed } = trainings[0].settings;
  const rateOf = ({ learningRate, period }: Settings): number =>
    cosineAnnealing(epoch, learningRate, period);
  const random = epochRandom(seed, epoch);
  const losses = new Map<string, number>();
  for (const rows of batches(data.trainRows, batchSize, random.order)) {
    if (signal?.aborted) return false;
    const batch = drawBatch(trainings, stacks, data, rows, random);
    for (const stack of stacks) {
      const sums = stack.step(batch, rateOf(stack.settings));
      stack.names.forEach((name, i) => losses.set(name, (losses.get(name) ?? 0) + sums[i]));
      await yieldToEventLoop();
    }
    tf.dispose(batch as unknown as Parameters<typeof tf.dispose>[0]);
  }
  if (signal?.aborted) return false;
  const scores = validate(stacks, data);
  for (const training of trainings) {
    const { log, settings, numbers } = training;
    const { name } = training.experiment;
    const trainLoss = losses.get(name)! / (data.trainRows.length * data.tags);
    requireFiniteLoss(name, trainLoss);
    log.push({ epoch, learningRate: rateOf(settings), trainLoss, ...scores.get(name)! });
    if (bestEpoch(log).epoch === epoch) training.bestWeights = (numbers as HeadStack).weights(name);
  }
  return true;
}

/** What the stacks need of a batch, drawn and gathered once for all. */
function drawBatch(
  trainings: readonly Training[],
  stacks: readonly HeadStack[],
  { x, labels }: BlockData,
  rows: Int32Array,
  random: { mixup: Random; dropout: Random },
): Batch {
  const y = tf.gather(labels, rows);
  const batch: Batch = { x: gatherBlocks(x, seenBy(stacks), rows), y };
  if (trainings.some(({ experiment }) => experiment.mixup)) {
    const drawn = drawMix(rows.length, random.mixup);
    batch.mixup = { drawn, y: mix(y, drawn) };
  }
  if (trainings.some(({ experiment }) => experiment.kind === "mlp"))
    batch.dropout = dropoutMask(rows.length, random.dropout);
  return batch;
}

/** The indices of the blocks that any of the heads sees. */
const seenBy = (stacks: readonly HeadStack[]): number[] => stacks.flatMap(({ blocks }) => blocks);

/** Each head's scores on the validation rows, by name. */
function validate(
  stacks: readonly HeadStack[],
  { x, validationRows: rows, validationLabels, tags }: BlockData,
): Map<string, EpochScores> {
  const names = stacks.flatMap((stack) => stack.names);
  const predicted = names.map(() => new Uint8Array(rows.length * tags));
  for (const { start, end } of chunks(rows.length)) {
    const answers = tf.tidy(() => {
      const chunk = gatherBlocks(x, seenBy(stacks), rows.subarray(start, end));
      const logits = stacks.flatMap((stack) => stack.logits(chunk));
      return logits.map((z) => tf.greater(z, 0) as Tensor2D); // a byte an answer, not four
    });
    answers.forEach((answer, i) =>
      predicted[i].set(answer.dataSync() as unknown as Uint8Array, start * tags),
    );
    tf.dispose(answers);
  }
  return new Map(names.map((name, i) => [name, epochScores(predicted[i], validationLabels, tags)]));
}
