// TensorFlow.js's native backend, compiled here against libtensorflow. Without it, training uses the WASM backend.
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { isWritable, prefix, program, root } from "../environment.mjs";
import { onStop } from "../processes.mjs";
import { ask, run, temporary } from "./programs.mjs";
import { tensorflowFolder } from "./tensorflow.mjs";

export const gigabytes = 0.1;
export const optional = true;
const tfjs = join(root, "node_modules", "@tensorflow", "tfjs-node-gpu");
const addon = join("lib", "napi-v8", "tfjs_binding.node");
const givenUp = join(prefix, ".clip-without-native-backend");
const note = join(root, ".cache", "native-build");
const load =
  "require('util').isNullOrUndefined ??= (x) => x == null; const tf = require('@tensorflow/tfjs-node-gpu'); tf.tensor([1]).dataSync();";

/** Whether it loads and computes. */
export async function isThere() {
  return existsSync(join(tfjs, addon)) && (await ask(process.execPath, ["-e", load])) !== undefined;
}

export async function make() {
  const libraries = await tensorflowFolder();
  linkTensorflow(libraries, tfjs);
  if (!(await isThere())) {
    await build(libraries);
    await run("The native TensorFlow backend was compiled, but does not load", process.execPath, [
      "-e",
      load,
    ]);
  }
  rmSync(givenUp, { force: true });
  return "works";
}

/** Notes that it could not be made, so that only `npm run setup` tries again. */
export function giveUp() {
  writeFileSync(givenUp, "");
}

export function wasGivenUp() {
  return existsSync(givenUp);
}

/** Compile a copy of the package: make knows no folders with spaces in their names, and this one's may have some. */
async function build(libraries) {
  const folder = buildFolder();
  onStop(() => rmSync(folder, { recursive: true, force: true }));
  try {
    for (const name of ["binding", "binding.gyp", "package.json"])
      cpSync(join(tfjs, name), join(folder, name), { recursive: true });
    linkTensorflow(libraries, folder);
    const python = (
      await ask(program("python"), ["-c", "import sys; print(sys._base_executable)"])
    )?.trim();
    const gyp = join(root, "node_modules", "@mapbox", "node-pre-gyp", "bin", "node-pre-gyp");
    await run(
      "The native TensorFlow backend could not be compiled",
      process.execPath,
      [gyp, "install", "--build-from-source"],
      {
        cwd: folder,
        env: {
          npm_config_devdir: join(folder, "headers"),
          ...(python && { NODE_GYP_FORCE_PYTHON: python }),
        },
      },
    );
    mkdirSync(join(tfjs, "lib", "napi-v8"), { recursive: true });
    cpSync(join(folder, addon), join(tfjs, `${addon}.new`));
    renameSync(join(tfjs, `${addon}.new`), join(tfjs, addon));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A new folder without spaces in its path. Its name is noted, as what is not in the project nobody else would remove. */
function buildFolder() {
  const noted = existsSync(note) ? readFileSync(note, "utf8") : "";
  if (basename(noted).startsWith("clip-native-")) rmSync(noted, { recursive: true, force: true });
  const places = [temporary, tmpdir(), "/tmp", "/var/tmp"];
  const place =
    places.find((folder) => /^[\w./:\\+~-]+$/.test(folder) && isWritable(folder)) ?? temporary;
  const folder = mkdtempSync(join(place, "clip-native-"));
  writeFileSync(note, folder);
  return folder;
}

/** tfjs-node-gpu looks for headers and libraries in its own `deps` folder: links there lead to PyPI's. */
function linkTensorflow(from, to) {
  const lib = join(to, "deps", "lib");
  mkdirSync(lib, { recursive: true });
  link(join(from, "include"), join(to, "deps", "include"));
  const mac = process.platform === "darwin";
  const cc = mac ? "libtensorflow_cc.2.dylib" : "libtensorflow_cc.so.2";
  const framework = mac ? "libtensorflow_framework.2.dylib" : "libtensorflow_framework.so.2";
  link(join(from, cc), join(lib, cc));
  link(join(from, framework), join(lib, framework));
  link(join(from, cc), join(lib, mac ? "libtensorflow.2.dylib" : "libtensorflow.so"));
  if (!mac) link(join(from, framework), join(lib, "libtensorflow_framework.so"));
}

function link(target, path) {
  if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path, { recursive: true });
  symlinkSync(target, path);
}
