// libtensorflow: the C libraries and headers in TensorFlow's Python package, and none of its Python dependencies.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { conda, prefix, program } from "../environment.mjs";
import { pip } from "./python.mjs";
import { run } from "./programs.mjs";

export const gigabytes = 2;
export const optional = true;
// tensorflow-cpu has no build for macOS and Linux on ARM; there the full package holds the same libraries.
const version = "2.21.0";
const wanted = `${process.platform === "linux" && process.arch === "x64" ? "tensorflow-cpu" : "tensorflow"}==${version}`;
const mark = join(prefix, ".clip-tensorflow");

/** The folder with libtensorflow. */
export async function tensorflowFolder() {
  const code = "import sysconfig; print(sysconfig.get_path('platlib'))";
  const site = await run(
    "The Python environment does not say where its packages are",
    program("python"),
    ["-c", code],
  );
  return join(site.trim(), "tensorflow");
}

/** Whether pip ended well for this version. That it can be used, the native backend shows. */
export function isMarked() {
  return existsSync(mark) && readFileSync(mark, "utf8") === wanted;
}

export async function isThere() {
  return isMarked() && existsSync(join(await tensorflowFolder(), "include"));
}

export async function make() {
  const site = join(await tensorflowFolder(), "..");
  // What an interrupted pip left would be taken for the whole. A conda environment brings its own, made with it.
  const isOurs = !conda || existsSync(mark);
  writeFileSync(mark, "unfinished");
  if (isOurs) {
    const old = readdirSync(site).filter((name) =>
      /^~?(tensorflow|ensorflow)(_cpu)?(-|$)/.test(name),
    );
    for (const name of old) await rm(join(site, name), { recursive: true, force: true });
  }
  await pip("--no-deps", wanted);
  writeFileSync(mark, wanted);
  return "installed";
}
