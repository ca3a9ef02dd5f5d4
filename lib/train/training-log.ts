import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "../files/atomic";
import type { EpochScores } from "./metrics";
import type { Settings } from "./settings";

/** One line of a training log; the scores are those after the epoch. */
export interface EpochLog extends EpochScores {
  /** From 0. */
  epoch: number;
  learningRate: number;
  /** Mean over the epoch's batches, each with the weights before its step. */
  trainLoss: number;
}

/**
 * The epoch whose weights are kept: the one with the highest validation exact match, the first of equals; the last one of
 * all if that never rose above 0. The log must have one.
 *
 * The original keeps no head while the exact match is 0 and reports F1 0 for it. The first epoch's head, hardly trained,
 * would be no better than chance; the last one's says what there is to say, and can be looked at.
 *
 * ```ts
 * const logOf = (matches) => matches.map((valExactMatch, epoch) => ({ epoch, valExactMatch }));
 * bestEpoch(logOf([0.1, 0.3, 0.2, 0.3])).epoch; // → 1
 * bestEpoch(logOf([0, 0, 0])).epoch; // → 2
 * ```
 */
export function bestEpoch<Entry extends Pick<EpochLog, "valExactMatch">>(
  log: readonly Entry[],
): Entry {
  const highest = firstHighest(log);
  return highest.valExactMatch > 0 ? highest : log[log.length - 1];
}

/** The first of the epochs with the highest exact match, 0 or not: what patience counts from. */
function firstHighest<Entry extends Pick<EpochLog, "valExactMatch">>(log: readonly Entry[]): Entry {
  return log.reduce((best, entry) => (entry.valExactMatch > best.valExactMatch ? entry : best));
}

/**
 * Whether a training with this log is done: no epochs left, or `patience` of them without a better exact match.
 *
 * ```ts
 * const log = [0.1, 0.3, 0.2, 0.3].map((valExactMatch, epoch) => ({ epoch, valExactMatch }));
 * isFinished(log, { maxEpochs: 200, patience: 2 }); // → true
 * isFinished(log, { maxEpochs: 200, patience: 3 }); // → false
 * ```
 */
export function isFinished(
  log: readonly Pick<EpochLog, "epoch" | "valExactMatch">[],
  { maxEpochs, patience }: Pick<Settings, "maxEpochs" | "patience">,
): boolean {
  if (log.length === 0) return maxEpochs <= 0;
  return log.length >= maxEpochs || log.length - 1 - firstHighest(log).epoch >= patience;
}

/** An epoch's line with the time it took. */
export interface LoggedEpoch extends EpochLog {
  /** Wall-clock time of the epoch with its validation. Heads that are trained together have the same. */
  seconds: number;
}

/** The columns of a log after the experiment's name, in order, and what they are called in the file. */
const columns: Record<keyof LoggedEpoch, string> = {
  epoch: "epoch",
  learningRate: "learning_rate",
  trainLoss: "train_loss",
  valExactMatch: "val_exact_match",
  valMacroF1: "val_macro_f1",
  seconds: "seconds",
};
const keys = Object.keys(columns) as (keyof LoggedEpoch)[];
const header = ["experiment", ...Object.values(columns)].join(",");

const logPath = (name: string, { logs }: { logs: string }): string => `${logs}/${name}.csv`;

/**
 * Write an experiment's log as `<experiment>.csv`, a row an epoch. Every row names the experiment, so that logs can be
 * put one below the other. The file is replaced as a whole: nobody ever reads half a line.
 */
export async function writeLog(
  name: string,
  log: readonly LoggedEpoch[],
  folders: { logs: string },
): Promise<void> {
  const rows = log.map((epoch) => [name, ...keys.map((key) => epoch[key])].join(","));
  await writeFileAtomic(logPath(name, folders), [header, ...rows, ""].join("\n"));
}

/** The training log of an experiment. Throws, naming file and line, if it is missing or not a log of it. */
export async function loadLog(name: string, folders: { logs: string }): Promise<LoggedEpoch[]> {
  const path = logPath(name, folders);
  if (!existsSync(path))
    throw new Error(`${path} is missing: train ${name} first, in one of the notebooks 03 to 06`);
  const [first, ...lines] = (await readFile(path, "utf8")).trim().split("\n");
  const again = `delete it and train ${name} again`;
  if (first !== header) throw new Error(`${path}: its first line should be "${header}"; ${again}`);
  return lines.map((line, i) => {
    const [experiment, ...values] = line.split(",");
    if (
      experiment !== name ||
      values.length !== keys.length ||
      values.some((value) => value === "" || isNaN(+value))
    )
      throw new Error(
        `${path}: line ${i + 2} is not an epoch of ${name} ("${line.slice(0, 80)}"); ${again}`,
      );
    return Object.fromEntries(
      keys.map((key, column) => [key, +values[column]]),
    ) as unknown as LoggedEpoch;
  });
}

/** Whether there is a log of this experiment, in the present form. */
export async function hasLog(name: string, folders: { logs: string }): Promise<boolean> {
  const path = logPath(name, folders);
  return existsSync(path) && (await readFile(path, "utf8")).startsWith(`${header}\n`);
}
