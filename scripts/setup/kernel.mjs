// The notebook kernel, registered in the Python environment.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { largePages, prefix, root } from "../environment.mjs";

const folder = join(prefix, "share", "jupyter", "kernels", "tslab");
const file = join(folder, "kernel.json");

/** Whether the kernel is registered, with this Node and in this folder. */
export function isThere() {
  return existsSync(file) && readFileSync(file, "utf8") === wanted();
}

export function make() {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, wanted());
  // What cells need to know of lib is worked out here, so that the first notebook need not wait for it.
  const modules = join(root, "scripts", "kernel", "modules.cjs");
  if (existsSync(modules)) createRequire(import.meta.url)(modules).makeAll();
  return "installed";
}

function wanted() {
  const spec = {
    // The wrapper changes into the repository first: tslab only imports files below its working directory.
    argv: [
      process.execPath,
      "--require",
      join(root, "scripts", "end-with-parent.cjs"),
      join(root, "scripts", "kernel.cjs"),
      "{connection_file}",
    ],
    display_name: "TypeScript (tslab)",
    language: "typescript",
    env: largePages,
  };
  return JSON.stringify(spec, null, 2) + "\n";
}
