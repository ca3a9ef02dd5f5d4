import { interruptSignal } from "../interrupt";
import { describeBest, liveChart } from "./live-chart";
import type { CurveEpoch } from "../data/types";
import { duration } from "./progress";

/** What is shown of a head when its training is over: as `trainOrLoad` of lib/train returns it. */
export interface ShownHead {
  experiment: { name: string };
  log: readonly CurveEpoch[];
  /** Whether it had been trained before. */
  reused: boolean;
}

/** The options of `trainOrLoad` that show and interrupt a training, and `finish`, to be called with the head. */
export interface LiveTraining {
  signal: AbortSignal;
  onEpoch(entry: CurveEpoch): void;
  finish(head: ShownHead): void;
}

/** The same for `trainOrLoadAll`. */
export interface LiveTrainings {
  signal: AbortSignal;
  onEpoch(experiment: { name: string }, entry: CurveEpoch): void;
  finish(heads: readonly ShownHead[]): void;
}

/**
 * A chart below the running cell that grows with every epoch of one head's training, and the signal that interrupts it
 * (the best head so far is then kept; running the cell again goes on from there):
 *
 *     const live = liveTraining(name, settings);
 *     const head = await trainOrLoad(experimentNamed(name), data, settings, project, live);
 *     live.finish(head);
 */
export function liveTraining(name: string, settings: { maxEpochs: number }): LiveTraining {
  const { signal, onEpoch, finish } = liveTrainings(name, settings);
  return {
    signal,
    onEpoch: (entry) => onEpoch({ name }, entry),
    finish: (head) => finish([head]),
  };
}

/** `liveTraining` for heads that are trained side by side, under a title such as "28 experiments". */
export function liveTrainings(title: string, settings: { maxEpochs: number }): LiveTrainings {
  const started = Date.now();
  const chart = liveChart(title, settings);
  return {
    signal: interruptSignal(),
    onEpoch: ({ name }, entry) => chart.epoch(name, entry),
    finish: (heads) => chart.finish(summary(heads, (Date.now() - started) / 1000)),
  };
}

/** For example "20 epochs in 4 s, loss 0.1016, best exact match 0.3268 in epoch 12". */
function summary(heads: readonly ShownHead[], seconds: number): string {
  const fresh = heads.filter(({ reused }) => !reused);
  const epochs = Math.max(...heads.map(({ log }) => log.length));
  const time = fresh.length === 0 ? "(trained before)" : `in ${duration(seconds)}`;
  const some =
    fresh.length > 0 && fresh.length < heads.length
      ? ` (${fresh.length} heads trained, the others before)`
      : "";
  const best = describeBest(new Map(heads.map(({ experiment, log }) => [experiment.name, log])));
  return `${heads.length === 1 ? "" : "up to "}${epochs} epochs ${time}${some}, ${best}`;
}
