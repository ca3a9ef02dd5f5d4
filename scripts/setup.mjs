// Makes everything the project needs, in five steps; a second run finds all done and takes well under two seconds.
// It uses Node's standard library only, so that it can be the very first command after `git clone`.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  conda,
  environment,
  largePages,
  prefix,
  program,
  root,
  sitePackages,
} from "./environment.mjs";

const started = Date.now();
const stampFile = join(root, "node_modules", ".setup-done");
const nativePackage = join(root, "node_modules", "@tensorflow", "tfjs-node-gpu");
const nativeAddon = join(nativePackage, "lib", "napi-v8", "tfjs_binding.node");
// tensorflow-cpu has no build for macOS and Linux on ARM; there the full package holds the same libraries.
const tensorflow =
  process.platform === "linux" && process.arch === "x64"
    ? "tensorflow-cpu==2.21.0"
    : "tensorflow==2.21.0";

main().catch((error) => {
  console.error(`\nSet-up stopped: ${error.message}`);
  process.exit(1);
});

async function main() {
  checkNode();
  if (isDone()) return;
  console.log(`Setting up CLIP the Landscape (once; about 3 minutes, 2 GB of disk)`);
  const python = findPython();
  mkdirSync(join(root, "data"), { recursive: true });
  const pythonSteps = async () => {
    await step(2, conda ? `Python packages, into ${conda}` : "Python packages, into .venv", () =>
      installPythonPackages(python),
    );
    await step(3, "libtensorflow, from PyPI", installTensorflow);
  };
  // Downloads of two kinds, side by side.
  await Promise.all([step(1, "npm packages", installNpmPackages), pythonSteps()]);
  await step(4, "native TensorFlow backend, compiled here", buildNativeBackend);
  await step(5, "notebook kernel", installKernel);
  writeFileSync(stampFile, stamp());
  console.log(`Ready in ${seconds(started)}.\n`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || major > 24 || (major === 20 && minor < 19)) {
    throw new Error(
      `Node ${process.versions.node} is running, but Node 20.19 to 24 is needed.\n` +
        "Get it from https://nodejs.org, or with conda: conda env create -f environment.yml && conda activate clip-the-landscape",
    );
  }
}

/** What the finished set-up depends on: when any of it changes, the set-up runs again. */
function stamp() {
  const hash = createHash("sha256");
  for (const file of [
    "package-lock.json",
    "scripts/requirements.txt",
    "scripts/setup.mjs",
    "scripts/environment.mjs",
    "scripts/kernel.cjs",
  ]) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash
    .update([root, prefix, process.execPath, process.versions.modules, tensorflow].join("\n"))
    .digest("hex");
}

function isDone() {
  return (
    existsSync(stampFile) &&
    readFileSync(stampFile, "utf8") === stamp() &&
    existsSync(program("jupyter"))
  );
}

function findPython() {
  const candidates = conda ? [program("python")] : ["python3", "python", "py"];
  for (const candidate of candidates) {
    const found = spawnSync(
      candidate,
      ["-c", "import sys, venv, ensurepip; print(sys.version_info >= (3, 10))"],
      {
        encoding: "utf8",
      },
    );
    if (found.status === 0 && found.stdout.trim() === "True") return candidate;
  }
  throw new Error(
    "Python 3.10 or newer, with its venv module, was not found.\n" +
      "Debian and Ubuntu: sudo apt install python3 python3-venv. Others: https://www.python.org/downloads, or conda (see README.md).",
  );
}

async function installNpmPackages() {
  const lock = join(root, "node_modules", ".lock-sha256");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(lock) && readFileSync(lock, "utf8") === wanted) return "already there";
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  await run(
    npm,
    ["ci", "--no-audit", "--no-fund"],
    "npm ci failed. Is the npm registry reachable?",
  );
  writeFileSync(lock, wanted);
  return "installed";
}

async function installPythonPackages(python) {
  if (!conda && !existsSync(program("python"))) {
    await run(python, ["-m", "venv", prefix], "The virtual environment could not be made in .venv");
  }
  await pip(["-r", join("scripts", "requirements.txt")]);
  return "installed";
}

async function installTensorflow() {
  // Only its C libraries and headers are used, so none of its Python dependencies are needed.
  if (sitePackages() && existsSync(join(sitePackages(), "tensorflow", "include")))
    return "already there";
  try {
    await pip(["--no-deps", tensorflow]);
    return "installed";
  } catch (error) {
    return fallback("libtensorflow could not be installed", error);
  }
}

async function buildNativeBackend() {
  const libraries = join(sitePackages(), "tensorflow");
  if (!existsSync(join(libraries, "include"))) return "skipped: no libtensorflow";
  try {
    linkTensorflow(libraries);
    if (!loadsNatively()) {
      const gyp = join(root, "node_modules", "@mapbox", "node-pre-gyp", "bin", "node-pre-gyp");
      await run(
        process.execPath,
        [gyp, "install", "--build-from-source"],
        "The native backend did not compile",
        nativePackage,
      );
    }
    if (!loadsNatively()) throw new Error("The compiled backend does not load.");
    return "works";
  } catch (error) {
    return fallback(
      "The native TensorFlow backend could not be built (a C++ compiler is needed: on Debian and Ubuntu " +
        "sudo apt install g++ make, on macOS xcode-select --install)",
      error,
    );
  }
}

function fallback(what, error) {
  console.warn(
    `  Warning: ${what}. Training will use the slower WASM backend.\n  ${error.message.split("\n").join("\n  ")}`,
  );
  return "skipped";
}

/** tfjs-node-gpu looks for headers and libraries in its own `deps` folder: links there lead to PyPI's. */
function linkTensorflow(tensorflowFolder) {
  const lib = join(nativePackage, "deps", "lib");
  mkdirSync(lib, { recursive: true });
  link(join(tensorflowFolder, "include"), join(nativePackage, "deps", "include"));
  const [cc, framework] =
    process.platform === "darwin"
      ? ["libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"]
      : ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
  for (const name of [cc, framework]) link(join(tensorflowFolder, name), join(lib, name));
  const names =
    process.platform === "darwin"
      ? ["libtensorflow.2.dylib", "libtensorflow_framework.2.dylib"]
      : ["libtensorflow.so", "libtensorflow_framework.so"];
  link(join(tensorflowFolder, cc), join(lib, names[0]));
  link(join(tensorflowFolder, framework), join(lib, names[1]));
}

function link(target, path) {
  if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path, { recursive: true });
  symlinkSync(target, path);
}

function loadsNatively() {
  if (!existsSync(nativeAddon)) return false;
  const code =
    "require('util').isNullOrUndefined ??= (x) => x == null; const tf = require('@tensorflow/tfjs-node-gpu'); tf.tensor([1]).dataSync();";
  return spawnSync(process.execPath, ["-e", code], { cwd: root, env: environment() }).status === 0;
}

function installKernel() {
  const folder = join(prefix, "share", "jupyter", "kernels", "tslab");
  mkdirSync(folder, { recursive: true });
  const spec = {
    // The wrapper changes into the repository first: tslab only imports files below its working directory.
    argv: [process.execPath, join(root, "scripts", "kernel.cjs"), "{connection_file}"],
    display_name: "TypeScript (tslab)",
    language: "typescript",
    env: largePages,
  };
  writeFileSync(join(folder, "kernel.json"), JSON.stringify(spec, null, 2) + "\n");
  createRequire(import.meta.url)("./kernel/modules.cjs").makeAll();
  return "installed";
}

async function pip(args) {
  await run(
    program("python"),
    ["-m", "pip", "install", "--disable-pip-version-check", "--quiet", ...args],
    "pip failed. Is PyPI reachable?",
  );
}

/** Run one numbered step, with a line when it starts, a sign of life every 15 s, and its time at the end. */
async function step(number, name, work) {
  const start = Date.now();
  console.log(`[${number}/5] ${name} …`);
  const alive = setInterval(
    () => console.log(`[${number}/5]   still working on it (${seconds(start)})`),
    15_000,
  );
  try {
    console.log(`[${number}/5]   ${await work()} (${seconds(start)})`);
  } finally {
    clearInterval(alive);
  }
}

/** Run a program quietly; on failure throw `problem` with the last lines it printed. */
function run(command, args, problem, cwd = root) {
  return new Promise((done, fail) => {
    // Node's own headers, where the installation has them (conda, Debian), spare node-gyp a download.
    const node = dirname(dirname(process.execPath));
    const headers = existsSync(join(node, "include", "node", "node.h"))
      ? { npm_config_nodedir: node }
      : {};
    const child = spawn(command, args, {
      cwd,
      env: { ...environment(), ...headers },
      shell: command.endsWith(".cmd"),
    });
    let output = "";
    const keep = (chunk) => {
      output = (output + chunk).slice(-4000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => fail(new Error(`${problem} (${error.message})`)));
    child.on("close", (code) =>
      code === 0
        ? done()
        : fail(new Error(`${problem}\n${output.trim().split("\n").slice(-15).join("\n")}`)),
    );
  });
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(0)} s`;
}
