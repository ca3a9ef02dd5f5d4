// Types, lint, layout and the direction of imports, for lib, scripts and the notebooks. Each notebook's cells are joined into one TypeScript module (their
// imports moved to the top), because cells share their variables; messages name the notebook and the cell.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { environment, root } from "./environment.mjs";
import { takeLock } from "./lock.mjs";
import { endTogether, start } from "./processes.mjs";

const folder = join(root, ".cache", "notebook-cells");
endTogether();
await takeLock("check", "npm run check"); // the folder of cells is one for all; free when this process ends
const started = Date.now();
const notebooks = findNotebooks(join(root, "notebooks"));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const needsPhotos = (cell) => /^\/\/ needs photos\b/.test(cell);
const places = new Map(
  notebooks.flatMap((path) => [
    [moduleName(path), writeModule(path, moduleName(path), () => true)],
    // What is left of it on a dataset without photos, where these cells are skipped (lib/notebook/photos.ts).
    [withoutPhotos(path), writeModule(path, withoutPhotos(path), (cell) => !needsPhotos(cell))],
  ]),
);

const cellsConfig = {
  extends: "../../tsconfig.json",
  include: ["*.ts"],
  exclude: [],
  compilerOptions: { noUnusedLocals: false },
};
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(cellsConfig));
const tsc = (project) => run("typescript/bin/tsc", ["--project", project, "--pretty", "false"]);
const eslint = (...options) =>
  run("eslint/bin/eslint.js", [
    "--config",
    "scripts/eslint.config.mjs",
    "--max-warnings",
    "0",
    ...options,
  ]);
const directions = () =>
  run("dependency-cruiser/bin/dependency-cruise.mjs", [
    "--config",
    "scripts/dependency-cruiser.cjs",
    "--output-type",
    "err",
    ...["lib", "data/draw-sample", "data/mini-clip", "scripts", ".cache/notebook-cells"],
  ]);
const layout = () => run("../scripts/format.mjs", ["--check"]);
// What runs in a browser has types of its own: a page knows no Node, and lib no document.
const inBrowser = ["lib/tagger/page", "scripts/tagger"];
const [types, pageTypes, [cellTypes, cellProblems], lint, rooms, format] = await Promise.all([
  tsc("."),
  Promise.all(inBrowser.map(tsc)),
  Promise.all([
    tsc(folder),
    eslint("--format", "json", "--ignore-pattern", "*.without-photos.ts", folder),
  ]),
  eslint("--ignore-pattern", ".cache/", "."),
  directions(),
  layout(),
]);

const problems = [
  ...[types, ...pageTypes].flatMap(({ output }) => lines(output)),
  ...new Set(lines(cellTypes.output).map(namePlace)),
  ...(lint.status === 0 ? [] : lines(lint.output)),
  ...cellLint(),
  ...notebooks.flatMap(lostShorthands),
  ...[rooms, format].flatMap(({ status, output }) => (status === 0 ? [] : lines(output))),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`\nTypes and lint: ${problems.length} problems`);
  process.exit(1);
}
console.log(
  `Types and lint: lib, scripts and the cells of ${notebooks.length} notebooks are fine (${((Date.now() - started) / 1000).toFixed(0)} s)`,
);

function findNotebooks(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? entry.name.startsWith(".")
        ? []
        : findNotebooks(join(dir, entry.name))
      : entry.name.endsWith(".ipynb")
        ? [join(dir, entry.name)]
        : [],
  );
}

function moduleName(path) {
  return path
    .slice(join(root, "notebooks").length + 1)
    .replace(/[\\/]/g, "--")
    .replace(".ipynb", ".ts");
}

function withoutPhotos(path) {
  return moduleName(path).replace(".ts", ".without-photos.ts");
}

/** Write those cells, joined, as a module; returns for each of its lines which cell and line it came from. */
function writeModule(path, name, isWanted) {
  const imports = [];
  const body = [];
  const importPlaces = [];
  const bodyPlaces = [];
  const { cells } = JSON.parse(readFileSync(path, "utf8"));
  cells
    .filter((cell) => cell.cell_type === "code")
    .forEach((cell, index) => {
      if (!isWanted(cell.source.join(""))) return;
      let inImport = false;
      cell.source
        .join("")
        .split("\n")
        .forEach((line, i) => {
          inImport ||= /^import[ {*"]/.test(line);
          (inImport ? imports : body).push(inImport ? line.replace(/"\.\//, '"../../') : line);
          (inImport ? importPlaces : bodyPlaces).push(
            `${path.slice(root.length + 1)}, code cell ${index + 1}, line ${i + 1}`,
          );
          if (inImport && /["'];?\s*$/.test(line)) inImport = false;
        });
      // Keeps the last line of a cell (often a bare expression) apart from the next cell's first.
      body.push(";");
      bodyPlaces.push(bodyPlaces.at(-1));
    });
  writeFileSync(join(folder, name), [...imports, ...body, "export {};"].join("\n"));
  return [...importPlaces, ...bodyPlaces];
}

function namePlace(line) {
  const match = /([^/\\]+\.ts)\((\d+),(\d+)\): (.*)$/.exec(line);
  const place = match && places.get(match[1])?.[Number(match[2]) - 1];
  return place ? `${place}: ${match[4]}` : line;
}

function cellLint() {
  if (cellProblems.output === "") return [];
  return JSON.parse(cellProblems.output).flatMap(({ filePath, messages }) =>
    messages.map(
      ({ line, message, ruleId }) =>
        `${places.get(filePath.split(/[\\/]/).pop())?.[line - 1] ?? filePath}: ${message} (${ruleId})`,
    ),
  );
}

/**
 * Places where a cell writes `{ x }` for a variable of an earlier cell. tslab keeps such variables as properties of an
 * object and forgets to say so in this short form, which then fails when the cell runs: `{ x: x }` works.
 */
function lostShorthands(path) {
  const { cells } = JSON.parse(readFileSync(path, "utf8"));
  const earlier = new Set();
  return cells
    .filter(({ cell_type }) => cell_type === "code")
    .flatMap(({ source }, index) => {
      const file = ts.createSourceFile("cell.ts", source.join(""), ts.ScriptTarget.ES2022, true);
      const names = declaredNames(file);
      const found = [];
      const look = (node) => {
        if (ts.isShorthandPropertyAssignment(node)) {
          const { text } = node.name;
          if (earlier.has(text) && !names.all.has(text)) found.push({ text, at: node.getStart() });
        }
        ts.forEachChild(node, look);
      };
      look(file);
      for (const name of names.top) earlier.add(name);
      return found.map(({ text, at }) => {
        const line = file.getLineAndCharacterOfPosition(at).line + 1;
        const place = `${path.slice(root.length + 1)}, code cell ${index + 1}, line ${line}`;
        return `${place}: write { ${text}: ${text} }, as ${text} is of another cell`;
      });
    });
}

/** The variables and functions that a cell declares: outside of functions and blocks, and anywhere. */
function declaredNames(file) {
  const top = new Set();
  const all = new Set();
  const look = (node, depth) => {
    const { name } = node;
    if (name && ts.isIdentifier(name)) {
      const declares =
        ts.isVariableDeclaration(node) ||
        ts.isBindingElement(node) ||
        ts.isParameter(node) ||
        ts.isFunctionDeclaration(node);
      if (declares) all.add(name.text);
      if (declares && depth === 0 && !ts.isParameter(node)) top.add(name.text);
    }
    const inner = ts.isFunctionLike(node) || ts.isBlock(node) || ts.isForOfStatement(node);
    ts.forEachChild(node, (child) => look(child, depth + (inner ? 1 : 0)));
  };
  look(file, 0);
  return { top, all };
}

/** Run one of the project's tools; they run side by side. */
function run(script, args) {
  return new Promise((done) => {
    const child = start(process.execPath, [join(root, "node_modules", script), ...args], {
      cwd: root,
      env: environment(),
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("close", (status) => done({ status, output }));
  });
}

function lines(text) {
  return text.split("\n").filter((line) => line.trim() !== "");
}
