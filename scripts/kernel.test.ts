import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { environment, program } from "./environment.mjs";

const folder = mkdtempSync(join(tmpdir(), "kernel-"));
const added = "lib/added-by-a-test.ts";
const room = "lib/room-of-a-test";
afterEach(() => [added, room].forEach((path) => rmSync(path, { recursive: true, force: true })));

interface Cell {
  outputs?: {
    output_type: string;
    name?: string;
    data?: Record<string, string>;
    text?: string[];
  }[];
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

/** What a cell printed: one [stream or kind of output, text] for each output. */
function printedBy({ outputs = [] }: Cell): [string | undefined, string][] {
  return outputs.map(({ name, data, text }) => [
    name ?? "display",
    [text ?? data?.["text/plain"] ?? []].flat().join(""),
  ]);
}

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${i}\n`).join("");

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

test("through a door comes only what is used, and edits behind it are noticed at once", async () => {
  const files = {
    "index.ts": 'export { value } from "./value";\nexport { other } from "./other";',
    "value.ts": 'import { part } from "./part";\nexport const value: string = `made of ${part}`;',
    "part.ts": "export const part = 1;",
    "other.ts":
      "/** Its type is\n * of use. */\ninterface Other { a: 1 }\nexport const other: Other = fail();\n" +
      'function fail(): Other { throw new Error("loaded") }',
  };
  mkdirSync(room);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(room, name), text);
  const { code, cells } = await runCells(
    `import { value } from "./${room}";\nvalue`,
    `(await import("node:fs")).writeFileSync("${room}/part.ts", "export const part = 'two';");`,
    `import { value as again } from "./${room}";\nagain`,
    `console.log((await import("./${room}/part")).part);`,
    `import { other } from "./${room}";\nother`,
  );
  expect(cells.slice(0, 4).map(printedBy)).toEqual([
    [["stdout", "made of 1\n"]],
    [],
    [["stdout", "made of two\n"]],
    [["stdout", "two\n"]],
  ]);
  expect(code).toBe(1);
  const [[, trace]] = printedBy(cells[4]);
  expect(trace).toContain("Error: loaded");
  expect(trace).toContain(`${room}/other.ts:5:32`);
  expect(trace).toContain(`${room}/other.ts:4:`);
}, 120_000);

test("mistakes in a cell and syntax errors in a module are reported before anything runs", async () => {
  const mistakes = [
    [`import { nothing } from "./lib/files";`, "has no exported member 'nothing'"],
    [
      `import { literal } from "./lib/files";\nliteral(5);`,
      "3:9 - Argument of type 'number' is not",
    ],
    [`import { broken } from "./lib/added-by-a-test";`, `${added} 2:14 - `],
  ];
  writeFileSync(added, "export const fine = 1;\nexport const = 2;");
  for (const [source, message] of mistakes) {
    const { code, cells } = await runCells(`console.log("not to be run");\n${source}`);
    expect(code).toBe(1);
    const [[stream, text]] = printedBy(cells[0]);
    expect([stream, text.includes(message)], text).toEqual(["stderr", true]);
  }
}, 120_000);

test("without photos the cells that need them are skipped, visibly, and the notebook goes on", async () => {
  const table = (image: string): string => {
    const file = join(folder, `train-${image}.parquet`);
    return `import { withDatabase } from "./lib/files/table";
const copy = (db) => db.copyToParquet("SELECT ${image} AS image FROM range(4)", "${file}");
await withDatabase(copy);
import { havePhotos } from "./lib";
await havePhotos({ train: "${file}", inputs: "data/some" });`;
  };
  const needing = "// needs photos\nconst photo = 1;\nphoto";
  const { code, cells } = await runCells(
    table("NULL::VARCHAR"),
    needing,
    "const other = 2;\nother",
    table("'1.jpg'"),
    needing,
  );
  expect(code).toBe(0);
  expect(printedBy(cells[0])[0][1]).toContain("0 of the 4 labelled rows have one");
  expect(printedBy(cells[1])).toEqual([
    ["stdout", "Skipped: it needs photos, and data/some has none.\n"],
  ]);
  expect(printedBy(cells[2])).toEqual([["stdout", "2\n"]]);
  expect(printedBy(cells[4])).toEqual([["stdout", "1\n"]]);
}, 120_000);

/** Run Python with a `manager` and a `client` of a kernel, which is what JupyterLab has; returns what it printed. */
async function asJupyterLab(code: string): Promise<string> {
  const whole = `
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="tslab")
try:
${code.replace(/^/gm, "    ")}
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)`;
  const { stdout } = await promisify(execFile)(program("python"), ["-c", whole], {
    env: environment(),
  });
  return stdout;
}

test("JupyterLab can complete what comes from lib and show its documentation", async () => {
  const printed = await asJupyterLab(`
client.execute_interactive('import { literal } from "./lib/files";')
print(client.complete("lite", 4, reply=True)["content"]["matches"])
print(client.inspect("literal", 3, reply=True)["content"]["data"]["text/plain"])`);
  expect(printed).toContain("'literal'");
  expect(printed).toContain("literal(text: string): string");
  expect(printed).toContain("A string as an SQL literal.");
}, 120_000);

test("what is printed after a cell has ended still arrives", async () => {
  const printed = await asJupyterLab(`
client.execute_interactive("void setTimeout(() => { for (let i = 0; i < 3000; i++) console.log(i); }, 100);")
text = ""
while not text.endswith("2999\\n"):
    text += client.get_iopub_msg(timeout=60)["content"].get("text", "")
print(text)`);
  expect(printed.trim()).toBe(lines(3000).trim());
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
  const { cells } = await runCells(`import { progressBar } from "./lib/notebook";
const bar = progressBar("Counting", "steps");
for (let i = 0; i <= 10; i++) { bar.update(i, 10); await new Promise((resolve) => setTimeout(resolve, 60)); }`);
  expect(cells[0].outputs?.length).toBe(1);
  expect(String(cells[0].outputs?.[0].data?.["text/plain"])).toContain("10 of 10 steps, done in");
}, 120_000);

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
}, 120_000);
