/** Files that are either whole or not there: written under a temporary name in the same folder, then renamed. */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** What the system's error means for someone who wanted `path` written. */
export function writeError(path: string, cause: unknown): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? "";
  const says = (pattern: RegExp): boolean => pattern.test(code) || pattern.test(text);
  let reason = text;
  if (says(/ENOSPC|EDQUOT|No space left/i))
    reason = "the disk is full; free some space and run it again";
  else if (says(/EROFS|EACCES|EPERM|Read-only file system|Permission denied/i)) {
    reason = `the folder ${dirname(path)} is read-only for you; make it writable or work in a copy of the project`;
  } else if (says(/EISDIR|ENOTDIR|EEXIST/))
    reason = `a file or folder of that name is in the way (${code})`;
  return new Error(`Cannot write ${path}: ${reason}`, { cause });
}

/** Make what the disk holds of a file or folder certain, so that it outlasts a power cut. */
async function flush(path: string, flags: "r" | "r+"): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name beside `path` that no other process uses, on this machine or another. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`);
}

/** Remove what killed processes left of `path` (a file or a folder) under temporary names. Nobody may be writing it now. */
export async function removeTemporaries(path: string): Promise<void> {
  const names: string[] = await readdir(dirname(path)).catch(() => []);
  const start = `.${basename(path)}.`;
  for (const name of names)
    if (name.startsWith(start) && name.endsWith(".tmp"))
      await rm(join(dirname(path), name), { recursive: true, force: true, maxRetries: 3 });
}

/** Remove a file if it is there, for certain: a power cut does not bring it back. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await flush(dirname(path), "r").catch(() => undefined);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/**
 * Let `write` make a file under a temporary path beside `path`, then give it its name. Folders are made as needed; on
 * any failure the temporary file is removed, an older `path` stays as it was, and the error says what to do.
 */
export async function replaceFile(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    await write(temporary);
    await flush(temporary, "r+");
    await rename(temporary, path);
    await flush(dirname(path), "r").catch(() => undefined); // not every platform can sync a folder
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(path, cause);
  }
}

/** Write text (as UTF-8) or bytes to `path`, all or nothing. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await replaceFile(path, async (temporary) => {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(data);
    } finally {
      await file.close();
    }
  });
}
