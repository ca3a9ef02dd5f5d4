/** What the benchmark measures and how it is told what to do: its parts, its options, its help. */
import { parseArgs } from "node:util";

interface Part {
  about: string;
  /** Roughly, on two cores; with PyTorch's share. */
  time: string;
  memory: string;
}

/** Each is a program of its own, `scripts/bench/<part>.ts`. */
export const parts = {
  heads: { about: "training one head, an epoch: four experiments", time: "10 min", memory: "8 GB" },
  linear14: {
    about: "training the 14 linear experiments in one pass, an epoch",
    time: "15 min",
    memory: "8 GB",
  },
  all28: {
    about: "training all 28 experiments in one pass, an epoch",
    time: "30 min",
    memory: "10 GB",
  },
  scores: { about: "scores after 3, 10 and 30 epochs", time: "10 min", memory: "4 GB" },
  features: {
    about: "embeddings from disk to tensors: time and memory",
    time: "5 min",
    memory: "4 GB",
  },
  predictions: {
    about: "28 submissions for the 135,489 test photos",
    time: "2 min",
    memory: "3 GB",
  },
  embed: { about: "photos and titles through CLIP ViT-B/32", time: "5 min", memory: "3 GB" },
  titles: { about: "titles alone through CLIP's text tower", time: "5 min", memory: "3 GB" },
  search: {
    about: "the nearest of 800,000 embeddings, beside NumPy too",
    time: "2 min",
    memory: "4 GB",
  },
  quantised: {
    about: "what 8-bit embeddings cost in scores, on the sample",
    time: "3 min",
    memory: "2 GB",
  },
} satisfies Record<string, Part>;
export type PartName = keyof typeof parts;
const partNames = Object.keys(parts) as PartName[];

/** All of the paper's photos with 1 to 5 tags. */
export const ALL_ROWS = 608_500;

const flag = { type: "boolean" } as const;
const text = { type: "string" } as const;
const optionTypes = {
  help: flag,
  setup: flag,
  quick: flag,
  keep: flag,
  python: text,
  data: text,
  rows: text,
  rounds: text,
  "score-rows": text,
  "score-epochs": text,
  seeds: text,
  photos: text,
  titles: text,
  seconds: text,
  dtypes: text,
} as const;
const optionNames = Object.keys(optionTypes).map((name) => `--${name}`);

const partLines = partNames.map((name) => {
  const { about, time, memory } = parts[name];
  return `  ${name.padEnd(12)} ${about.padEnd(58)} ${time.padStart(6)} ${memory.padStart(6)}`;
});

export const USAGE = `Usage: npm run bench -- [part …] [options]

Measures the project beside PyTorch, in turns on this machine, and writes scripts/bench/results.md. Parts, with what they
take on two cores (about; all of them by default, an hour and a half):

${partLines.join("\n")}

  --setup              make the Python environment with PyTorch, in .cache/bench-python (1.3 GB), and do nothing else
  --python PROGRAM     another interpreter that has scripts/bench/reference/requirements.txt (or BENCH_PYTHON)
  --quick              small data, few rounds: to see that it works. Printed, not written
  --rows N             rows of the data for training (${ALL_ROWS}; --quick: 20000)
  --data FOLDER        X.npy, Y.npy and ids.npy that are there already
  --rounds N           heads, linear14, all28, embed, search: rounds (3)
  --score-rows N, --score-epochs N, --seeds N    scores: rows (60000), epochs (30), seeds (3)
  --photos N, --titles N    embed: photos (256); titles: titles (20000)
  --seconds N          embed, titles: how long PyTorch's loop runs (10)
  --dtypes fp32,q8     embed, titles: which forms of CLIP
  --keep               features: keep the shards (2.5 GB in data/bench-features)
  --help

Sizes below the usual are printed, not written. The data are made at first use, in .cache/bench (2.6 GB): features with made-up noise for the competition's labels where
they are (npm run release), else for tag sets drawn with their frequencies; for embed and titles a CLIP with random weights
(data/models/bench-clip, 1.4 GB). Parts embed and quantised need the sample
(npm start). Results are written only if the machine was idle before and after; otherwise they are shown, with the reason.
Ends with 0 when all parts ran, 1 if one failed, 2 if the command line is wrong.`;

/** A command line that is wrong. */
export class UsageError extends Error {}

export interface Options {
  parts: PartName[];
  help: boolean;
  setup: boolean;
  quick: boolean;
  keep: boolean;
  python?: string;
  data?: string;
  dtypes: ("fp32" | "q8")[];
  /** Rows of the data for training. */
  rows: number;
  rounds: number;
  scoreRows: number;
  scoreEpochs: number;
  seeds: number;
  photos: number;
  titles: number;
  seconds: number;
  /** The options as they were given, without the parts. */
  given: string[];
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: optionTypes,
      allowPositionals: true,
      tokens: true,
    });
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split(". ")[0]}. Options are ${optionNames.join(", ")}`,
    );
  }
}

/** The options of a command line. Throws UsageError, naming what there is, for an unknown part or option or a wrong value. */
export function readOptions(args: readonly string[] = process.argv.slice(2)): Options {
  const { values, positionals, tokens } = parse(args);
  const unknown = positionals.find((part) => !(part in parts));
  if (unknown !== undefined)
    throw new UsageError(`there is no part "${unknown}". Parts are ${partNames.join(", ")}`);
  const { help = false, setup = false, quick = false, keep = false, python, data } = values;
  const count = (name: keyof typeof values, usual: number, quickly = usual): number => {
    const value = Number(values[name] ?? (quick ? quickly : usual));
    if (!Number.isInteger(value) || value < 1)
      throw new UsageError(`--${name} takes a whole number from 1, not "${values[name]}"`);
    return value;
  };
  const dtypes = (values.dtypes ?? "fp32,q8").split(",");
  const odd = dtypes.find((dtype) => dtype !== "fp32" && dtype !== "q8");
  if (odd !== undefined) throw new UsageError(`--dtypes takes fp32, q8 or fp32,q8, not "${odd}"`);
  const rows = count("rows", ALL_ROWS, 20_000);
  if (rows > ALL_ROWS) throw new UsageError(`--rows: there are ${ALL_ROWS} at most`);
  return {
    parts: positionals as PartName[],
    help,
    setup,
    quick,
    keep,
    python,
    data,
    dtypes: dtypes as Options["dtypes"],
    rows,
    rounds: count("rounds", 3, 1),
    scoreRows: count("score-rows", 60_000, 20_000),
    scoreEpochs: count("score-epochs", 30, 3),
    seeds: count("seeds", 3, 1),
    photos: count("photos", 256, 64),
    titles: count("titles", 20_000, 2000),
    seconds: count("seconds", 10, 5),
    given: tokens.flatMap((token) =>
      token.kind !== "option"
        ? []
        : [`--${token.name}${token.value === undefined ? "" : `=${token.value}`}`],
    ),
  };
}

/** Which parts are to run: those named, or all. */
export const partsOf = ({ parts: named }: Options): PartName[] =>
  named.length > 0 ? [...new Set(named)] : partNames;
