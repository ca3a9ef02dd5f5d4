// The five steps. Each says by using it whether what it makes is there, so that whatever was interrupted, moved or damaged
// is made again; when all is there, nothing is printed.
import { mkdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { conda, root } from "../environment.mjs";
import { takeLock } from "../lock.mjs";
import { endAll, endTogether, isStopping } from "../processes.mjs";
import { explain } from "./causes.mjs";
import * as kernel from "./kernel.mjs";
import * as native from "./native.mjs";
import * as npm from "./npm.mjs";
import * as python from "./python.mjs";
import { temporary } from "./programs.mjs";
import * as tensorflow from "./tensorflow.mjs";

/** Set the project up; ends this process with a message if that is impossible. `again`: try what failed the last time. */
export async function setUp({ again }) {
  if (await isDone(again)) return;
  endTogether({ message: "Interrupted. The next set-up goes on from here.", patience: 3000 });
  const started = Date.now();
  try {
    const release = await takeLock("setup", "npm run setup");
    if (!(await isDone(again))) await makeAll(started);
    release();
  } catch (error) {
    if (isStopping()) return;
    console.error(`\nSet-up stopped: ${explain(error)}`);
    await endAll();
    process.exit(1);
  }
}

/** Whether everything is there, or all but a native backend that could not be built and is not to be tried again. */
async function isDone(again) {
  const [packages, pythonPackages, backend] = await Promise.all([
    npm.isThere(),
    python.isThere(),
    native.isThere(),
  ]);
  const works = backend && tensorflow.isMarked();
  return (
    packages && pythonPackages && kernel.isThere() && (works || (!again && native.wasGivenUp()))
  );
}

async function makeAll(started) {
  console.error("Setting up CLIP the Landscape (once; about 3 minutes, 2 GB of disk)");
  mkdirSync(join(root, "data"), { recursive: true });
  rmSync(temporary, { recursive: true, force: true }); // what an interrupted one left
  mkdirSync(temporary, { recursive: true });
  const pythonSteps = async () => {
    await step(2, conda ? `Python packages, into ${conda}` : "Python packages, into .venv", python);
    return step(3, "libtensorflow, from PyPI", tensorflow);
  };
  // Downloads of two kinds, side by side.
  const [, libraries] = await Promise.all([step(1, "npm packages", npm), pythonSteps()]);
  if (libraries !== "skipped") await step(4, "native TensorFlow backend, compiled here", native);
  await step(5, "notebook kernel", kernel);
  rmSync(temporary, { recursive: true, force: true });
  console.error(`Ready in ${seconds(started)}.\n`);
}

/** One numbered step, with a line when it starts, a sign of life every 15 s, and its time at the end. */
async function step(number, name, { isThere, make, optional, gigabytes = 0 }) {
  const start = Date.now();
  console.error(`[${number}/5] ${name} …`);
  const alive = setInterval(
    () => console.error(`[${number}/5]   still working on it (${seconds(start)})`),
    15_000,
  );
  let result = "already there";
  try {
    if (!(await isThere())) {
      checkSpace(gigabytes);
      result = await make();
    }
  } catch (error) {
    if (!optional || isStopping()) throw error;
    native.giveUp();
    console.error(
      `  Warning: ${explain(error).replaceAll("\n", "\n  ")}\n  Training will use the slower WASM backend. npm run setup tries again.`,
    );
    result = "skipped";
  } finally {
    clearInterval(alive);
  }
  console.error(`[${number}/5]   ${result} (${seconds(start)})`);
  return result;
}

function checkSpace(gigabytes) {
  const { bavail, bsize, blocks } = statfsSync(root);
  const free = (bavail * bsize) / 1e9;
  if (blocks === 0 || free >= gigabytes) return; // some network file systems don't say
  throw new Error(
    `This step needs ${gigabytes} GB of disk, but ${free.toFixed(1)} GB are free in ${root}. Make room and run it again.`,
  );
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(0)} s`;
}
