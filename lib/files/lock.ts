/**
 * Locks between processes, on one machine or on several that share a file system. A lock is a file that says who holds
 * it. Made by `link`, which succeeds for one process only, on network file systems too (where flock often does not).
 */
import { randomUUID } from "node:crypto";
import {
  copyFile,
  constants,
  link,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
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
  /** Different for each lock taken. */
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

const readText = (file: string): Promise<string | null> =>
  readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });

/** Give `candidate` the name `file` too, unless that is taken. */
async function claim(candidate: string, file: string): Promise<void> {
  try {
    await link(candidate, file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EEXIST" || code === "ENOENT") return;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code)) throw error;
    await copyFile(candidate, file, constants.COPYFILE_EXCL).catch(() => undefined); // no links on this file system
  }
}

/** Remove a dead owner's lock. Another process may do the same and have its own there now: that one goes back. */
async function putAside(file: string, dead: string): Promise<void> {
  const aside = temporaryName(file);
  if (
    !(await rename(file, aside).then(
      () => true,
      () => false,
    ))
  )
    return;
  if ((await readText(aside)) !== dead) await claim(aside, file);
  await rm(aside, { force: true });
}

function held(file: string, own: string, heartbeat: number): Lock {
  const isOurs = async (): Promise<boolean> => (await readText(file).catch(() => null)) === own;
  // Writing, not setting, the time: so it is the file server's clock, the same for all.
  const beat = async (): Promise<void> => {
    const handle = await open(file, "r+"); // opened first: what takes the file's place after that is not written to
    try {
      if ((await handle.readFile("utf8")) === own) await handle.write(own, 0);
    } finally {
      await handle.close();
    }
  };
  const timer = setInterval(() => void beat().catch(() => undefined), heartbeat * 1000);
  timer.unref();
  const check = async (): Promise<void> => {
    if (await isOurs()) return;
    throw new Error(
      `${file} was taken over by another process, because this one stood still for too long. Nothing ` +
        "that was finished is lost; run it again",
    );
  };
  const release = async (): Promise<void> => {
    clearInterval(timer);
    if (await isOurs()) await rm(file, { force: true });
  };
  return { check, release };
}

/** Whether the lock's owner is known or must be taken to be dead. `now` is the file server's time in ms. */
async function isStale(
  file: string,
  text: string,
  now: number,
  staleAfter: number,
): Promise<boolean> {
  const owner = readOrNull(() => JSON.parse(text) as LockOwner); // null: torn by a power cut
  const alive = owner && isAlive(owner);
  if (alive !== null) return !alive;
  const beat = await stat(file).catch(() => null);
  return beat !== null && now - beat.mtimeMs > staleAfter * 1000;
}

async function take(
  file: string,
  candidate: string,
  own: string,
  options: LockOptions,
): Promise<Lock | null> {
  const { heartbeat = 20, staleAfter = 180 } = options;
  for (let attempt = 0; attempt < 3; attempt++) {
    await claim(candidate, file);
    const found = await readText(file);
    if (found === own) return held(file, own, heartbeat);
    if (found === null) continue; // released this moment
    const now = await stat(candidate).catch(() => null);
    if (!now || !(await isStale(file, found, now.mtimeMs, staleAfter))) return null;
    await putAside(file, found);
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
  const candidate = temporaryName(file);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(candidate, own, { flag: "wx" });
    return await take(file, candidate, own, options);
  } catch (error) {
    throw writeError(file, error);
  } finally {
    await rm(candidate, { force: true }).catch(() => undefined);
  }
}

/** Who holds a lock, in words: "process 123 on host1 since 2026-01-31T12:00:00.000Z". */
export async function describeOwner(file: string): Promise<string> {
  const text = await readText(file).catch(() => null);
  const owner = text && readOrNull(() => JSON.parse(text) as LockOwner);
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
