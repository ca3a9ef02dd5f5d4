// Jupyter and what else the notebooks need of Python: in .venv, or in the project's conda environment.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { conda, prefix, program, root } from "../environment.mjs";
import { ask, run } from "./programs.mjs";

export const gigabytes = 0.6;
const requirements = join(root, "scripts", "requirements.txt");
const mark = join(prefix, ".clip-packages");
const modules = ["jupyterlab", "nbclient", "nbconvert", "plotly", "kaleido"];

/** Whether pip ended well for these requirements, and the environment's Python finds pip and the packages. */
export async function isThere() {
  return marked() === wanted() && (await isUsable());
}

export async function make() {
  // What an interrupted pip or a renamed folder left can't be trusted: pip takes half a package for a whole one, and the
  // programs in it have the folder's name inside. A whole one only gets what is new.
  const isWhole = marked().startsWith(`${prefix}\n`) && (await isUsable());
  rmSync(mark, { force: true });
  if (!conda && !isWhole) {
    await rm(prefix, { recursive: true, force: true }); // takes long enough to be interrupted
    await run("The virtual environment could not be made in .venv", await findPython(), [
      "-m",
      "venv",
      prefix,
    ]);
  }
  await pip("-r", requirements);
  const use = `import pip, ${modules.join(", ")}`;
  await run("pip installed the Python packages, but they can't be used", program("python"), [
    "-c",
    use,
  ]);
  writeFileSync(mark, wanted());
  return "installed";
}

async function isUsable() {
  const code =
    "import sys, importlib.util as i; sys.exit(any(i.find_spec(name) is None for name in sys.argv[1:]))";
  return (
    existsSync(program("jupyter")) &&
    (await ask(program("python"), ["-c", code, "pip", "kaggle", ...modules])) !== undefined
  );
}

function marked() {
  return existsSync(mark) ? readFileSync(mark, "utf8") : "";
}

export async function pip(...args) {
  const python = program("python");
  await run("pip failed", python, [
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--no-input",
    "--quiet",
    ...args,
  ]);
}

/** The folder, whose name a virtual environment holds, and the packages. */
function wanted() {
  return `${prefix}\n${createHash("sha256").update(readFileSync(requirements)).digest("hex")}\n`;
}

/** A Python that libtensorflow is published for (3.10 to 3.13), otherwise any newer one; `oldest`: 10 means 3.10. */
export async function findPython(oldest = 10) {
  const names = [
    "python3",
    "python",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
    "py",
    "/usr/bin/python3",
  ];
  const code =
    "import sys, venv, ensurepip; print(sys.version_info[1] if sys.version_info[0] == 3 else 0)";
  const found = [];
  for (const name of names) {
    const minor = Number(await ask(name, ["-c", code]));
    if (minor >= oldest && minor <= 13) return name;
    if (minor > 13) found.push(name);
  }
  if (found.length > 0) return found[0];
  throw new Error(
    `Python 3.${oldest} or newer, with its venv module, was not found.\n` +
      "Debian and Ubuntu: sudo apt install python3 python3-venv. Others: https://www.python.org/downloads, or conda (see README.md).",
  );
}
