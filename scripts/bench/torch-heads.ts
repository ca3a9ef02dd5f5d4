/** What the parts that train heads beside PyTorch share: its program, the data, and the time of an epoch. */
import type { Experiment } from "../../lib/train/experiments";
import { paperSettings, type Settings } from "../../lib/train/settings";
import type { TrainingData } from "../../lib/train/training-data";
import { trainAll } from "../../lib/train/wide/train-all";
import { readOptions } from "./options";
import { featuresFolder, paperScaleData } from "./paper-data";
import { report, requirePython, run, runPython, say, type Row } from "./part";

export const options = readOptions();
const { rounds } = options;
/** The experiments that are timed and scored one by one. */
export const timed = [
  "linear-img-txt-loc",
  "linear-img-txt-loc-mixup",
  "mlp-img-txt-loc",
  "mlp-img-txt-loc-mixup",
];

/** Run a part on a folder of features, once all that it needs is there. */
export function start(part: string, measure: (folder: string) => Promise<void>): void {
  run(part, async () => {
    requirePython(options);
    await measure(await featuresFolder(options));
  });
}

/** torch_heads.py's line for each epoch. */
export interface TorchEpoch {
  epoch: number;
  exact_match: number;
  macro_f1: number;
  train_s: number;
  train_cpu_s: number;
}

interface Time {
  wall: number;
  cpu: number;
}

/** One round. */
interface Times {
  ours: Time;
  pytorch: Time;
}

/** PyTorch's training of one head, epoch by epoch. */
export const torch = (data: string, name: string, epochs: number, seed = 42): TorchEpoch[] =>
  runPython(
    options,
    "torch_heads.py",
    "--data",
    data,
    "--experiment",
    name,
    "--epochs",
    String(epochs),
    "--seed",
    String(seed),
  );

/** PyTorch's time for the training half of its second epoch (the first warms up). */
function torchTime(folder: string, name: string): Time {
  const [, { train_s: wall, train_cpu_s: cpu }] = torch(folder, name, 2);
  return { wall, cpu };
}

/** Ours for the second epoch, as `trainOrLoad` trains. Without validation rows only training is timed. */
async function ourTime(chosen: readonly Experiment[], data: TrainingData): Promise<Time> {
  const blind = { ...data, validationRows: new Int32Array(0), validationLabels: new Uint8Array(0) };
  let started = 0;
  let cpu: NodeJS.CpuUsage = process.cpuUsage();
  let time: Time = { wall: 0, cpu: 0 };
  const lap = (epoch: number): void => {
    const used = process.cpuUsage(cpu);
    if (epoch === 1)
      time = { wall: (performance.now() - started) / 1000, cpu: (used.user + used.system) / 1e6 };
    [started, cpu] = [performance.now(), process.cpuUsage()];
  };
  const settingsOf = ({ kind }: Experiment): Settings => ({ ...paperSettings(kind), maxEpochs: 2 });
  await trainAll(chosen, blind, settingsOf, {
    onEpoch: ({ name }, { epoch }) => {
      if (name === chosen[chosen.length - 1].name) lap(epoch);
    },
  });
  return time;
}

/** Wall and CPU times as rows of the report. */
const collect = (what: string, times: readonly Times[], goal: string, note?: string): Row[] =>
  (["wall", "cpu"] as const).map((key) => ({
    what: `${what}: ${key === "wall" ? "wall" : "CPU"} time an epoch`,
    unit: "s",
    goal,
    note,
    ours: times.map(({ ours }) => ours[key]),
    pytorch: times.map(({ pytorch }) => pytorch[key]),
  }));

/** Time experiments, trained in one pass, against PyTorch's: the sum of one after the other. Reports wall and CPU time. */
export async function timeBeside(
  folder: string,
  data: TrainingData,
  chosen: readonly Experiment[],
  { what, goal, note }: { what: string; goal: string; note?: string },
): Promise<void> {
  const times: Times[] = [];
  const sum = (parts: readonly Time[]): Time =>
    parts.reduce((a, b) => ({ wall: a.wall + b.wall, cpu: a.cpu + b.cpu }));
  for (let round = 0; round < rounds; round++) {
    times.push({
      pytorch: sum(chosen.map(({ name }) => torchTime(folder, name))),
      ours: await ourTime(chosen, data),
    });
    say(`  ${what} ${JSON.stringify(times[round])}`);
  }
  collect(what, times, goal, note).forEach(report);
}

/** The same for many experiments, as a part of its own. */
export async function timeTogether(
  folder: string,
  chosen: readonly Experiment[],
  what: string,
  goal: string,
): Promise<void> {
  await timeBeside(folder, await paperScaleData(folder), chosen, {
    what,
    goal,
    note: "PyTorch's: the sum of separate runs",
  });
}
