// Sphinx and what it needs, in a virtual environment of its own: the notebooks' would take longer to set up with it.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, windows } from "../environment.mjs";
import { run } from "../setup/programs.mjs";
import { findPython } from "../setup/python.mjs";

const folder = join(root, ".cache", "site-python");
const requirements = join(root, "scripts", "site", "requirements.txt");
const mark = join(folder, ".clip-packages");
export const program = join(folder, windows ? "Scripts/python.exe" : "bin/python");

/** Whether pip ended well for these requirements in this folder, whose name the environment holds. */
export function isThere() {
  return existsSync(program) && existsSync(mark) && readFileSync(mark, "utf8") === wanted();
}

export async function make() {
  rmSync(folder, { recursive: true, force: true });
  const python = await findPython(11);
  await run(`${folder} could not be made`, python, ["-m", "venv", folder]);
  const options = ["--disable-pip-version-check", "--no-input", "--quiet"];
  await run("pip failed", program, ["-m", "pip", "install", ...options, "-r", requirements]);
  writeFileSync(mark, wanted());
}

function wanted() {
  return `${folder}\n${createHash("sha256").update(readFileSync(requirements)).digest("hex")}\n`;
}
