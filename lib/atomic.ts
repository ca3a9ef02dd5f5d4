/** Files that are either whole or not there: written under a temporary name in the same folder, then renamed. */
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

let counter = 0;

/** What the system's error means for someone who wanted `path` written. */
function explain(path: string, cause: unknown): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? "";
  const says = (pattern: RegExp): boolean => pattern.test(code) || pattern.test(text);
  let reason = text;
  if (says(/ENOSPC|EDQUOT|No space left/i)) reason = "the disk is full; free some space and run it again";
  else if (says(/EROFS|EACCES|EPERM|Read-only file system|Permission denied/i)) {
    reason = `the folder ${dirname(path)} is read-only for you; make it writable or work in a copy of the project`;
  } else if (says(/EISDIR|ENOTDIR|EEXIST/)) reason = `a file or folder of that name is in the way (${code})`;
  return new Error(`Cannot write ${path}: ${reason}`, { cause });
}

/** Make what the disk holds of `path` certain before it is renamed. */
async function flush(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Let `write` make a file under a temporary path beside `path`, then give it its name. Folders are made as needed; on
 * any failure the temporary file is removed, an older `path` stays as it was, and the error says what to do.
 */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${counter++}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await write(temporary);
    await flush(temporary);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw explain(path, cause);
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
