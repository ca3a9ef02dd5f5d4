// The committed notebooks as GitHub and a reader without a kernel see them: outputs of one clean run, pictures for every
// figure, small files, short cells.
import { readdirSync, readFileSync, statSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";

interface Output {
  output_type: string;
  name?: string;
  data?: Record<string, string | string[]>;
  metadata?: Record<string, { alt?: string } | undefined>;
}
interface Cell {
  cell_type: string;
  source: string[];
  execution_count?: number | null;
  outputs?: Output[];
}

const names = readdirSync("notebooks").filter((name) => name.endsWith(".ipynb"));
const read = (name: string): Cell[] =>
  (JSON.parse(readFileSync(`notebooks/${name}`, "utf8")) as { cells: Cell[] }).cells;
const pictures = ["image/png", "image/jpeg"];

/** The assertions of a cell whose last argument is not a message: what failed would only be a line of code. */
function withoutMessage(source: string): string[] {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [, kind] = /^assert(?:\.(\w+))?$/.exec(node.expression.getText()) ?? [];
      const isAssertion = kind !== undefined || node.expression.getText() === "assert";
      const values = kind === undefined || ["ok", "throws", "rejects"].includes(kind) ? 1 : 2;
      if (isAssertion && node.arguments.length <= values) found.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

test("an assertion without a message is seen", () => {
  const cell = 'assert.ok(a < b); assert.equal(a, b, "equal"); assert(a); assert.match(a, /b/);';
  expect(withoutMessage(cell)).toEqual(["assert.ok(a < b)", "assert(a)", "assert.match(a, /b/)"]);
});

test.each([...names, ...readdirSync("notebooks/solutions").map((name) => `solutions/${name}`)])(
  "%s: every assertion says what it asserts",
  (name) => {
    const cells = read(name).filter(({ cell_type }) => cell_type === "code");
    expect(cells.flatMap(({ source }) => withoutMessage(source.join("")))).toEqual([]);
  },
);

test("there are notebooks, numbered", () => {
  expect(names.length).toBeGreaterThanOrEqual(9);
  expect(names.filter((name) => !/^\d\d-[a-z-]+\.ipynb$/.test(name))).toEqual([]);
});

describe.each(names)("%s", (name) => {
  const cells = read(name);
  const code = cells.filter((cell) => cell.cell_type === "code");
  const outputs = code.flatMap((cell) => cell.outputs ?? []);

  test("ran from top to bottom in one go, without errors", () => {
    expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, i) => i + 1));
    expect(
      outputs.filter(
        ({ output_type, name: stream }) => output_type === "error" || stream === "stderr",
      ),
    ).toEqual([]);
    expect(outputs.length).toBeGreaterThan(code.length / 3);
  });

  test("each figure is a picture too, with a description", () => {
    for (const { data = {}, metadata = {} } of outputs) {
      const types = Object.keys(data).filter((type) => pictures.includes(type));
      if ("application/vnd.plotly.v1+json" in data) expect(types.length).toBe(1);
      for (const type of types) {
        expect((metadata[type]?.alt ?? "").length).toBeGreaterThan(20);
        const bytes = Buffer.from([data[type]].flat().join(""), "base64");
        // A JPEG begins with its start marker and the first byte of the next marker, whichever that is.
        expect(bytes.subarray(0, 4).toString("latin1")).toMatch(
          type === "image/png" ? /^\x89PNG/ : /^\xff\xd8\xff/,
        );
      }
    }
  });

  test("tables say which cells are headers", () => {
    const tables = outputs
      .map(({ data }) => [data?.["text/html"] ?? ""].flat().join(""))
      .filter((html) => html.includes("<table"));
    expect(tables.filter((html) => !html.includes('<th scope="'))).toEqual([]);
  });

  test("is at most 200 kB, its cells at most 25 lines", () => {
    expect(statSync(`notebooks/${name}`).size).toBeLessThanOrEqual(200_000);
    expect(Math.max(...code.map((cell) => cell.source.length))).toBeLessThanOrEqual(25);
  });

  test("imports in one cell of at most 10 lines of 88 characters, from doors only", () => {
    const lines = code.map((cell) => cell.source.join("").split("\n"));
    const imports = /^import\b|^\} from "/;
    const cellsWith = lines.filter((cell) => cell.some((line) => imports.test(line)));
    expect(cellsWith.length).toBe(1);
    const [cell] = cellsWith;
    expect(cell.length).toBeLessThanOrEqual(10);
    expect(cell.filter((line) => line.length > 88)).toEqual([]);
    const ours = cell.flatMap((line) => /from "(\.[^"]*)"/.exec(line)?.[1] ?? []);
    expect(ours.filter((path) => !/^\.\/(lib(\/[a-z]+)?|data\/draw-sample)$/.test(path))).toEqual(
      [],
    );
  });

  test("links to files that exist", () => {
    const text = cells
      .filter((cell) => cell.cell_type === "markdown")
      .map((cell) => cell.source.join(""))
      .join("\n");
    const files = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path]) => path);
    expect(
      files.filter((path) => !statSync(`notebooks/${path}`, { throwIfNoEntry: false })),
    ).toEqual([]);
  });
});
