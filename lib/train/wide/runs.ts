import type { Block } from "./blocks";
import { generator } from "./epoch";
import type { Experiment } from "../experiments";
import { initialWeights, weightsOf } from "../heads";
import { HeadStack, type StackedHead } from "./stack";
import { tf } from "../../tfjs";
import type { EpochLog, Settings, TrainedHead, TrainState } from "../train";
import type { TrainingData } from "../training-data";

/** A head in training. Its newest weights are in its stack; in `head` they are of when it was last in none. */
export interface Run {
  experiment: Experiment;
  settings: Settings;
  log: EpochLog[];
  head: StackedHead;
  /** AdamW's steps so far. */
  step: number;
  /** The best epoch's weights. */
  best?: Float32Array[];
}

/** The epoch with the highest validation exact match, the first of equals. */
export function bestOf(log: readonly EpochLog[]): EpochLog {
  return log.reduce((best, entry) => (entry.valExactMatch > best.valExactMatch ? entry : best));
}

/** Whether a training with this log is done: no epochs left, or `patience` of them without a better exact match. */
export function isFinished(log: readonly EpochLog[], { maxEpochs, patience }: Settings): boolean {
  return (
    log.length >= maxEpochs || (log.length > 0 && log.length - 1 - bestOf(log).epoch >= patience)
  );
}

/** All runs, each at its start or where it stood. Throws for a state of another training, and for settings that differ. */
export function startRuns(
  experiments: readonly Experiment[],
  data: TrainingData,
  settingsOf: (experiment: Experiment) => Settings,
  from: readonly TrainState[],
): Run[] {
  const names = experiments.map(({ name }) => name);
  const stray = from.find((state) => !names.includes(state.experiment));
  if (stray) throw cannotGoOn(names.join(", "), `the experiment ${stray.experiment}`);
  const runs = experiments.map((experiment) => {
    const state = from.find((candidate) => candidate.experiment === experiment.name);
    return startRun(experiment, data, settingsOf(experiment), state);
  });
  const differs = runs.find(
    ({ settings: { batchSize, seed } }) =>
      batchSize !== runs[0].settings.batchSize || seed !== runs[0].settings.seed,
  );
  if (!differs) return runs;
  throw new Error(
    `${differs.experiment.name} and ${names[0]} differ in batch size or seed: heads trained together share the batches`,
  );
}

function startRun(
  experiment: Experiment,
  data: TrainingData,
  settings: Settings,
  from?: TrainState,
): Run {
  if (!from) {
    const tensors = initialWeights(experiment, data.tags, generator("start", settings.seed));
    const weights = tensors.map((tensor) => (tensor.dataSync() as Float32Array).slice());
    tf.dispose(tensors);
    const zeros = (): Float32Array[] => weights.map(({ length }) => new Float32Array(length));
    return {
      experiment,
      settings,
      log: [],
      head: { experiment, weights, m: zeros(), v: zeros() },
      step: 0,
    };
  }
  if (from.fingerprint !== data.fingerprint) throw cannotGoOn(experiment.name, "other data");
  if (JSON.stringify(from.settings) !== JSON.stringify(settings))
    throw cannotGoOn(experiment.name, `other settings (${JSON.stringify(from.settings)})`);
  const {
    log,
    weights,
    bestWeights: best,
    optimiser: { step, m, v },
  } = from;
  return { experiment, settings, log: [...log], head: { experiment, weights, m, v }, step, best };
}

function cannotGoOn(names: string, what: string): Error {
  return new Error(`${names}: cannot go on from a training of ${what}: start it afresh`);
}

/** Stacks for the runs: linear heads that differ in nothing but what they see share one, an MLP has its own. */
export function stackUp(runs: readonly Run[], tags: number, blocks: readonly Block[]): HeadStack[] {
  const stacked = new Map<string, Run[]>();
  for (const run of runs) {
    const {
      experiment: { name, kind, mixup },
      settings,
      step,
    } = run;
    const key = kind === "mlp" ? name : JSON.stringify([mixup, settings, step]);
    stacked.set(key, [...(stacked.get(key) ?? []), run]);
  }
  return [...stacked.values()].map(
    (group) =>
      new HeadStack(
        group.map(({ head }) => head),
        tags,
        blocks,
        { weightDecay: group[0].settings.weightDecay, step: group[0].step },
      ),
  );
}

/** Take the runs' newest weights out of their stacks, which are disposed of. */
export function unstack(runs: readonly Run[], stacks: readonly HeadStack[]): void {
  const heads = stacks.flatMap((stack) => stack.current());
  for (const run of runs) run.head = heads.find(({ experiment }) => experiment === run.experiment)!;
  stacks.forEach((stack) => stack.dispose());
}

/** Keep the weights of the runs whose last epoch is their best. */
export function keepBest(runs: readonly Run[], stacks: readonly HeadStack[]): void {
  const better = runs.filter(({ log }) => bestOf(log) === log[log.length - 1]);
  for (const stack of stacks) {
    const inside = better.filter(({ experiment }) =>
      stack.heads.some((head) => head.experiment === experiment),
    );
    if (inside.length === 0) continue;
    const weights = stack.weights();
    for (const run of inside)
      run.best = weights[stack.heads.findIndex(({ experiment }) => experiment === run.experiment)];
  }
}

/** Where a run stands, as plain numbers. */
export function stateOf(
  run: Run,
  stacks: readonly HeadStack[],
  { fingerprint }: TrainingData,
): TrainState {
  const { experiment, settings, log, step, best } = run;
  const { weights, m, v } = stacks.flatMap((stack) => stack.current(experiment))[0];
  return {
    experiment: experiment.name,
    settings,
    fingerprint,
    log: [...log],
    weights,
    bestWeights: best!,
    optimiser: { step, m, v },
  };
}

/** The heads of the runs that have one. Throws if none has. */
export function trainedHeads(runs: readonly Run[], tags: number): TrainedHead[] {
  const trained = runs.filter(({ best }) => best);
  if (trained.length === 0) {
    const names = runs.map(({ experiment }) => experiment.name).join(", ");
    throw new Error(`${names}: interrupted in the first epoch, so there is no head to keep`);
  }
  return trained.map(({ experiment, settings, log, best }) => ({
    experiment,
    settings,
    weights: weightsOf(best!, experiment, tags),
    log,
    best: bestOf(log),
  }));
}
