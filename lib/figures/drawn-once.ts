/** Drawings are kept: a figure that has not changed since an earlier run is not drawn again, which takes seconds a notebook. */
import { readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writeFileAtomic } from "../files/atomic";
import { sha256 } from "../files/hash";

/** Where the kept bytes lie, each file named after what it was made of. */
const FOLDER = ".cache/figures";

/** To be raised when other bytes are made of the same recipe. */
const VERSION = 1;

/** What nobody asked for in so many days is removed. */
const DAYS = 30;

/**
 * The bytes that `draw` makes of a recipe: a figure and how it is drawn, all that they depend on, as plain data. They are
 * taken from an earlier call with the same recipe if there was one, on this machine and with this plotly.js.
 */
export async function drawnOnce(recipe: unknown, draw: () => Promise<Buffer>): Promise<Buffer> {
  const file = join(FOLDER, sha256(JSON.stringify([recipe, await plotlyVersion(), VERSION])));
  const kept = await readFile(file).catch(() => undefined);
  if (kept) {
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined); // another notebook may have removed it
    return kept;
  }
  const bytes = await draw();
  await writeFileAtomic(file, bytes);
  await (cleared ??= removeUnused());
  return bytes;
}

let version: Promise<string> | undefined;

function plotlyVersion(): Promise<string> {
  const path = resolve("node_modules/plotly.js-dist/package.json");
  version ??= readFile(path, "utf8").then(
    (text) => (JSON.parse(text) as { version: string }).version,
  );
  return version;
}

let cleared: Promise<void> | undefined;

async function removeUnused(): Promise<void> {
  const oldest = Date.now() - DAYS * 86_400_000;
  for (const name of await readdir(FOLDER)) {
    const file = join(FOLDER, name);
    const found = await stat(file).catch(() => undefined);
    if (found && found.mtimeMs < oldest) await rm(file, { force: true });
  }
}
