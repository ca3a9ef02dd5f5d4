import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writePages } from "./pages.mjs";

interface Cell {
  cell_type: string;
  source: string;
  metadata: { tags?: string[] };
  outputs?: { data?: Record<string, string> }[];
}
const folder = mkdtempSync(join(tmpdir(), "pages-"));
let missing: string[];
beforeAll(async () => ({ missing } = await writePages(folder)));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string): string => readFileSync(join(folder, path), "utf8");
const cells = (path: string): Cell[] => (JSON.parse(read(path)) as { cells: Cell[] }).cells;
const notebooks = readdirSync("notebooks").filter((name) => name.endsWith(".ipynb"));

test("every link of a page leads to a page or a file of the site", () => {
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const written = pages.filter((path) => /\.(md|ipynb)$/.test(path));
  const prose = (path: string): string => {
    const isProse = ({ cell_type }: Cell): boolean => cell_type === "markdown";
    const text = path.endsWith(".md")
      ? read(path)
      : cells(path)
          .filter(isProse)
          .map(({ source }) => source)
          .join("\n");
    return text.replace(/^(`{3,}).*?^\1|`[^`\n]+`/gms, ""); // code may look like links
  };
  const links = written.flatMap((path) =>
    Array.from(prose(path).matchAll(/\]\((?![a-z]+:|#)([^)\s#]+)/g), ([, link]) =>
      join(dirname(path), link),
    ),
  );
  expect(missing).toEqual([]);
  expect(links.length).toBeGreaterThan(300);
  expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
});

test("the glossary is a page of its own, and links to it lead there", () => {
  expect(read("notebooks/glossary.md")).toMatch(/^# Glossary$/m);
  expect(read("notebooks/README.md")).toContain("](glossary.md#glossary)");
  expect(read("notebooks/README.md")).not.toMatch(/^# Glossary$/m);
});

test.each(notebooks)("%s: pictures are files with a description, tables are styled", (name) => {
  const committed = JSON.parse(readFileSync(`notebooks/${name}`, "utf8")) as { cells: Cell[] };
  const outputs = (all: Cell[]) => all.flatMap((cell) => cell.outputs ?? []);
  const html = outputs(cells(`notebooks/${name}`)).map(({ data }) => data?.["text/html"] ?? "");
  const figures = html.filter((text) => text.startsWith('<figure class="course-figure"'));
  const pictures = outputs(committed.cells).filter(
    ({ data = {} }) => "image/png" in data || "image/jpeg" in data,
  );
  expect(figures.length).toBe(pictures.length);
  for (const figure of figures) {
    const [, source, alt] = /<img src="([^"]+)" alt="([^"]*)"/.exec(figure) ?? [];
    expect(alt.length).toBeGreaterThan(20);
    expect(existsSync(join(folder, "notebooks", source))).toBe(true);
  }
  const interactive = pictures.filter(({ data = {} }) => "application/vnd.plotly.v1+json" in data);
  expect(figures.filter((figure) => figure.includes("data-interactive")).length).toBe(
    interactive.length,
  );
  expect(html.filter((text) => /<table>|class="description"/.test(text))).toEqual([]);
});
