import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "lock-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that takes the lock; `work` has `release`, `line` (adds to the log) and `pause`. */
function taker(work: string): ChildProcess & { said: () => string } {
  const program = `import { appendFileSync } from "node:fs";
    import { setTimeout as pause } from "node:timers/promises";
    import { takeLock } from "./scripts/lock.mjs";
    const line = (text) => appendFileSync("${folder}/log", text + " " + process.pid + "\\n");
    const release = await takeLock("x", "a test", "${folder}/lock");
    ${work}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  return Object.assign(child, { said: () => said });
}

const end = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) =>
    child.exitCode !== null ? resolve(child.exitCode) : child.once("close", resolve),
  );
const log = (): string[] => {
  try {
    return readFileSync(join(folder, "log"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
};
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
};

test("the second waits, and says for whom, until the first is done", async () => {
  const first = taker(`line("in"); await pause(700); line("out"); release();`);
  await until(() => log().length === 1);
  const second = taker(`line("in"); release();`);
  await Promise.all([end(first), end(second)]);
  expect(log()).toEqual([`in ${first.pid}`, `out ${first.pid}`, `in ${second.pid}`]);
  expect(second.said()).toMatch(new RegExp(`^Waiting for process ${first.pid} \\(a test\\) on `));
  expect(first.said()).toBe("");
});

test("only one holds it, however many want it and are killed while they have it", async () => {
  const dies = `line("in"); await pause(20); process.kill(process.pid, "SIGKILL");`;
  const lives = `line("in"); await pause(20); line("out"); release();`;
  const takers = Array.from({ length: 8 }, (_, i) => taker(i % 2 ? dies : lives));
  await Promise.all(takers.map(end));
  let inside: string | undefined;
  for (const [what, pid] of log().map((line) => line.split(" "))) {
    if (what === "out") expect(pid).toBe(inside);
    else if (inside)
      expect(takers.find((child) => child.pid === Number(inside))!.signalCode).toBe("SIGKILL");
    inside = what === "in" ? pid : undefined;
  }
  expect(log()).toHaveLength(12);
  expect(readdirSync(join(folder, "lock")).filter((name) => !name.endsWith(".tmp"))).toHaveLength(
    1,
  );
}, 60_000);

test("programs of an owner that was killed are ended before the next one begins", async () => {
  const first = taker(`const { start } = await import("./scripts/processes.mjs");
    start("sh", ["-c", "sleep 100 & sleep 100"], { stdio: "ignore" }); line("in"); await pause(100000);`);
  await until(() => log().length === 1);
  const owner = JSON.parse(readFileSync(join(folder, "lock", "1"), "utf8")) as {
    groups: { pid: number }[];
  };
  expect(owner.groups).toHaveLength(1);
  first.kill("SIGKILL");
  await end(first);
  expect(process.kill(-owner.groups[0].pid, 0)).toBe(true);
  await end(taker("release();"));
  await until(() => {
    try {
      return !process.kill(-owner.groups[0].pid, 0);
    } catch {
      return true; // none left
    }
  });
}, 30_000);

test("an owner on another machine lives while its file gets new times; one that was never written whole is nobody", async () => {
  const lock = join(folder, "lock");
  await end(taker("release();"));
  writeFileSync(
    join(lock, "2"),
    JSON.stringify({
      pid: 1,
      what: "a run",
      machine: "elsewhere",
      host: "node7",
      since: "noon",
      groups: [],
    }),
  );
  const waiting = taker(`line("in"); release();`);
  await until(() => waiting.said() !== "");
  expect(waiting.said()).toContain("Waiting for process 1 (a run) on node7, since noon,");
  utimesSync(join(lock, "2"), new Date(), new Date());
  writeFileSync(join(lock, "2"), "free");
  expect(await end(waiting)).toBe(0);
});
