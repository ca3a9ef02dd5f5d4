import { randomUUID } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { describeOwner, tryLock, withLock, type LockOwner } from "./lock";

const root = mkdtempSync(join(tmpdir(), "lock-"));
const file = join(root, "shard_0000.lock");
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() =>
  readdirSync(root).forEach((name) => rmSync(join(root, name), { recursive: true })),
);

/** The file in which the lock says who holds it. */
const ownerFile = (): string => join(file, readdirSync(file)[0]);

/** Put a lock there that says `text`, with the file of its owner `ageSeconds` old. */
function writeLock(text: string, ageSeconds = 0): void {
  mkdirSync(file);
  const owner = join(file, `${randomUUID()}.lock`);
  writeFileSync(owner, text);
  const then = Date.now() / 1000 - ageSeconds;
  utimesSync(owner, then, then);
}

/** Put a lock there as another process would have written it. */
async function foreignLock(change: Partial<LockOwner>, ageSeconds = 0): Promise<void> {
  rmSync(file, { recursive: true, force: true });
  const lock = await tryLock(file);
  const owner = JSON.parse(readFileSync(ownerFile(), "utf8")) as LockOwner;
  await lock!.release();
  writeLock(`${JSON.stringify({ ...owner, key: "other", ...change })}\n`, ageSeconds);
}

test("one of many gets it, and nothing but the lock is left", async () => {
  const locks = await Promise.all(Array.from({ length: 20 }, () => tryLock(file)));
  const got = locks.filter((lock) => lock !== null);
  expect(got).toHaveLength(1);
  expect(readdirSync(root)).toEqual(["shard_0000.lock"]);
  expect(await describeOwner(file)).toMatch(`process ${process.pid} on `);
  await got[0]!.release();
  expect(readdirSync(root)).toEqual([]);
});

test("what is done under the lock is done one after the other", async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 3 }, () =>
      withLock(file, async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside--;
      }),
    ),
  );
  expect(most).toBe(1);
});

test.skipIf(process.platform !== "linux")(
  "the lock of a process killed on this machine is taken over at once",
  async () => {
    const program = `require("./lib/files/lock.ts").tryLock(process.argv[1]).then(() => { console.log("has it"); setInterval(() => 0, 1000); })`;
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "-e", program, file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(await tryLock(file)).toBeNull();
    child.kill("SIGKILL");
    await once(child, "exit");
    const lock = await tryLock(file);
    await lock!.check();
    await lock!.release();
  },
  30_000,
);

test("a living process whose pid was used before does not keep a dead one's lock", async () => {
  const pid = spawnSync(process.execPath, ["-e", "0"]).pid;
  await foreignLock({ pid });
  await (await tryLock(file))!.release();
  if (process.platform !== "linux") return;
  await foreignLock({ started: "1" });
  await (await tryLock(file))!.release();
});

test("the lock of another machine is kept while there are signs of life, then taken over", async () => {
  await foreignLock({ machine: "elsewhere" }, 100);
  expect(await tryLock(file)).toBeNull();
  await foreignLock({ machine: "elsewhere" }, 200);
  const lock = await tryLock(file);
  await lock!.check();
  await lock!.release();
  writeLock('{"pid": 1'); // torn by a power cut
  expect(await tryLock(file)).toBeNull();
  utimesSync(ownerFile(), 1, 1);
  await (await tryLock(file))!.release();
});

test("many that find the same dead lock: one gets it", async () => {
  await foreignLock({ machine: "elsewhere" }, 1000);
  const locks = await Promise.all(Array.from({ length: 10 }, () => tryLock(file)));
  const holding = [];
  for (const lock of locks)
    if (
      await lock?.check().then(
        () => true,
        () => false,
      )
    )
      holding.push(lock);
  expect(holding).toHaveLength(1);
  expect(readdirSync(root)).toEqual(["shard_0000.lock"]);
});

test("the holder gives signs of life, and notices when the lock is no longer its own", async () => {
  const lock = await tryLock(file, { heartbeat: 0.02 });
  utimesSync(ownerFile(), 1, 1);
  await expect.poll(() => statSync(ownerFile()).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  rmSync(file, { recursive: true });
  writeLock("someone else's");
  await expect(lock!.check()).rejects.toThrow("was taken over by another process");
  await lock!.release();
  expect(readFileSync(ownerFile(), "utf8")).toBe("someone else's");
});

test("waiting can be interrupted, and who holds the lock be named", async () => {
  const lock = await tryLock(file);
  const controller = new AbortController();
  const waiting = withLock(file, async () => "never", { signal: controller.signal });
  const owner = await describeOwner(file);
  controller.abort(new Error(`enough of ${owner.split(" on ")[0]}`));
  await expect(waiting).rejects.toThrow(`enough of process ${process.pid}`);
  await lock!.release();
});

test("an empty folder, which a process killed while it gave the lock back leaves, is no lock", async () => {
  mkdirSync(file);
  expect(await describeOwner(file)).toBe("another process");
  const lock = await tryLock(file);
  await lock!.check();
  await lock!.release();
  expect(readdirSync(root)).toEqual([]);
});

test("a file of the lock's name is in the way, which is said", async () => {
  writeFileSync(file, "");
  await expect(tryLock(file)).rejects.toThrow(
    `Cannot write ${file}: a file or folder of that name`,
  );
  expect(readdirSync(root)).toEqual(["shard_0000.lock"]);
});
