/** The command line of `npm run embed`. */
import { parseArgs } from "node:util";
import type { ClipDtype } from "../../lib/clip/clip-files";
import { openProject, projectOf, type Split } from "../../lib/project";

export const EMBED_USAGE = `Usage: npm run embed -- [options]

  --dataset NAME       folder in data/ (default: the environment variable DATASET, else mini-geograph)
  --split train|test   default: both
  --shard K            only shard K, counted from 0; may be repeated. Needs --split
  --shards A-B         only these, such as 0-9 or 0-3,8. Needs --split
  --encoder NAME       mini-clip, a hub name or a folder (default: ENCODER, else the dataset's own)
  --dtype fp32|q8      default: fp32
  --device cpu|cuda    default: cpu
  --workers N          processes, each with its own copy of the encoder (default: one for each core)
  --rows-per-shard N   default: 10000; must be the same in all runs on one split
  --photos now|later   later: titles alone; photos join them in the same shards another time (default: now)
  --retry-failed       try photos that failed in finished shards again
  --log-every SECONDS  between lines of progress when the output is no terminal (default: 30)
  --list               only say which shards there are and whether they are finished
  --json               with --list: one JSON object a split
  --help

Finished shards are kept, so that the same command can be given again at any time, on several machines at once.
Ends with 0 when all is done, 1 after an error, 2 if the options are wrong, 130 when interrupted (SIGINT or SIGTERM).`;

/** Options that cannot be understood; the command ends with exit code 2. */
export class UsageError extends Error {}

export interface EmbedCommand {
  dataset: string;
  splits: Split[];
  encoder: string;
  dtype: ClipDtype;
  device: "cpu" | "cuda";
  /** All if undefined. */
  shards?: number[];
  workers?: number;
  rowsPerShard?: number;
  photos: "now" | "later";
  retryFailed: boolean;
  /** Seconds. */
  logEvery: number;
  list: boolean;
  json: boolean;
  help: boolean;
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const OPTIONS = {
  dataset: text,
  split: text,
  shard: { ...text, multiple: true },
  shards: text,
  encoder: text,
  dtype: text,
  device: text,
  workers: text,
  "rows-per-shard": text,
  photos: text,
  "retry-failed": flag,
  "log-every": text,
  list: flag,
  json: flag,
  help: flag,
} as const;

function oneOf<T extends string>(
  name: string,
  value: string | undefined,
  allowed: readonly T[],
  otherwise: T,
): T {
  if (value === undefined) return otherwise;
  if ((allowed as readonly string[]).includes(value)) return value as T;
  throw new UsageError(`--${name} must be ${allowed.join(" or ")}, not "${value}"`);
}

function whole(name: string, value: string, least: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && Number.isSafeInteger(number)) return number;
  throw new UsageError(`--${name} must be a whole number from ${least} on, not "${value}"`);
}

/** "0-3,8" → [0, 1, 2, 3, 8]. */
function shardRange(range: string): number[] {
  return range.split(",").flatMap((part) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    const first = Number(match?.[1]);
    const count = Number(match?.[2] ?? first) - first + 1;
    if (!(count >= 1 && count <= 1e6))
      throw new UsageError(`--shards must be like 0-9 or 0-3,8, not "${range}"`);
    return Array.from({ length: count }, (_, i) => first + i);
  });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** What the command line asks for. Throws a UsageError that names the option. */
export function embedCommand(args: readonly string[]): EmbedCommand {
  const given = parse(args);
  const number = (name: "workers" | "rows-per-shard" | "log-every"): number | undefined => {
    const value = given[name];
    return value === undefined ? undefined : whole(name, value, 1);
  };
  const asked = [
    ...(given.shard ?? []).map((value) => whole("shard", value, 0)),
    ...shardRangeOrNone(given.shards),
  ];
  if (asked.length > 0 && !given.split)
    throw new UsageError("--shard and --shards need --split train or --split test");
  if (given.json && !given.list) throw new UsageError("--json goes with --list");
  const { dataset, encoder } = given.dataset
    ? projectOf(given.dataset, process.env.ENCODER?.trim() || undefined)
    : openProject();
  return {
    dataset,
    splits: given.split
      ? [oneOf("split", given.split, ["train", "test"], "train")]
      : ["train", "test"],
    encoder: given.encoder ?? encoder,
    dtype: oneOf("dtype", given.dtype, ["fp32", "q8"], "fp32"),
    device: oneOf("device", given.device, ["cpu", "cuda"], "cpu"),
    shards: asked.length > 0 ? [...new Set(asked)].sort((a, b) => a - b) : undefined,
    workers: number("workers"),
    rowsPerShard: number("rows-per-shard"),
    photos: oneOf("photos", given.photos, ["now", "later"], "now"),
    retryFailed: given["retry-failed"],
    logEvery: number("log-every") ?? 30,
    list: given.list,
    json: given.json,
    help: given.help,
  };
}

const shardRangeOrNone = (range: string | undefined): number[] =>
  range === undefined ? [] : shardRange(range);
