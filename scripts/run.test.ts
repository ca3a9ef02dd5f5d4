// npm start's order: what reads another's files waits for it, the rest runs side by side, and a failure stops everything.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { environment, program } from "./environment.mjs";

const run = promisify(execFile);
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "run-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** For each notebook (a path) the numbers of those it has to wait for. */
async function waitsFor(paths: string[]): Promise<Record<string, string[]>> {
  const script = `import json, pathlib, sys; sys.path.insert(0, "scripts"); import run
waits = run.predecessors([pathlib.Path(path) for path in sys.argv[1:]])
print(json.dumps({path.stem[:2]: sorted(other.stem[:2] for other in waits[path]) for path in waits}))`;
  const { stdout } = await run(program("python"), ["-c", script, ...paths], { env: environment() });
  return JSON.parse(stdout) as Record<string, string[]>;
}

test("each notebook waits for those it reads, part two for part one, solutions for none", async () => {
  const names = readdirSync("notebooks")
    .filter((name) => name.endsWith(".ipynb"))
    .sort();
  const waits = await waitsFor(names.map((name) => `notebooks/${name}`));
  expect(waits).toMatchObject({
    "01": [],
    "02": ["01"],
    "03": ["01", "02"],
    "04": ["01", "02", "03"],
    "05": ["01", "02"],
    "06": ["01", "02", "03", "04", "05"],
    "07": ["01", "02", "03", "04", "05", "06"],
    "08": ["01", "02", "03", "04", "05", "06"],
    "09": ["01", "02", "03", "04", "05", "06"],
  });
  const partOne = names.map((name) => name.slice(0, 2)).filter((number) => number < "10");
  // What the authors published is there from the start; some need nothing beyond the embeddings.
  const embedded = Object.fromEntries(["12", "18", "19", "20"].map((each) => [each, ["01", "02"]]));
  const early: Record<string, string[]> = { ...embedded, "14": ["01"], "15": [] };
  for (const name of names.filter((each) => each >= "10")) {
    const number = name.slice(0, 2);
    expect(waits[number], name).toEqual(early[number] ?? partOne);
  }
  const some = ["notebooks/06-train-fusion.ipynb", "notebooks/02-embed.ipynb"];
  expect(await waitsFor(some)).toEqual({ "06": ["02"], "02": [] });
  const solutions = names.map((name) => `notebooks/solutions/${name}`);
  for (const numbers of Object.values(await waitsFor(solutions))) expect(numbers).toEqual([]);
});

/** Write notebooks with one cell each; the cells find `folder` and functions that write a file there or wait for one. */
function write(cells: Record<string, string>): string[] {
  const kernelspec = { name: "tslab", display_name: "TypeScript (tslab)", language: "typescript" };
  const tools = `import * as fs from "fs";
const folder = ${JSON.stringify(folder)};
const mark = (name: string): void => fs.writeFileSync(folder + "/" + name, String(process.pid));
const seen = (name: string): boolean => fs.existsSync(folder + "/" + name);
async function until(name: string): Promise<void> {
  while (!seen(name)) await new Promise((resolve) => setTimeout(resolve, 50));
}
`;
  return Object.entries(cells).map(([name, source]) => {
    const cell = {
      cell_type: "code",
      id: "cell",
      metadata: {},
      outputs: [],
      source: tools + source,
    };
    const notebook = { cells: [{ ...cell, execution_count: null }], metadata: { kernelspec } };
    const path = join(folder, `${name}.ipynb`);
    writeFileSync(path, JSON.stringify({ ...notebook, nbformat: 4, nbformat_minor: 5 }));
    return path;
  });
}

const command = (paths: string[], ...options: string[]): string[] => [
  "scripts/run.py",
  ...options,
  "--at-once",
  "2",
  "--folder",
  join(folder, "out"),
  ...paths,
];
const isRunning = (pid: string): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
};

test("two run side by side, after what both read, and are saved with their outputs", async () => {
  const paths = write({
    "06-first": `await new Promise((resolve) => setTimeout(resolve, 500)); mark("first");`,
    "07-one": `if (!seen("first")) throw new Error("too early"); mark("one"); await until("two");`,
    "09-two": `if (!seen("first")) throw new Error("too early"); mark("two"); await until("one"); "both";`,
  });
  const { stdout } = await run(program("python"), command(paths, "--save"), { env: environment() });
  expect(stdout.match(/^\d\d-\w+ +1 cells +[\d.]+ s$/gm)).toHaveLength(3);
  expect(readFileSync(paths[2], "utf8")).toContain("both");
}, 180_000);

test("a kernel that has started before its turn ends without a word when the one before it fails", async () => {
  const paths = write({
    "01-fails": `await new Promise((resolve) => setTimeout(resolve, 4000)); throw new Error("broken");`,
    "02-after": `mark("after");`,
  });
  const { stdout } = await run(program("python"), command(paths), { env: environment() }).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toMatch(/^01-fails +FAILED after [\d.]+ s\n[^]*broken/m);
  expect(stdout).not.toContain("02-after");
  expect(existsSync(join(folder, "after"))).toBe(false);
  expect(readdirSync(join(folder, "out")).filter((name) => name.endsWith(".ipynb"))).toEqual([
    "01-fails.ipynb",
  ]);
}, 180_000);

test("a failure is named, stops what is running, and nothing begins after it", async () => {
  const paths = write({
    "03-fails": `await until("other"); throw new Error("broken on purpose");`,
    "05-other": `mark("other"); await until("never");`,
    "06-after": `mark("after");`,
  });
  const result = run(program("python"), command(paths), { env: environment() });
  const { code, stdout } = await result.then(
    () => ({ code: 0, stdout: "" }),
    (error: { code: number; stdout: string }) => error,
  );
  expect(code).toBe(1);
  expect(stdout).toMatch(/^03-fails +FAILED after [\d.]+ s\n[^]*broken on purpose/m);
  expect(stdout).toMatch(/^05-other +stopped after [\d.]+ s/m);
  expect(stdout).not.toContain("06-after");
  expect(existsSync(join(folder, "after"))).toBe(false);
  expect(existsSync(join(folder, "out", "05-other.ipynb"))).toBe(true);
}, 180_000);

test.skipIf(process.platform !== "linux")(
  "an interruption ends all kernels",
  async () => {
    const forever = (name: string): string => `mark("${name}"); await until("never");`;
    const paths = write({ "07-one": forever("one"), "08-two": forever("two"), "09-three": "1;" });
    const child = spawn(program("python"), command(paths), { env: environment() });
    let printed = "";
    child.stdout.on("data", (bytes: Buffer) => (printed += bytes.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    const both = (): string[] =>
      ["one", "two"].map((name) => join(folder, name)).filter(existsSync);
    while (both().length < 2) await new Promise((resolve) => setTimeout(resolve, 100));
    const pids = both().map((path) => readFileSync(path, "utf8"));
    expect(pids.every(isRunning)).toBe(true);
    child.kill("SIGINT");
    expect(await ended).toBe(1);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(printed.match(/stopped after/g)).toHaveLength(2);
    expect(printed).not.toContain("09-three");
  },
  180_000,
);

test.skipIf(process.platform !== "linux")(
  "an interruption ends a kernel whose turn has not come, too",
  async () => {
    const paths = write({ "01-one": `mark("one"); await until("never");`, "02-after": "1;" });
    const child = spawn(program("python"), command(paths), { env: environment(), stdio: "pipe" });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes: Buffer) => (printed += bytes.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    while (!existsSync(join(folder, "one"))) await new Promise((go) => setTimeout(go, 100));
    await new Promise((go) => setTimeout(go, 3000)); // the second kernel has started
    child.kill("SIGINT");
    expect(await ended).toBe(1);
    expect(printed).toMatch(/^01-one +stopped after [\d.]+ s/m);
    expect(printed).not.toMatch(/02-after|Traceback/);
  },
  180_000,
);
