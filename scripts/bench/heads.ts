/**
 * Training beside PyTorch at the paper's size: time an epoch, scores, and all experiments in one pass.
 *
 *     npm run bench -- heads --data FOLDER [--python PYTHON] [--reference FOLDER] [--quick]
 *         [--rounds 3] [--together 1] [--kind linear] [--score-rows 60000] [--seeds 3] [--score-epochs 30]
 *
 * The data are what make_features.py wrote; the reference folder has torch_heads.py. Times are of all rows, ours and
 * PyTorch's in turns, training and validation apart. Scores after 3, 10 and 30 epochs are of the first --score-rows rows
 * (a tenth; 0 for none), with --seeds seeds each. --kind linear trains only the linear experiments together.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic";
import { experimentNamed, experiments, type Experiment } from "../../lib/experiments";
import { npyBytes } from "../../lib/npy";
import { tf } from "../../lib/tfjs";
import { paperSettings, trainAll, trainHead, type EpochLog } from "../../lib/train";
import type { TrainingData } from "../../lib/training-data";
import { paperScaleData, readLabels, rowsOfX } from "./paper-data";
import { readOptions, report, requirePython, runPython, say, type Row } from "./part";

const options = readOptions(), { others, quick } = options, program = "torch_heads.py";
const folder = others.data || "../shared/bench/features";
const number = (name: string, usual: number, quickly: number): number => Number(others[name] ?? (quick ? quickly : usual));
const timed = ["linear-img-txt-loc", "linear-img-txt-loc-mixup", "mlp-img-txt-loc", "mlp-img-txt-loc-mixup"];

/** torch_heads.py's line for each epoch. */
interface TorchEpoch {
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

const torch = (data: string, name: string, epochs: number, seed = 42): TorchEpoch[] =>
  runPython(options, program, "--data", data, "--experiment", name, "--epochs", String(epochs), "--seed", String(seed));

/** PyTorch's time for the training half of its second epoch (the first warms up). */
function torchTime(name: string): Time {
  const [, { train_s: wall, train_cpu_s: cpu }] = torch(folder, name, 2);
  return { wall, cpu };
}

/** Ours for the second epoch of training these heads together. Without validation rows only training is timed. */
async function ourTime(chosen: readonly Experiment[], data: TrainingData): Promise<Time> {
  const blind = { ...data, validationRows: new Int32Array(0), validationLabels: new Uint8Array(0) };
  let started = 0, cpu: NodeJS.CpuUsage = process.cpuUsage(), time: Time = { wall: 0, cpu: 0 };
  const heads = await trainAll(chosen, blind, ({ kind }) => ({ ...paperSettings(kind), maxEpochs: 2 }), {
    onEpoch: (head, { epoch }) => {
      if (head !== chosen[chosen.length - 1]) return;
      const used = process.cpuUsage(cpu);
      if (epoch === 1) time = { wall: (performance.now() - started) / 1000, cpu: (used.user + used.system) / 1e6 };
      [started, cpu] = [performance.now(), process.cpuUsage()];
    },
  });
  tf.dispose(heads.map(({ weights }) => weights));
  return time;
}

const collect = (what: string, times: { ours: Time; pytorch: Time }[], goal: string, note?: string): Row[] =>
  (["wall", "cpu"] as const).map((key) => ({
    what: `${what}: ${key === "wall" ? "wall" : "CPU"} time an epoch`, unit: "s", goal, note,
    ours: times.map(({ ours }) => ours[key]), pytorch: times.map(({ pytorch }) => pytorch[key]),
  }));

async function timeEach(data: TrainingData): Promise<void> {
  for (const name of timed) {
    const times: { ours: Time; pytorch: Time }[] = [];
    for (let round = 0; round < number("rounds", 3, 1); round++) {
      times.push({ pytorch: torchTime(name), ours: await ourTime([experimentNamed(name)], data) });
      say(`  ${name} ${JSON.stringify(times[round])}`);
    }
    collect(name, times, "≤ 1.0 ×").forEach(report);
  }
}

/** All experiments in one pass, against the sum of PyTorch's for one after the other. */
async function timeTogether(data: TrainingData): Promise<void> {
  const linear = experiments.filter(({ kind }) => kind === "linear"), sum = (times: Time[]): Time =>
    times.reduce((a, b) => ({ wall: a.wall + b.wall, cpu: a.cpu + b.cpu }), { wall: 0, cpu: 0 });
  const rounds: Record<"linear" | "all", { ours: Time; pytorch: Time }[]> = { linear: [], all: [] };
  const all = others.kind === "linear" ? [] : experiments;
  for (let round = 0; round < number("together", 1, 0); round++) {
    const theirs = new Map([...new Set([...linear, ...all])].map(({ name }) => [name, torchTime(name)]));
    rounds.linear.push({ pytorch: sum(linear.map(({ name }) => theirs.get(name)!)), ours: await ourTime(linear, data) });
    if (all.length > 0) rounds.all.push({ pytorch: sum([...theirs.values()]), ours: await ourTime(all, data) });
    say(`  together ${JSON.stringify(rounds)}`);
  }
  const note = "PyTorch's: the sum of separate runs";
  if (rounds.linear.length === 0) return;
  collect("the 14 linear experiments in one pass", rounds.linear, "≤ 0.5 ×", note).forEach(report);
  if (all.length > 0) collect("all 28 experiments in one pass", rounds.all, "≤ 0.8 ×", note).forEach(report);
}

/** The first rows of the data, in a folder of their own. */
async function writeSubset(rows: number): Promise<string> {
  const subset = mkdtempSync(join(tmpdir(), "bench-heads-")), { ids, labels, tags } = await readLabels(folder);
  const n = Math.min(rows, ids.length), X = new Float32Array(n * 1026);
  for await (const { from, rows: part } of rowsOfX(folder, ids.length)) {
    if (from >= n) break;
    X.set(part.subarray(0, (n - from) * 1026), from * 1026);
  }
  await writeFileAtomic(join(subset, "X.npy"), npyBytes(X, [n, 1026]));
  writeFileSync(join(subset, "Y.npy"), npyBytes(labels.subarray(0, n * tags), [n, tags]));
  writeFileSync(join(subset, "ids.npy"), npyBytes(ids.subarray(0, n), [n]));
  return subset;
}

/** Validation scores after 3, 10 and 30 epochs, each seed with its own split, order and start. */
async function compareScores(): Promise<void> {
  const rows = number("score-rows", 60_000, 20_000), epochs = number("score-epochs", 30, 3);
  if (rows === 0) return;
  const subset = await writeSubset(rows), seeds = Array.from({ length: number("seeds", 3, 1) }, (_, i) => 42 + i);
  for (const name of timed) {
    const chosen = experimentNamed(name), ours: EpochLog[][] = [], theirs: TorchEpoch[][] = [];
    for (const seed of seeds) {
      const data = await paperScaleData(subset, seed);
      const settings = { ...paperSettings(chosen.kind), maxEpochs: epochs, patience: epochs, seed };
      const head = await trainHead(chosen, data, settings);
      ours.push(head.log);
      tf.dispose([head.weights, data.labels, Object.values(data.features)]);
      theirs.push(torch(subset, name, epochs, seed));
      say(`  ${name}, seed ${seed}`);
    }
    for (const epoch of [3, 10, 30].filter((wanted) => wanted <= epochs))
      for (const [score, mine, other] of [["exact match", "valExactMatch", "exact_match"], ["macro F1", "valMacroF1", "macro_f1"]] as const)
        report({ what: `${name}: ${score} after ${epoch} epochs`, unit: `${rows.toLocaleString("en-GB")} rows`,
          ours: ours.map((log) => log[epoch - 1][mine]), pytorch: theirs.map((log) => log[epoch - 1][other]),
          note: `${seeds.length} seeds: ours ${range(ours.map((log) => log[epoch - 1][mine]))}, PyTorch's ` +
            range(theirs.map((log) => log[epoch - 1][other])) });
  }
  rmSync(subset, { recursive: true });
}

const range = (values: number[]): string => `${Math.min(...values).toFixed(4)} to ${Math.max(...values).toFixed(4)}`;

async function main(): Promise<void> {
  requirePython(options, program, ["torch", "numpy"]);
  if (!existsSync(folder)) throw new Error(`${folder} is missing: write it with make_features.py, or name another with --data`);
  const data = await paperScaleData(folder);
  await timeEach(data);
  await timeTogether(data);
  tf.dispose([data.labels, Object.values(data.features)]);
  await compareScores();
}

main().catch((error: Error) => {
  console.error(`heads: ${error.message}`);
  process.exit(1);
});
