/**
 * What the parts of the benchmark share: their options, the PyTorch programs they compare with, and how they report.
 *
 * A part is a program `scripts/bench/<part>.ts` that runs in a process of its own, says what it is doing on stderr and
 * prints its measurements on stdout, one `Row` as JSON a line.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export interface Row {
  /** For example "linear-img-txt-loc: wall time an epoch". */
  what: string;
  unit: string;
  /** One number a run. */
  ours: number[];
  /** PyTorch's, measured in turns with ours; missing where the goal is a number of its own. */
  pytorch?: number[];
  /** "≤ 1.0 ×" of PyTorch's, or "≤ 10" in the unit. */
  goal?: string;
  note?: string;
}

export interface Options {
  /** The interpreter that has PyTorch. */
  python: string;
  /** The folder of the PyTorch programs. */
  reference: string;
  /** Fewer runs and epochs: to see that it works, not to quote. */
  quick: boolean;
  /** Where make_features.py wrote features of the paper's size. */
  data: string;
  /** Whatever else was given as `--name value` (or `--name` alone: ""). */
  others: Record<string, string>;
}

/** Options from the command line: `--python`, `--reference`, `--data`, `--quick` and any other. */
export function readOptions(given: readonly string[] = process.argv.slice(2)): Options {
  const others: Record<string, string> = {};
  given.forEach((argument, i) => {
    if (!argument.startsWith("--")) return;
    const [name, value] = argument.slice(2).split("=");
    const next = given[i + 1] ?? "--";
    others[name] = value ?? (next.startsWith("--") ? "" : next);
  });
  const {
    python = process.env.BENCH_PYTHON ?? "python3",
    reference = "../shared/bench",
    data,
    quick,
    ...rest
  } = others;
  return {
    python,
    reference: resolve(reference),
    data: data || "../shared/bench/features",
    quick: quick !== undefined,
    others: rest,
  };
}

/** Report one measurement. */
export function report(row: Row): void {
  console.log(JSON.stringify(row));
}

/** Say what is going on, for whoever waits. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Throws, saying what to do, unless the program is in the reference folder and Python can import its modules. */
export function requirePython(
  { python, reference }: Options,
  program: string,
  modules: readonly string[],
): void {
  const path = join(reference, program);
  if (!existsSync(path))
    throw new Error(
      `${path} is missing: --reference FOLDER names the folder of the PyTorch programs to compare with`,
    );
  const { status } = spawnSync(python, ["-c", `import ${modules.join(", ")}`]);
  if (status === 0) return;
  throw new Error(
    `${python} cannot import ${modules.join(", ")}. Make a scratch environment and name it:\n` +
      `  python3 -m venv bench-python && bench-python/bin/pip install torch==2.13.0 numpy pillow transformers onnx onnxscript\n` +
      `  npm run bench -- --python bench-python/bin/python`,
  );
}

/** Run a part. An error ends the process with a message. */
export function run(part: string, measure: () => Promise<void>): void {
  measure().catch((error: Error) => {
    console.error(`${part}: ${error.message}`);
    process.exit(1);
  });
}

/** Run a program of the reference folder to its end; what it printed on stdout, as JSON lines. */
export function runPython<T>(
  { python, reference }: Options,
  program: string,
  ...given: string[]
): T[] {
  const { status, stdout } = spawnSync(python, [join(reference, program), ...given], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, GLIBC_TUNABLES: "" }, // as anybody runs it
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${program} ${given.join(" ")} ended with ${status}`);
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as T);
}
