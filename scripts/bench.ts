/**
 * Measure the project beside PyTorch and write the ratios to scripts/bench/results.md: `npm run bench -- --help`.
 *
 * Rows of parts that were not run, or ran on another processor, stay as they are.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { writeFileAtomic } from "../lib/files/atomic";
import { busyReason, checkAtRest, checkIdle, idleText } from "./bench/idle";
import {
  partsOf,
  readOptions,
  USAGE,
  UsageError,
  type Options,
  type PartName,
} from "./bench/options";
import { benchEnvironment, benchPython, pythonOf, reference, type Row } from "./bench/part";
import { largePages, program, setupEnvironment } from "./environment.mjs";

const results = "scripts/bench/results.md";
const title = `# Measured beside PyTorch

Written by \`npm run bench\`. Ratios are ours / PyTorch's of runs in turns on one machine: smallest – median – largest.
Both run with large memory pages, as the notebooks' kernel does (\`largePages\` in scripts/environment.mjs); where a
section says so, PyTorch without.
`;
const head = ["measured", "unit", "ours", "PyTorch", "ratio", "goal", "", "note"];

/** The rows a part prints, and the code it ends with. Its stderr goes to the terminal. */
function runPart(
  part: PartName,
  options: readonly string[],
): Promise<{ rows: Row[]; code: number | null }> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["--require", "./scripts/bench/load.cjs", `scripts/bench/${part}.ts`, ...options],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, ...largePages, TF_CPP_MIN_LOG_LEVEL: "2" }, // as the notebooks' kernel has them
      },
    );
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.on("close", (code) => {
      const lines = text.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
      resolve({ rows: lines.map((line) => JSON.parse(line) as Row), code });
    });
  });
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]): number => {
  const ordered = sorted(values);
  const middle = (ordered.length - 1) / 2;
  return (ordered[Math.floor(middle)] + ordered[Math.ceil(middle)]) / 2;
};
const digits = (value: number): string =>
  value.toLocaleString("en-GB", { maximumSignificantDigits: 3 });

/** "met", "missed", or nothing where there is no goal: the median of the ratios (or of ours) against it. */
function verdict({ ours, goal }: Row, ratios: readonly number[] | undefined): string {
  const [, sign, limit, times] = /([≤≥])\s*([\d.]+)(\s*×)?/.exec(goal ?? "") ?? [];
  if (!sign) return "";
  const value = median(times && ratios ? ratios : ours);
  return (sign === "≤" ? value <= Number(limit) : value >= Number(limit)) ? "met" : "missed";
}

function cells(row: Row): string[] {
  const { what, unit, ours, pytorch, goal = "", note = "" } = row;
  const ratios =
    pytorch && ours.map((value, i) => value / pytorch[Math.min(i, pytorch.length - 1)]);
  const spread = ratios
    ? [sorted(ratios)[0], median(ratios), sorted(ratios)[ratios.length - 1]].map(digits).join(" – ")
    : "";
  const theirs = pytorch ? digits(median(pytorch)) : "";
  return [what, unit, digits(median(ours)), theirs, spread, goal, verdict(row, ratios), note];
}

const processor = cpus()[0]
  .model.replace(/\(R\)| Processor/g, "")
  .trim();

const output = (command: string, ...given: string[]): string =>
  spawnSync(command, given, { encoding: "utf8" }).stdout?.trim() ?? "";

/** What it ran on: processors, memory, versions, day, code. */
function machine(options: Options): string {
  const torch = output(
    pythonOf(options),
    "-c",
    "import torch; print('PyTorch', torch.__version__)",
  );
  const tensorflow = JSON.parse(
    readFileSync("node_modules/@tensorflow/tfjs-node-gpu/package.json", "utf8"),
  ).version as string;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const day = new Date().toISOString().slice(0, 10);
  const changed = output("git", "status", "--porcelain", "--", "lib", "scripts", `:!${results}`);
  const commit = output("git", "rev-parse", "--short", "HEAD") || "unknown";
  return (
    `${cpus().length} × ${processor}, ${memory}; Node ${process.versions.node}, tfjs-node ${tensorflow}, ` +
    `${torch || "no PyTorch"}; ${day}, code ${commit}${changed ? " with changes" : ""}`
  );
}

/** The file's sections by part and processor, without its title. */
function readSections(): Map<string, string> {
  const text = existsSync(results) ? readFileSync(results, "utf8") : "";
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split("\n")[0].trim(), section.trimEnd()]),
  );
}

async function save(part: PartName, rows: readonly Row[], ranOn: string): Promise<void> {
  const line = (values: readonly string[]): string =>
    `| ${values.map((value) => value.replace(/\|/g, "\\|")).join(" | ")} |`;
  const table = [line(head), line(head.map(() => "---")), ...rows.map((row) => line(cells(row)))];
  const name = `${part} on ${processor}`;
  const sections = readSections().set(name, `${name}\n\n${ranOn}\n\n${table.join("\n")}`);
  const ordered = [...sections]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, section]) => `## ${section}\n`);
  await writeFileAtomic(results, [title, ...ordered].join("\n"));
}

/** Make the Python environment that the programs to compare with need. Throws if a step fails. */
function setUp(): void {
  // open_clip_torch is there for its file of CLIP's vocabulary; what it depends on is not needed for that.
  for (const [command, ...given] of [
    [program("python"), "-m", "venv", "--clear", benchEnvironment],
    [benchPython, "-m", "pip", "install", "--retries", "1", "-r", `${reference}/requirements.txt`],
    [benchPython, "-m", "pip", "install", "--no-deps", "open_clip_torch==3.3.0"],
  ]) {
    const { status, error } = spawnSync(command, given, {
      stdio: "inherit",
      env: setupEnvironment(),
    });
    if (status !== 0)
      throw new Error(
        `${[command, ...given].join(" ")} ${error ? `could not start: ${error.message}` : `ended with ${status}`}`,
      );
  }
}

/** Why results of these options are for looking at only; null if they may be kept. */
function notKept(options: Options): string | null {
  if (options.quick) return "--quick is for looking at only";
  if (options.data) return "--data is for looking at only";
  const usual = readOptions([]);
  const smaller = (["rows", "photos", "titles", "seconds"] as const).find(
    (name) => options[name] < usual[name],
  );
  return smaller ? `--${smaller} below the usual ${usual[smaller]} is for looking at only` : null;
}

async function measure(options: Options): Promise<void> {
  const failed: string[] = [];
  let before = notKept(options) ? await checkIdle() : await checkAtRest();
  const first = before;
  for (const part of partsOf(options)) {
    process.stderr.write(`\n${part}\n`);
    const { rows, code } = await runPart(part, options.given);
    const checks = { first, before, after: await checkIdle() };
    before = checks.after;
    if (rows.length > 0)
      console.table(
        rows.map((row) =>
          Object.fromEntries(cells(row).map((value, i) => [head[i] || "goal is", value])),
        ),
      );
    console.log(idleText(checks));
    const reason = notKept(options) ?? busyReason(checks);
    if (code !== 0) failed.push(`the part ${part} ended with ${code}: its rows were not written`);
    else if (reason !== null) console.log(`Not written to ${results}: ${reason}`);
    else {
      await save(part, rows, `${machine(options)}; ${idleText(checks)}`);
      console.log(`Written to ${results}`);
    }
  }
  if (failed.length > 0) throw new Error(failed.join("; "));
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) console.log(USAGE);
  else if (options.setup) setUp();
  else await measure(options);
}

main().catch((error: Error) => {
  console.error(`bench: ${error.message}`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
