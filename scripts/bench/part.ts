/**
 * What the parts of the benchmark share: how they run PyTorch's programs, and how they report.
 *
 * A part is a program `scripts/bench/<part>.ts` that runs in a process of its own, says what it is doing on stderr and
 * prints its measurements on stdout, one `Row` as JSON a line.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { largePages, windows } from "../environment.mjs";
import type { Options } from "./options";

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

/** The programs to compare with, and what they need. */
export const reference = "scripts/bench/reference";
/** Where `npm run bench -- --setup` makes the Python environment, and its interpreter. */
export const benchEnvironment = ".cache/bench-python";
export const benchPython = join(benchEnvironment, windows ? "Scripts/python.exe" : "bin/python");

/** The interpreter with PyTorch: the one named, else that of `--setup`. */
export const pythonOf = ({ python }: Pick<Options, "python">): string =>
  python || process.env.BENCH_PYTHON || benchPython;

/** Report one measurement. */
export function report(row: Row): void {
  console.log(JSON.stringify(row));
}

/** Say what is going on, for whoever waits. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Throws, saying what to do, unless Python can import these modules. */
export function requirePython(
  options: Pick<Options, "python">,
  modules: readonly string[] = ["torch", "numpy"],
): void {
  const python = pythonOf(options);
  if (spawnSync(python, ["-c", `import ${modules.join(", ")}`]).status === 0) return;
  const made = python === benchPython;
  throw new Error(
    made && !existsSync(python)
      ? "the Python environment with PyTorch is missing: npm run bench -- --setup makes it, in .cache/bench-python " +
          "(1.3 GB), or name one with --python"
      : `${python} cannot import ${modules.join(", ")}: ` +
          (made
            ? "npm run bench -- --setup makes the environment again"
            : `${python} -m pip install -r ${reference}/requirements.txt`),
  );
}

/** Run a part. An error ends the process with a message. */
export function run(part: string, measure: () => Promise<void>): void {
  measure().catch((error: Error) => {
    console.error(`${part}: ${error.message}`);
    process.exit(1);
  });
}

/** Run a program of the reference folder to its end, with large pages as ours; what it printed, as JSON lines. */
export function runPython<T>(
  options: Pick<Options, "python">,
  program: string,
  ...given: string[]
): T[] {
  const { status, stdout } = spawnSync(pythonOf(options), [join(reference, program), ...given], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...largePages },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${program} ${given.join(" ")} ended with ${status}`);
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as T);
}
