/** Tables that may still be in the zip they were downloaded in: `train.csv`, or `train.csv.zip` with it inside. */
import AdmZip from "adm-zip";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { writeError } from "./atomic";

/** Which file holds `path`: itself, or `<path>.zip`; null if neither is there. */
export function possiblyZipped(path: string): string | null {
  return [path, `${path}.zip`].find((file) => existsSync(file)) ?? null;
}

/** The one file in a zip; what macOS adds to each (`__MACOSX/`) is passed over. */
function unzip(path: string): Buffer {
  try {
    const entries = new AdmZip(path)
      .getEntries()
      .filter((entry) => !entry.isDirectory && !/^__MACOSX\/|(^|\/)\./.test(entry.entryName));
    const names = entries.map((entry) => entry.entryName).slice(0, 5);
    if (names.length !== 1)
      throw new Error(`one file expected, found ${entries.length}: ${names.join(", ") || "none"}`);
    return entries[0].getData();
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`${path} cannot be unzipped: ${message}`, { cause });
  }
}

/**
 * The bytes of `path` if it is there, else of the only file in `<path>.zip`. Throws if there is neither, if the zip is
 * damaged or holds several files, and if both are there and differ: then nobody knows which is meant.
 */
export function readPossiblyZipped(path: string): Buffer {
  const found = possiblyZipped(path);
  if (found === null) throw new Error(`${path} is missing, and there is no ${path}.zip either`);
  if (found !== path) return unzip(found);
  const plain = readFileSync(path);
  if (existsSync(`${path}.zip`) && !plain.equals(unzip(`${path}.zip`)))
    throw new Error(
      `${path} and the file in ${basename(path)}.zip differ: delete or rename the one that is not meant`,
    );
  return plain;
}

/**
 * Let `use` have `path` as a plain file, for readers that need one: itself where it is there, else unzipped into a
 * temporary folder that is removed afterwards. Throws as `readPossiblyZipped` does.
 */
export async function withPlainFile<T>(
  path: string,
  use: (plain: string) => Promise<T>,
): Promise<T> {
  const found = possiblyZipped(path);
  if (found === path && !existsSync(`${path}.zip`)) return use(path);
  const bytes = readPossiblyZipped(path);
  if (found === path) return use(path);
  const folder = await mkdtemp(join(tmpdir(), "unzipped-"));
  const plain = join(folder, basename(path));
  try {
    await writeFile(plain, bytes).catch((cause) => {
      throw writeError(plain, cause);
    });
    return await use(plain);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
