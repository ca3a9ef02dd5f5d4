// One process at a time: two set-ups, or two runs of the same notebooks, would break each other. The second waits and says
// for whom; the lock of a dead process is taken over, after ending what that one had started.
//
// A lock is a folder with numbered files. Whoever made the file with the highest number holds the lock until its text
// says "free" or its process is dead; to take it is to make the next number, which succeeds for one process only. Nobody
// ever removes or writes a file with the highest number but its owner, so that there is nothing to race for.
import { spawnSync } from "node:child_process";
import {
  readFileSync,
  readdirSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isWritable, root } from "./environment.mjs";
import { endGroup, groups, onGroups, onStop, processStat } from "./processes.mjs";

const beat = 5000;
const untilDead = 60_000;

/**
 * Take the lock `name`, waiting for it as long as its owner lives; `what` says to others what this process does. Returns
 * a function that releases it. An owner on another machine lives as long as its file gets new times.
 */
export async function takeLock(name, what, folder = join(root, ".cache", "locks", name)) {
  if (!isWritable(folder)) {
    throw new Error(
      `${folder} can't be written. Have the project's folder where you can write; it is not made for read-only ones.`,
    );
  }
  mkdirSync(folder, { recursive: true });
  let said = false;
  for (let seen = {}; ; await pause(300)) {
    const last = highest(folder);
    const owner = last === 0 ? "free" : read(join(folder, String(last)));
    const isNew = seen.last !== last || seen.time !== owner.time;
    if (isNew) seen = { last, time: owner.time, since: Date.now() };
    const lives =
      owner === "free" ? false : (isAlive(owner) ?? Date.now() - seen.since < untilDead);
    if (!lives) {
      const release = await take(folder, last + 1, what, owner.groups ?? []);
      if (release) return release;
    } else if (!said && owner.time !== undefined) {
      said = true;
      const who = owner.pid
        ? `process ${owner.pid} (${owner.what}) on ${owner.host}, since ${owner.since},`
        : "another process";
      console.error(`Waiting for ${who} to be done …`);
    }
  }
}

async function take(folder, number, what, leftBehind) {
  const file = join(folder, String(number));
  const self = {
    pid: process.pid,
    started: processStart(process.pid),
    machine: machine(),
    host: hostname(),
  };
  const owner = { ...self, what, since: new Date().toLocaleString("sv-SE"), groups: leftBehind };
  try {
    writeFileSync(file, JSON.stringify(owner), { flag: "wx" });
  } catch (error) {
    if (error.code === "EEXIST") return undefined;
    throw error;
  }
  if (highest(folder) !== number) {
    rmSync(file, { force: true }); // others came and went since the folder was read
    return undefined;
  }
  for (const other of readdirSync(folder))
    if (parseInt(other) < number) rmSync(join(folder, other), { force: true });
  const timer = setInterval(() => attempt(() => utimesSync(file, new Date(), new Date())), beat);
  timer.unref();
  let free = false;
  const write = () => {
    writeFileSync(`${file}.tmp`, free ? "free" : JSON.stringify(owner));
    renameSync(`${file}.tmp`, file);
  };
  const release = () => {
    clearInterval(timer);
    free = true;
    attempt(write);
  };
  onStop(release);
  // They are still running if their owner was killed: npm would go on installing.
  await Promise.all(
    leftBehind.filter(isLeftBehind).map(({ pid }) => endGroup(pid, "SIGTERM", 5000)),
  );
  onGroups(() => {
    owner.groups = [...groups].map((pid) => ({ pid, started: processStart(pid) }));
    attempt(write);
  });
  return release;
}

/** Somebody may have deleted the folder: then nobody waits for this lock, and the work goes on. */
function attempt(work) {
  try {
    work();
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

function highest(folder) {
  return Math.max(
    0,
    ...readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
}

/** The owner as its file says, or "free"; without a `pid` while it is being written (or was torn by a crash). */
function read(file) {
  try {
    const text = readFileSync(file, "utf8");
    return text === "free" ? text : { time: statSync(file).mtimeMs, ...JSON.parse(text || "{}") };
  } catch (error) {
    if (error.code === "ENOENT") return {}; // replaced this moment
    throw error;
  }
}

/** Whether the owner lives; undefined if that can't be known from here. */
function isAlive(owner) {
  if (owner.machine !== machine()) return undefined;
  return exists(owner.pid) && processStart(owner.pid) === owner.started;
}

/** A group keeps its number while it has members; a process with that number and another start is somebody else's. */
function isLeftBehind({ pid, started }) {
  return !exists(pid) || processStart(pid) === started;
}

function exists(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** When a process began, as the system says it: process ids are used again. Undefined for none, or only its remains. */
function processStart(pid) {
  if (process.platform === "win32") return "unknown";
  if (process.platform !== "linux")
    return (
      spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).stdout?.trim() ||
      undefined
    );
  const stat = processStat(pid);
  return stat?.state === "Z" ? undefined : stat?.started;
}

/** Tells machines and containers apart, which may have the same name and count their processes alike. */
function machine() {
  try {
    return [
      hostname(),
      readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
      readlinkSync("/proc/self/ns/pid"),
    ].join(" ");
  } catch {
    return hostname();
  }
}
