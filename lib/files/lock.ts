/**
 * Locks between processes, on one machine or on several that share a file system (where flock often does not work).
 *
 * A lock is a folder with one file in it, which says who holds it and has a name that nobody else will ever use. Taking
 * it is renaming a folder made ready beforehand: that succeeds only where there is no folder of the name, or an empty
 * one. Giving it back, and taking a dead owner's away, is removing the owner's file: by its name, so that no one can
 * remove a lock that another process has taken meanwhile.
 */
import { randomUUID } from "node:crypto";
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { temporaryName, writeError } from "./atomic";

export interface LockOwner {
  host: string;
  pid: number;
  /** Tells machines and containers apart that have the same name. */
  machine: string;
  /** When the process began, as the system counts: pids are used again. Null where the system does not say. */
  started: string | null;
  /** When it took the lock. */
  since: string;
  /** Different for each lock taken; the name of its file. */
  key: string;
}

export interface LockOptions {
  /** Seconds between signs of life. */
  heartbeat?: number;
  /** Seconds without one after which the owner, if it can't be asked whether it lives, is taken for dead. */
  staleAfter?: number;
}

export interface Lock {
  /** Throws if another process has taken the lock over, as it may when this one stood still for `staleAfter`. */
  check(): Promise<void>;
  release(): Promise<void>;
}

const readOrNull = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch {
    return null;
  }
};

/** Field 22 of /proc/<pid>/stat; null on other systems, undefined if there is no such process (or only its remains). */
function processStart(pid: number): string | null | undefined {
  if (process.platform !== "linux") return null;
  const text = readOrNull(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields && fields[0] !== "Z" && fields[0] !== "X" ? fields[19] : undefined;
}

function machineId(): string {
  const boot = readOrNull(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  return [hostname(), boot, readOrNull(() => readlinkSync("/proc/self/ns/pid"))].join(" ");
}

/** Whether the owner lives; null if that can't be known from here. */
function isAlive({ machine, pid, started }: LockOwner): boolean | null {
  if (machine !== machineId()) return null;
  const found = processStart(pid);
  if (found !== null) return found === started;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The result of a file operation, or null where it fails for one of these reasons. */
async function unless<T>(codes: readonly string[], operation: Promise<T>): Promise<T | null> {
  try {
    return await operation;
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

const NOT_EMPTY = ["ENOTEMPTY", "EEXIST"];
const GONE = ["ENOENT"];
/** How Windows says that the folder is there already. */
const TAKEN = [...NOT_EMPTY, ...(process.platform === "win32" ? ["EPERM", "EACCES"] : [])];

interface OwnerFile {
  path: string;
  text: string;
}

/** The file of the lock's owner; null if nobody holds the lock. */
async function ownerFile(lock: string): Promise<OwnerFile | null> {
  const names = (await unless(GONE, readdir(lock))) ?? [];
  const name = names.find((entry) => /^[0-9a-f-]{36}\.lock$/.test(entry));
  if (name === undefined) return null;
  const path = join(lock, name);
  const text = await unless(GONE, readFile(path, "utf8"));
  return text === null ? null : { path, text };
}

/** Remove an owner's file, and the folder if nobody has taken the lock by then. */
async function remove(lock: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await unless([...GONE, ...TAKEN], rmdir(lock));
}

function held(lock: string, path: string, own: string, heartbeat: number): Lock {
  // Writing, not setting, the time: so it is the file server's clock, the same for all.
  const beat = async (): Promise<void> => {
    const handle = await open(path, "r+");
    await handle.write(own, 0).finally(() => handle.close());
  };
  const timer = setInterval(() => void beat().catch(() => undefined), heartbeat * 1000);
  timer.unref();
  const check = async (): Promise<void> => {
    if (await stat(path).catch(() => null)) return;
    throw new Error(
      `${lock} was taken over by another process, because this one stood still for too long. Nothing ` +
        "that was finished is lost; run it again",
    );
  };
  const release = async (): Promise<void> => {
    clearInterval(timer);
    await remove(lock, path);
  };
  return { check, release };
}

/** Whether the lock's owner is known or must be taken to be dead. `now` is the file server's time in ms. */
async function isStale(
  { path, text }: OwnerFile,
  now: number,
  staleAfter: number,
): Promise<boolean> {
  const owner = readOrNull(() => JSON.parse(text) as LockOwner); // null: torn by a power cut
  const alive = owner && isAlive(owner);
  if (alive !== null) return !alive;
  const beat = await stat(path).catch(() => null);
  return beat !== null && now - beat.mtimeMs > staleAfter * 1000;
}

/** Take the lock with the folder `ready`, in which the file `name` says `own`; null if another holds it. */
async function take(
  lock: string,
  ready: string,
  name: string,
  own: string,
  { heartbeat = 20, staleAfter = 180 }: LockOptions,
): Promise<Lock | null> {
  for (let attempt = 0; attempt < 3; attempt++) {
    await unless([...GONE, ...TAKEN], rename(ready, lock));
    // Looked up in any case: a file server may have done it and its answer been lost.
    const found = await ownerFile(lock);
    if (found?.text === own) return held(lock, found.path, own, heartbeat);
    if (found) {
      const now = await stat(join(ready, name)).catch(() => null);
      if (!now || !(await isStale(found, now.mtimeMs, staleAfter))) return null;
      await remove(lock, found.path);
    } else await unless([...GONE, ...TAKEN], rmdir(lock)); // empty: given back this moment, or by a killed process
  }
  return null;
}

/**
 * Take the lock `file` if nobody has it; null if somebody does. The lock of a dead process is taken over: at once if it
 * ran on this machine, after `staleAfter` without a sign of life otherwise. Throws where the folder can't be written.
 */
export async function tryLock(file: string, options: LockOptions = {}): Promise<Lock | null> {
  const owner: LockOwner = {
    host: hostname(),
    pid: process.pid,
    machine: machineId(),
    started: processStart(process.pid) ?? null,
    since: new Date().toISOString(),
    key: randomUUID(),
  };
  const own = `${JSON.stringify(owner)}\n`;
  const name = `${owner.key}.lock`;
  const ready = temporaryName(file);
  try {
    await mkdir(dirname(file), { recursive: true });
    await mkdir(ready);
    // Gone if somebody tidied up after killed processes this moment: then nobody gets the lock, and it is asked for again.
    await unless(GONE, writeFile(join(ready, name), own, { flag: "wx" }));
    return await take(file, ready, name, own, options);
  } catch (error) {
    throw writeError(file, error);
  } finally {
    await rm(ready, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Who holds a lock, in words: "process 123 on host1 since 2026-01-31T12:00:00.000Z". */
export async function describeOwner(file: string): Promise<string> {
  const found = await ownerFile(file).catch(() => null);
  const owner = found && readOrNull(() => JSON.parse(found.text) as LockOwner);
  return owner ? `process ${owner.pid} on ${owner.host} since ${owner.since}` : "another process";
}

export interface WaitOptions extends LockOptions {
  signal?: AbortSignal;
}

/** Wait a little before asking for a lock again. Throws the reason if `signal` aborts. */
export async function lockPause(signal?: AbortSignal): Promise<void> {
  await setTimeout(500, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

/** Do something while holding the lock, waiting for it as long as its owner lives. Throws if `signal` aborts. */
export async function withLock<T>(
  file: string,
  use: (lock: Lock) => Promise<T>,
  { signal, ...options }: WaitOptions = {},
): Promise<T> {
  for (;;) {
    const lock = await tryLock(file, options);
    if (lock) return use(lock).finally(() => lock.release());
    await lockPause(signal);
  }
}
