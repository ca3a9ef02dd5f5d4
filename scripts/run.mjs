// Runs the notebooks, then says what came out: part one (the paper's workflow, 01 to 09), with --all part two after it
// (10 and up), or those named: npm start [-- --all] [-- --save] [-- 03 06-train-fusion]
// With --solutions those of the exercises, which read what part one wrote: npm run solutions [-- 03]
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { environment, program, root } from "./environment.mjs";
import { takeLock } from "./lock.mjs";
import { endTogether, runHere } from "./processes.mjs";

const sample = "mini-geograph";
const dataset = process.env.DATASET?.trim() || sample;
const { values, positionals: wanted } = readArguments();
const { all, save, solutions } = values;
const source = solutions ? join("notebooks", "solutions") : "notebooks";
const folder = join("data", dataset, "runs", ...(solutions ? ["solutions"] : []));
const figures = join("data", dataset, "figures");
const names = readdirSync(join(root, source))
  .filter((name) => /^\d\d-.*\.ipynb$/.test(name))
  .sort();
const notebooks = names.filter((name) =>
  wanted.length > 0
    ? wanted.some((start) => name.startsWith(start))
    : all || solutions || name < "10",
);
if (notebooks.length === 0) {
  console.error(`No notebook begins with ${wanted.join(" or ")}. There are: ${names.join(", ")}`);
  process.exit(1);
}
// Two kernels fit into memory on the sample. Real data fills it, and both cores, with one.
const atOnce = dataset === sample ? Math.min(2, availableParallelism()) : 1;
// Two libtensorflows on two cores stand in each other's way: with a thread each they give the same numbers in an
// eighth to a fifth less processor time.
const threads = atOnce > 1 && notebooks.length > 1 ? { TF_NUM_INTRAOP_THREADS: "1" } : {};

endTogether({ message: "Interrupted. What was finished is kept." });
const release = await takeLock(`run-${dataset}`, `notebooks on ${dataset}`);
console.log(
  `Running ${notebooks.length} notebooks on dataset ${dataset}; executed copies go to ${folder}`,
);
const started = Date.now();
const paths = notebooks.map((name) => join(source, name));
const options = ["--parent", process.pid, "--at-once", atOnce, "--folder", folder].map(String);
const status = await runHere(
  program("python"),
  ["scripts/run.py", ...options, ...(save ? ["--save"] : []), ...paths],
  { cwd: root, env: { ...threads, ...environment() } },
);
if (status === 0 && save && !solutions && dataset === sample) saveFigures();
release();
if (status !== 0) process.exit(status);
console.log(`All done in ${((Date.now() - started) / 1000).toFixed(0)} s.\n`);
if (solutions) process.exit(0);

const table = join(figures, "results.md");
if (existsSync(join(root, table))) console.log(readFileSync(join(root, table), "utf8"));
console.log(`Figures: ${figures}/    Submissions: ${join("data", dataset, "submissions")}/`);
if (wanted.length === 0 && !all)
  console.log("Beyond the paper: npm start -- --all runs the notebooks from 10 on too.");
console.log("Next: npm run lab opens the notebooks in JupyterLab.");

function readArguments() {
  const option = { type: "boolean", default: false };
  try {
    return parseArgs({
      options: { all: option, save: option, solutions: option },
      allowPositionals: true,
    });
  } catch (error) {
    const [what] = error.message.split(". "); // what follows is about names that begin with a dash
    console.error(`${what}. Use: npm start [-- --all] [-- --save] [-- 03 06-train-fusion]`);
    process.exit(1);
  }
}

/** Put the figures and tables that this run made where they are committed. The root is one folder nearer to there. */
function saveFigures() {
  const committed = join(root, "figures", sample);
  const made = existsSync(join(root, figures)) ? readdirSync(join(root, figures)) : [];
  for (const name of made.filter((each) => /\.(png|md|csv|tex)$/.test(each))) {
    const from = join(root, figures, name);
    if (statSync(from).mtimeMs < started) continue;
    const bytes = readFileSync(from);
    const temporary = join(committed, `${name}.tmp`);
    const isMarkdown = name.endsWith(".md");
    writeFileSync(
      temporary,
      isMarkdown ? bytes.toString().replaceAll("](../../../", "](../../") : bytes,
    );
    renameSync(temporary, join(committed, name));
  }
}
