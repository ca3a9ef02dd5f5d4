import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { environment, program } from "./environment.mjs";

const folder = mkdtempSync(join(tmpdir(), "kernel-"));
const added = "lib/added-by-a-test.ts";
afterEach(() => rmSync(added, { force: true }));

interface Cell {
  outputs?: { output_type: string; name?: string; data?: Record<string, string>; text?: string[] }[];
}

/** Run cells on the kernel through scripts/run.py; returns what it printed, its exit code and the cells with outputs. */
async function runCells(
  ...sources: string[]
): Promise<{ code: number; printed: string; cells: Cell[] }> {
  const cells = sources.map((source, i) => ({
    cell_type: "code",
    id: `cell${i}`,
    execution_count: null,
    metadata: {},
    outputs: [],
    source,
  }));
  const kernelspec = { name: "tslab", display_name: "TypeScript (tslab)", language: "typescript" };
  writeFileSync(
    join(folder, "try.ipynb"),
    JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }),
  );
  const command = ["scripts/run.py", "--folder", join(folder, "out"), join(folder, "try.ipynb")];
  const result = await promisify(execFile)(program("python"), command, { env: environment() }).then(
    ({ stdout }) => ({ code: 0, printed: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, printed: error.stdout }),
  );
  return {
    ...result,
    cells: (JSON.parse(readFileSync(join(folder, "out", "try.ipynb"), "utf8")) as { cells: Cell[] })
      .cells,
  };
}

test("cells import from lib, notice edits, and don't mind new files in watched folders", async () => {
  const write = (value: number): string =>
    `(await import("node:fs")).writeFileSync("${added}", "export const value = ${value};");
await new Promise((resolve) => setTimeout(resolve, 2500));`;
  const { code, printed, cells } = await runCells(
    write(1),
    `import { value } from "./lib/added-by-a-test";\nvalue`,
    write(2),
    `import { value as again } from "./lib/added-by-a-test";\nagain`,
  );
  expect(printed).toContain("4 cells");
  expect(code).toBe(0);
  expect(
    [cells[1], cells[3]].map(
      (cell) => cell.outputs?.[0].data?.["text/plain"] ?? cell.outputs?.[0].text?.join("").trim(),
    ),
  ).toEqual(["1", "2"]);
}, 120_000);

test("a cell that fails stops the run, is named, and keeps the outputs before it", async () => {
  const { code, printed, cells } = await runCells(
    `console.log("before");`,
    `throw new Error("on purpose");`,
    `console.log("after");`,
  );
  expect(code).toBe(1);
  expect(printed).toContain("FAILED");
  expect(printed).toContain("on purpose");
  expect(JSON.stringify(cells[0])).toContain("before");
  expect(cells[2].outputs).toEqual([]);
}, 120_000);

test("an output that is updated in place appears once, with its last value", async () => {
  const { cells } = await runCells(`import { progressBar } from "./lib/progress";
const bar = progressBar("Counting", "steps");
for (let i = 0; i <= 10; i++) { bar.update(i, 10); await new Promise((resolve) => setTimeout(resolve, 60)); }`);
  expect(cells[0].outputs?.length).toBe(1);
  expect(String(cells[0].outputs?.[0].data?.["text/plain"])).toContain("10 of 10 steps, done in");
}, 120_000);

/** What a cell printed: one [stream or kind of output, text] for each output. */
function printedBy({ outputs = [] }: Cell): [string | undefined, string][] {
  return outputs.map(({ name, data, text }) => [
    name ?? "display",
    [text ?? data?.["text/plain"] ?? []].flat().join(""),
  ]);
}

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${i}\n`).join("");

test("thousands of lines all arrive, in order, whatever they are mixed with", async () => {
  const { code, cells } = await runCells(
    `for (let i = 0; i < 10000; i++) console.log(i);`,
    `for (let i = 0; i < 10000; i++) { console.log(i); if (i % 100 === 99) await new Promise(setImmediate); }`,
    `import * as tslab from "tslab";
for (let i = 0; i < 700; i++) { console.log(i); console.error(i); tslab.display.text(\`\${i}\`); }`,
    `const entry = tslab.newDisplay();
for (let i = 0; i < 3000; i++) entry.text(\`\${i}\`);
console.log("x".repeat(2_000_000));
void process.stdout.write("no end of line");`,
    `setTimeout(() => { for (let i = 0; i < 3000; i++) console.error(i); }, 100);
console.log("now");`,
    `await new Promise((resolve) => setTimeout(resolve, 1000));`,
  );
  expect(code).toBe(0);
  expect(printedBy(cells[0])).toEqual([["stdout", lines(10000)]]);
  expect(printedBy(cells[1])).toEqual([["stdout", lines(10000)]]);
  expect(printedBy(cells[2])).toEqual(
    Array.from({ length: 700 }, (_, i) => [
      ["stdout", `${i}\n`],
      ["stderr", `${i}\n`],
      ["display", `${i}`],
    ]).flat(),
  );
  expect(printedBy(cells[3])).toEqual([
    ["display", "2999"],
    ["stdout", `${"x".repeat(2_000_000)}\nno end of line`],
  ]);
  expect(printedBy(cells[4])).toEqual([["stdout", "now\n"]]);
  expect(printedBy(cells[5])).toEqual([["stderr", lines(3000)]]);
}, 120_000);
