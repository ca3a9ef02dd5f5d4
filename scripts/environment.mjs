// Where things are on this machine: the Python environment (a virtual one in .venv, or the active conda environment).
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const windows = process.platform === "win32";

/** The active conda environment, unless it is conda's own "base", which is no place for a project's packages. */
export const conda =
  process.env.CONDA_PREFIX && process.env.CONDA_DEFAULT_ENV !== "base"
    ? process.env.CONDA_PREFIX
    : undefined;
export const prefix = conda ?? join(root, ".venv");

/** The path of a program of the Python environment, such as "python" or "jupyter". */
export function program(name) {
  if (!windows) return join(prefix, "bin", name);
  return conda && name === "python"
    ? join(prefix, "python.exe")
    : join(prefix, "Scripts", `${name}.exe`);
}

/**
 * On Linux, pages of 2 MB where the system allows it: reading rows of a large tensor in random order is then faster, as
 * fewer pages have to be looked up. Has to be set before a program starts; elsewhere it means nothing.
 */
export const largePages = {
  GLIBC_TUNABLES: process.env.GLIBC_TUNABLES ?? "glibc.malloc.hugetlb=1",
};

/** Environment variables for programs that are started by the scripts: the environment's programs come first in PATH. */
export function environment() {
  const path = `${dirname(program("jupyter"))}${windows ? ";" : ":"}${process.env.PATH}`;
  return {
    ...process.env,
    PATH: path,
    JUPYTER_PREFER_ENV_PATH: "1",
    TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? "2",
  };
}

/** Site-packages of the Python environment, or undefined before it exists. */
export function sitePackages() {
  if (windows) return join(prefix, "Lib", "site-packages");
  for (const minor of [10, 11, 12, 13, 14]) {
    const folder = join(prefix, "lib", `python3.${minor}`, "site-packages");
    if (existsSync(folder)) return folder;
  }
  return undefined;
}
