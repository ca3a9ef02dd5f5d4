/**
 * Measure the project beside PyTorch and write the ratios to scripts/bench/results.md.
 *
 *     npm run bench -- [part …] [--python PYTHON] [--reference FOLDER] [--quick] [options of a part]
 *
 * A part is a program in scripts/bench/ (see part.ts there); without any, all are run. Rows of parts that were not run,
 * or ran on another processor, stay as they are. Nothing is downloaded: PyTorch comes from the interpreter named by --python or BENCH_PYTHON.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { writeFileAtomic } from "../lib/files/atomic";
import { readOptions, type Row } from "./bench/part";
import { largePages } from "./environment.mjs";

const results = "scripts/bench/results.md";
const title = `# Measured beside PyTorch

Written by \`npm run bench\`. Ratios are ours / PyTorch's of runs in turns on one machine: smallest – median – largest.
Ours runs with large memory pages, as the notebooks' kernel does (\`largePages\` in scripts/environment.mjs), PyTorch as it comes.
`;
const head = ["measured", "unit", "ours", "PyTorch", "ratio", "goal", "", "note"];

const parts = readdirSync("scripts/bench")
  .flatMap((name) => /^(\w+)\.ts$/.exec(name)?.slice(1) ?? [])
  .filter((name) => name !== "part");

/** The rows a part prints, and the code it ends with. Its stderr goes to the terminal. */
function runPart(
  part: string,
  options: readonly string[],
): Promise<{ rows: Row[]; code: number | null }> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", `scripts/bench/${part}.ts`, ...options],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, ...largePages }, // as the notebooks' kernel has them
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

/** What it ran on: processors, memory, versions, day. */
function machine(python: string): string {
  const script = "import torch; print('PyTorch', torch.__version__)";
  const torch =
    spawnSync(python, ["-c", script], { encoding: "utf8" }).stdout?.trim() || "no PyTorch";
  const tensorflow = JSON.parse(
    readFileSync("node_modules/@tensorflow/tfjs-node-gpu/package.json", "utf8"),
  ).version as string;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const day = new Date().toISOString().slice(0, 10);
  return `${cpus().length} × ${processor}, ${memory}; Node ${process.versions.node}, tfjs-node ${tensorflow}, ${torch}; ${day}`;
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

async function save(part: string, rows: readonly Row[], ranOn: string): Promise<void> {
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

async function main(): Promise<void> {
  const given = process.argv.slice(2);
  const first = given.findIndex((argument) => argument.startsWith("--"));
  const wanted = first < 0 ? given : given.slice(0, first);
  const options = first < 0 ? [] : given.slice(first);
  const unknown = wanted.filter((part) => !parts.includes(part));
  if (unknown.length > 0) throw new Error(`no part "${unknown[0]}": there are ${parts.join(", ")}`);
  const { python, reference } = readOptions(options);
  const failed: string[] = [];
  for (const part of wanted.length > 0 ? wanted : parts) {
    process.stderr.write(`\n${part}\n`);
    const { rows, code } = await runPart(part, [
      ...options,
      "--python",
      python,
      "--reference",
      reference,
    ]);
    console.table(
      rows.map((row) =>
        Object.fromEntries(cells(row).map((value, i) => [head[i] || "goal is", value])),
      ),
    );
    if (code === 0) await save(part, rows, machine(python));
    else failed.push(`the part ${part} ended with ${code}: its rows were not written`);
  }
  if (failed.length > 0) throw new Error(failed.join("; "));
  console.log(`Written to ${results}`);
}

main().catch((error: Error) => {
  console.error(`bench: ${error.message}`);
  process.exit(1);
});
