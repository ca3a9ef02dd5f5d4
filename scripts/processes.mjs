// Programs that the scripts start never outlive them: each is in a process group of its own, which gets the signals that
// this process gets. Standard library only, as set-up uses it.
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { windows } from "./environment.mjs";

/** Process ids of the groups that are running. */
export const groups = new Set();
const listeners = new Set();
const cleanUps = new Set();
let stopping = false;
/** What `endTogether` was told. */
let ending;

/** Whether everything is being ended: programs that fail now are no failures. */
export function isStopping() {
  return stopping;
}

/** Call `listener` whenever `groups` has changed. */
export function onGroups(listener) {
  listeners.add(listener);
}

/** Call `cleanUp` (synchronous) when everything has been ended, before this process ends. */
export function onStop(cleanUp) {
  cleanUps.add(cleanUp);
}

/** Like `spawn`, in a group of its own, which ends when this process is told to end. */
export function start(command, args, options) {
  const child = spawn(command, args, { detached: !windows, ...options });
  if (child.pid === undefined) return child; // "error" follows
  const changed = () => listeners.forEach((listener) => listener());
  groups.add(child.pid);
  changed();
  child.once("close", () => {
    groups.delete(child.pid);
    changed();
  });
  return child;
}

/** Run a program to its end on this terminal; returns its exit code, as a shell would if a signal ended it. */
export function runHere(command, args, options) {
  return new Promise((done, fail) => {
    const child = start(command, args, { stdio: "inherit", ...options });
    child.once("error", fail);
    child.once(
      "close",
      (code, signal) => stopping || done(code ?? 128 + constants.signals[signal]),
    );
  });
}

/** Pass a signal on to a whole group, and end by force what is left of it after `patience` ms. */
export async function endGroup(pid, signal, patience) {
  send(pid, signal);
  await gone(pid, patience);
  send(pid, "SIGKILL");
  await gone(pid, 2000);
}

async function gone(pid, patience) {
  for (const until = Date.now() + patience; isRunning(pid) && Date.now() < until;) await pause(30);
}

/** Whether a group has members other than zombies, which wait in vain for a parent in containers without an init. */
function isRunning(pid) {
  if (process.platform !== "linux") return send(pid, 0);
  return readdirSync("/proc").some((name) => {
    const process = /^\d+$/.test(name) && processStat(name);
    return process && process.group === pid && process.state !== "Z";
  });
}

/** What Linux says about a process: its state, parent and group, and when it began; undefined if there is none. */
export function processStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" "); // from the third on: the second may hold spaces
    return {
      state: fields[0],
      parent: Number(fields[1]),
      group: Number(fields[2]),
      started: fields[19],
    };
  } catch {
    return undefined;
  }
}

function send(pid, signal) {
  try {
    return process.kill(windows ? pid : -pid, signal);
  } catch {
    return false; // no such group any more
  }
}

/**
 * From now on Ctrl-C, SIGTERM and a closed terminal end the groups first, then this process, after `message`. So does the
 * end of the npm that started it, which may have had no time to pass a signal on. The groups have `patience` ms. `asks`:
 * the program that runs here asks what Ctrl-C means, and is left to.
 */
export function endTogether(options = {}) {
  const isFirst = ending === undefined;
  ending = { message: "", patience: 10_000, asks: false, ...options };
  if (!isFirst) return;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () =>
      ending.asks && signal === "SIGINT"
        ? groups.forEach((pid) => send(pid, signal))
        : stop(signal),
    );
  if (!process.env.npm_lifecycle_event) return;
  const started = above();
  setInterval(() => above() !== started && !stopping && stop("SIGTERM"), 500).unref();
}

/** The processes above this one: npm's shell and, where the system says so, npm. A dead one has another in its place. */
function above() {
  return `${process.ppid} ${processStat(process.ppid)?.parent}`;
}

/** End all that this process has started. What fails because of it is not reported any more. */
export async function endAll(signal = "SIGTERM") {
  stopping = true;
  await Promise.all([...groups].map((pid) => endGroup(pid, signal, ending.patience)));
  cleanUps.forEach((cleanUp) => cleanUp());
}

async function stop(signal) {
  if (stopping) return groups.forEach((pid) => send(pid, "SIGKILL")); // whoever says it twice means it
  if (ending.message) console.error(`\n${ending.message}`);
  await endAll(signal === "SIGHUP" ? "SIGTERM" : signal); // few programs tidy up when their terminal closes
  process.exit(128 + constants.signals[signal]);
}
