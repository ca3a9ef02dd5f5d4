// Runs all notebooks in order (or those named), then says what came out: npm start [-- --save] [-- 03 06-train-fusion]
// With --solutions those of the exercises, which read what the notebooks wrote: npm run solutions [-- 03]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { environment, program, root } from "./environment.mjs";
import { takeLock } from "./lock.mjs";
import { endTogether, runHere } from "./processes.mjs";

const dataset = process.env.DATASET || "mini-geograph";
const save = process.argv.includes("--save");
const solutions = process.argv.includes("--solutions");
const source = solutions ? join("notebooks", "solutions") : "notebooks";
const folder = join("data", dataset, "runs", ...(solutions ? ["solutions"] : []));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const all = readdirSync(join(root, source))
  .filter((name) => /^\d\d-.*\.ipynb$/.test(name))
  .sort();
const notebooks =
  wanted.length === 0 ? all : all.filter((name) => wanted.some((start) => name.startsWith(start)));
if (notebooks.length === 0) {
  console.error(`No notebook begins with ${wanted.join(" or ")}. There are: ${all.join(", ")}`);
  process.exit(1);
}

endTogether({ message: "Interrupted. What was finished is kept." });
const release = await takeLock(`run-${dataset}`, `notebooks on ${dataset}`);
console.log(
  `Running ${notebooks.length} notebooks on dataset ${dataset}; executed copies go to ${folder}`,
);
const started = Date.now();
const paths = notebooks.map((name) => join(source, name));
const options = ["--parent", String(process.pid), "--folder", folder, ...(save ? ["--save"] : [])];
const status = await runHere(program("python"), ["scripts/run.py", ...options, ...paths], {
  cwd: root,
  env: environment(),
});
release();
if (status !== 0) process.exit(status);
console.log(`All done in ${((Date.now() - started) / 1000).toFixed(0)} s.\n`);
if (solutions) process.exit(0);

const figures = join("figures", dataset);
const table = join(figures, "results.md");
if (existsSync(join(root, table))) console.log(readFileSync(join(root, table), "utf8"));
console.log(`Figures: ${figures}/    Submissions: ${join("data", dataset, "submissions")}/`);
console.log("Next: npm run lab opens the notebooks in JupyterLab.");
