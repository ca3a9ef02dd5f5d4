import type { HeadKind } from "./experiments";
import type { Project } from "../project";

/** How a head is trained. */
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
 * The settings for a dataset: the paper's, but on the drawn sample batches of 256. It has a hundredth of the rows, and 4096
 * at a time would be a single step an epoch. With 256 early stopping ends every training, long before the 200 epochs.
 *
 * ```ts
 * settingsFor("mlp", { isSample: false }).batchSize; // → 4096
 * settingsFor("mlp", { isSample: true }).batchSize; // → 256
 * ```
 */
export function settingsFor(kind: HeadKind, { isSample }: Pick<Project, "isSample">): Settings {
  return isSample ? { ...paperSettings(kind), batchSize: 256 } : paperSettings(kind);
}

/** Whether two trainings have the same settings, all of them. */
export function sameSettings(a: Settings, b: Settings): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
