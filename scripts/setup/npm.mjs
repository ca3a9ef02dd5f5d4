// The npm packages, in node_modules.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, windows } from "../environment.mjs";
import { run } from "./programs.mjs";

export const gigabytes = 0.9;
const lock = join(root, "package-lock.json");
const mark = join(root, "node_modules", ".clip-packages");
// Those that hold programs compiled for one system and processor, and how to use them.
const compiled = {
  sharp: "",
  "@duckdb/node-api": "",
  "onnxruntime-node": "",
  zeromq: "",
  rollup: "",
  esbuild: ".transformSync('')",
};
// Each states what the user's own npm settings may say otherwise, for this one installation.
const settings = [
  "--include=dev",
  "--include=optional",
  "--include=peer",
  "--ignore-scripts",
  "--package-lock",
  "--bin-links",
  "--install-strategy=hoisted",
  "--legacy-peer-deps=false",
  "--engine-strict=false",
  "--location=project",
  "--no-dry-run",
];

/** Whether `npm ci` ended well, for this lock file and this machine, and no package has been removed since. */
export function isThere() {
  if (!existsSync(mark) || readFileSync(mark, "utf8") !== wanted()) return false;
  const { packages } = JSON.parse(readFileSync(lock, "utf8"));
  return Object.entries(packages).every(
    ([path, { optional }]) => optional || existsSync(join(root, path, "package.json")),
  );
}

export async function make() {
  await run("npm ci failed", windows ? "npm.cmd" : "npm", [
    "ci",
    "--no-audit",
    "--no-fund",
    ...settings,
  ]);
  const { packages } = JSON.parse(readFileSync(lock, "utf8"));
  const listed = Object.entries(compiled).filter(([name]) => `node_modules/${name}` in packages);
  const code = listed.map(([name, use]) => `require("${name}")${use};`).join(" ");
  await run("The npm packages are installed, but don't work", process.execPath, ["-e", code]);
  writeFileSync(mark, wanted());
  return "installed";
}

/** The packages, and the machine: a folder that was copied from one of another kind is no use. */
function wanted() {
  const machine = [process.platform, process.arch, process.versions.modules].join(" ");
  return createHash("sha256").update(readFileSync(lock)).update(machine).digest("hex");
}
