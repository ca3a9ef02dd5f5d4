import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

/** Markdown files and notebooks of the project; what is generated from a user's own data is left out. */
function documents(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const { name } = entry;
    const path = join(folder, name);
    if (entry.isDirectory())
      return /^(node_modules|runs|models|kaggle|\..*)$/.test(name) || path === "site"
        ? []
        : documents(path);
    return /\.(md|ipynb)$/.test(name) ? [path] : [];
  });
}

/** The prose of a document: all of a Markdown file, a notebook's Markdown cells. */
function prose(path: string): string {
  const text = readFileSync(path, "utf8");
  if (!path.endsWith(".ipynb")) return text;
  const { cells } = JSON.parse(text) as { cells: { cell_type: string; source: string[] }[] };
  return cells
    .filter((cell) => cell.cell_type === "markdown")
    .map((cell) => cell.source.join(""))
    .join("\n");
}

/** Files that a document links to or shows, relative to the root; links into the web are left out. */
function links(path: string): string[] {
  return Array.from(prose(path).matchAll(/\]\(([^)\s]+)\)/g), ([, target]) =>
    target.replace(/#.*$/, ""),
  )
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(path), decodeURI(target)));
}

test("every link to a file leads somewhere", () => {
  const paths = documents(".");
  const all = paths.flatMap((path) => links(path).map((target) => ({ path, target })));
  expect(paths).toContain("README.md");
  expect(all.length).toBeGreaterThan(100);
  expect(all.filter(({ target }) => !existsSync(target))).toEqual([]);
});

test("the notebooks form a chain, and the contents page lists each of them", () => {
  const names = readdirSync("notebooks")
    .filter((name) => name.endsWith(".ipynb"))
    .sort();
  const contents = links("notebooks/README.md");
  for (const [i, name] of names.entries()) {
    const path = join("notebooks", name);
    const found = links(path);
    expect(contents, name).toContain(path);
    expect(found, `${name} links to the contents`).toContain(join("notebooks", "README.md"));
    if (i > 0) expect(found, `${name} links back`).toContain(join("notebooks", names[i - 1]));
    if (i + 1 < names.length)
      expect(found, `${name} links on`).toContain(join("notebooks", names[i + 1]));
  }
});
