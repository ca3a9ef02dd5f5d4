import { startRandom } from "./batches";
import type { Experiment } from "./experiments";
import { initialWeights } from "./heads";
import { copyWeights, type Weights } from "./weights";
import { zeroState, type AdamWState } from "./optimiser";
import { sameSettings, type Settings } from "./settings";
import type { TrainingData } from "./training-data";
import type { EpochLog } from "./training-log";

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
  /** Weights after the last of those epochs. */
  weights: Weights;
  /** Weights of the best epoch; before the first epoch those at the start. */
  bestWeights: Weights;
  optimiser: AdamWState;
}

/** What training gives: the head with its history. */
export interface TrainedHead {
  experiment: Experiment;
  settings: Settings;
  /** The weights of the best epoch, in `weightNames`' order. */
  weights: Weights;
  log: EpochLog[];
  /** The epoch whose weights they are (see `bestEpoch`). */
  best: EpochLog;
}

/**
 * Where a training begins: at PyTorch's random start, or where it stood, with arrays of its own. Throws if it stood in a
 * training of another experiment, other settings or other data.
 */
export function startOrContinue(
  { name, ...sizes }: Experiment,
  { fingerprint, tags }: Pick<TrainingData, "fingerprint" | "tags">,
  settings: Settings,
  from?: TrainState,
): TrainState {
  if (!from) {
    const weights = initialWeights(sizes, tags, startRandom(settings.seed));
    const bestWeights = copyWeights(weights);
    const optimiser = zeroState(weights);
    return { experiment: name, settings, fingerprint, log: [], weights, bestWeights, optimiser };
  }
  if (from.experiment !== name) throw cannotGoOn(name, `the experiment ${from.experiment}`);
  if (from.fingerprint !== fingerprint) throw cannotGoOn(name, "other data");
  if (!sameSettings(from.settings, settings))
    throw cannotGoOn(name, `other settings (${JSON.stringify(from.settings)})`);
  return structuredClone(from);
}

/** The error for a state of a training that is not the one to go on with. */
export function cannotGoOn(names: string, what: string): Error {
  return new Error(`${names}: cannot go on from a training of ${what}: start it afresh`);
}

/** Throws for a loss that is not a number: nothing good comes of such a training any more. */
export function requireFiniteLoss(name: string, loss: number): void {
  if (Number.isFinite(loss)) return;
  throw new Error(
    `${name}: the training loss became ${loss}. Are there values in the features that are not finite?`,
  );
}

/** The error for an interruption that leaves no head of these experiments. */
export function nothingToKeep(names: string): Error {
  return new Error(`${names}: interrupted in the first epoch, so there is no head to keep`);
}
