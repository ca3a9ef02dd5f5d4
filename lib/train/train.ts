import type { AdamWState } from "./adamw";
import { blocksFor, joinBlocks } from "./wide/blocks";
import { epochLosses, epochScores, type BlockData } from "./wide/epoch";
import type { Experiment, HeadKind } from "./experiments";
import type { Weights } from "./heads";
import type { Project } from "../project";
import { cosineAnnealing } from "./schedule";
import type { HeadStack } from "./wide/stack";
import { tf } from "../tfjs";
import {
  bestOf,
  isFinished,
  keepBest,
  stackUp,
  startRuns,
  stateOf,
  trainedHeads,
  unstack,
  type Run,
} from "./wide/runs";
import type { TrainingData } from "./training-data";

export { bestOf, isFinished };

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
export function settingsFor(kind: HeadKind, { isSample }: Pick<Project, "isSample">): Settings {
  return isSample ? { ...paperSettings(kind), batchSize: 512, maxEpochs: 20 } : paperSettings(kind);
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

export interface TrainAllOptions {
  /**
   * Called after each epoch for each head still training, and waited for. `state()` is where its training stands; it costs
   * a copy of all weights, so ask for it (before returning) only if it will be kept.
   */
  onEpoch?: (
    experiment: Experiment,
    epoch: EpochLog,
    best: EpochLog,
    state: () => TrainState,
  ) => unknown;
  /** When it aborts, training stops after the running step and the best heads so far are returned. */
  signal?: AbortSignal;
  /** Go on from these; an error if one is of another experiment, other settings or other data. */
  from?: readonly TrainState[];
}

export interface TrainOptions {
  /** As in `TrainAllOptions`, for the one head. */
  onEpoch?: (epoch: EpochLog, best: EpochLog, state: () => TrainState) => unknown;
  signal?: AbortSignal;
  /** Go on from here; an error if it is of another experiment, other settings or other data. */
  from?: TrainState;
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
  const heads = await trainAll([experiment], data, () => settings, {
    signal,
    from: from && [from],
    onEpoch: (_experiment, ...rest) => onEpoch?.(...rest),
  });
  return heads[0];
}

/**
 * Train many heads in one pass over the data. They share the batches, the MixUp and the dropout of each epoch, and linear
 * heads share matrix products; each has its own weights, optimiser, early stopping and best epoch. The result is that of
 * training each alone, up to the rounding of sums in another order. A head that is done leaves; one that goes on from a
 * later epoch joins when the others get there. Throws if a loss stops being a number, if the settings differ in batch size
 * or seed, and if it is interrupted before any head has an epoch; heads without one are left out of the result.
 */
export async function trainAll(
  experiments: readonly Experiment[],
  data: TrainingData,
  settingsOf: (experiment: Experiment) => Settings,
  { onEpoch, signal, from = [] }: TrainAllOptions = {},
): Promise<TrainedHead[]> {
  await tf.ready();
  const runs = startRuns(experiments, data, settingsOf, from);
  const blocks = blocksFor(experiments);
  const shared: BlockData = { ...data, x: joinBlocks(data.features, blocks) };
  let members: Run[] = [];
  let stacks: HeadStack[] = [];
  try {
    for (;;) {
      const next = nextMembers(runs);
      if (next.length !== members.length || next.some((run, i) => run !== members[i])) {
        unstack(members, stacks);
        [members, stacks] = [next, stackUp(next, data.tags, blocks)];
      }
      if (members.length === 0 || !(await trainEpoch(members, stacks, shared, signal))) break;
      for (const run of members)
        await onEpoch?.(run.experiment, run.log[run.log.length - 1], bestOf(run.log), () =>
          stateOf(run, stacks, data),
        );
    }
  } finally {
    stacks.forEach((stack) => stack.dispose());
    tf.dispose([...shared.x]);
  }
  return trainedHeads(runs, data.tags);
}

/** The runs that are furthest behind of those that are not done. */
function nextMembers(runs: readonly Run[]): Run[] {
  const going = runs.filter(({ log, settings }) => !isFinished(log, settings));
  const epoch = Math.min(...going.map(({ log }) => log.length));
  return going.filter(({ log }) => log.length === epoch);
}

/** One epoch of the runs in these stacks, scored and logged. Returns false, with nothing logged, if the signal aborted. */
async function trainEpoch(
  runs: readonly Run[],
  stacks: readonly HeadStack[],
  data: BlockData,
  signal?: AbortSignal,
): Promise<boolean> {
  const epoch = runs[0].log.length;
  const { batchSize, seed } = runs[0].settings;
  const rateOf = ({ learningRate, period }: Settings): number =>
    cosineAnnealing(epoch, learningRate, period);
  const settingsIn = ({ heads }: HeadStack): Settings =>
    runs.find(({ experiment }) => experiment === heads[0].experiment)!.settings;
  const rates = stacks.map((stack) => rateOf(settingsIn(stack)));
  const losses = await epochLosses(stacks, data, { batchSize, seed, epoch, rates, signal });
  if (!losses) return false;
  const scores = epochScores(stacks, data);
  for (const run of runs) {
    const { name } = run.experiment;
    const trainLoss = losses.get(name)!;
    if (!Number.isFinite(trainLoss))
      throw new Error(
        `${name}: the training loss became ${trainLoss}. Are there values in the features that are not finite?`,
      );
    run.log.push({ epoch, learningRate: rateOf(run.settings), trainLoss, ...scores.get(name)! });
    run.step += Math.ceil(data.trainRows.length / batchSize);
  }
  keepBest(runs, stacks);
  return true;
}
