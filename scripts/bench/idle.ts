/** Whether the machine is idle enough to measure on. */
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";

/** Below this share of its cores' time, somebody else is at work. */
export const LEAST_SHARE = 0.95;
/** Load of the last minute for each core above which somebody else is, or has just been, at work. */
export const MOST_LOAD = 0.5;

export interface Check {
  /** Average number of processes at work in the last minute; 0 on Windows, which does not count them. */
  load: number;
  /** Share of all cores' time that a spinning thread on each got. */
  share: number;
}

const spinner = `
const { parentPort, workerData } = require("node:worker_threads");
parentPort.postMessage("spinning");
while (Atomics.load(workerData, 0) === 0);
`;

/** Spin on all cores for some milliseconds and see how much processor time that got. */
export async function checkIdle(milliseconds = 1000): Promise<Check> {
  const [load] = loadavg();
  const cores = availableParallelism();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const threads = Array.from(
    { length: cores },
    () => new Worker(spinner, { eval: true, workerData: stop }),
  );
  try {
    await Promise.all(
      threads.map(
        (thread) =>
          new Promise((spins, fails) => thread.once("message", spins).once("error", fails)),
      ),
    );
    const start = performance.now();
    const before = process.cpuUsage();
    await pause(milliseconds);
    const { user, system } = process.cpuUsage(before);
    const wall = (performance.now() - start) * cores;
    return { load, share: Math.min(1, (user + system) / 1000 / wall) };
  } finally {
    Atomics.store(stop, 0, 1);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

/** `checkIdle` once the load has fallen, waiting for at most some seconds: what made it may have ended just now. */
export async function checkAtRest(seconds = 180): Promise<Check> {
  const most = MOST_LOAD * availableParallelism();
  const end = Date.now() + seconds * 1000;
  while (loadavg()[0] > most && Date.now() < end) {
    process.stderr.write(`Waiting for the load to fall: ${loadavg()[0].toFixed(1)}\n`);
    await pause(15_000);
  }
  return checkIdle();
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** As the results say it. */
export const idleText = ({ before, after }: Checks): string =>
  `load ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after; a spin on all cores got ` +
  `${percent(before.share)} of their time before, ${percent(after.share)} after`;

export interface Checks {
  /** Before the first part. */
  first: Check;
  before: Check;
  after: Check;
}

/**
 * Why a measurement between two checks is not to be kept; null if the machine was idle. The load counts before the first
 * part only: later it is the benchmark's own.
 */
export function busyReason(
  { first, before, after }: Checks,
  cores = availableParallelism(),
): string | null {
  if (first.load > MOST_LOAD * cores)
    return `the load was ${first.load.toFixed(1)} before the first part; at most ${MOST_LOAD * cores} on ${cores} cores is idle`;
  const [when, least] =
    before.share <= after.share ? ["before", before.share] : ["after", after.share];
  if (least < LEAST_SHARE)
    return `others took processor time: a spin on all cores got ${percent(least)} of it ${when} the part, ${percent(LEAST_SHARE)} is idle`;
  return null;
}
