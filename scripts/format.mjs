// Lays out lib, scripts, data and the notebooks' cells with Prettier; with --check it only names what is not laid out so.
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as prettier from "prettier";

const check = process.argv.includes("--check");
const folders = ["lib", "scripts", "data/draw-sample", "data/mini-clip"];
let odd = 0;

for (const file of folders.flatMap((folder) => filesIn(folder, /\.([cm]?js|ts|css)$/))) {
  const text = readFileSync(file, "utf8");
  const options = { ...(await prettier.resolveConfig(file)), filepath: file };
  replace(file, text, await prettier.format(text, options));
}
for (const file of filesIn("notebooks", /^(solutions.)?[^./\\]+\.ipynb$/)) {
  const text = readFileSync(file, "utf8");
  const notebook = JSON.parse(text);
  const options = { ...(await prettier.resolveConfig(file)), parser: "typescript" };
  for (const cell of notebook.cells.filter(({ cell_type }) => cell_type === "code"))
    cell.source = lines((await prettier.format(cell.source.join(""), options)).trimEnd());
  // As Jupyter writes it: one space of indentation and a line break at the end.
  replace(file, text, JSON.stringify(notebook, null, 1) + "\n");
}
if (check && odd > 0) {
  console.error(`${odd} files are not laid out as Prettier does it: npm run format`);
  process.exit(1);
}

function filesIn(folder, name) {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all.filter((file) => name.test(file)).map((file) => join(folder, file));
}

/** A cell's source as a notebook keeps it: lines with their line breaks. */
function lines(source) {
  return source.split(/(?<=\n)/);
}

function replace(file, before, after) {
  if (after === before) return;
  odd++;
  console.log(file);
  if (check) return;
  writeFileSync(`${file}.new`, after);
  renameSync(`${file}.new`, file);
}
