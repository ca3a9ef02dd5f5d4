import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeShards } from "../fixtures/write-shards";

/** One file, because it is started some thirty times; beside node_modules, so that it finds its packages. */
const program = ".cache/kill-test/write-shards.cjs";
const root = mkdtempSync(join(tmpdir(), "kill-"));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(() => {
  buildSync({
    entryPoints: ["lib/fixtures/write-shards.ts"],
    bundle: true,
    platform: "node",
    packages: "external",
    outfile: program,
  });
});

interface Ended {
  signal: string | null;
  output: string;
}

/** Write the shards into `folder`, killed at its step `killAt`. */
function write(folder: string, killAt?: number): Promise<Ended> {
  const env = {
    ...process.env,
    KILL_FOLDER: folder,
    KILL_AT: killAt ? String(killAt) : "Infinity",
  };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ["--require", "./lib/fixtures/kill-at.cjs", program, folder],
      { env },
      (error, stdout, stderr) =>
        resolve({ signal: error?.signal ?? null, output: stdout + stderr }),
    ),
  );
}

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(relative(folder, parentPath), name))
    .sort();
const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    files(folder).map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );

/** Inode and time of each file of the shards that have a manifest. */
function finished(folder: string): Record<string, string> {
  const all = files(folder).filter((name) => !/\.(lock|tmp)$/.test(name));
  const done = all.flatMap((name) => /^manifest\/manifest(_\d+)\.json$/.exec(name)?.slice(1) ?? []);
  return Object.fromEntries(
    all
      .filter((name) => done.some((number) => name.includes(`${number}.`)))
      .map((name) => {
        const { ino, mtimeMs } = statSync(join(folder, name));
        return [name, `${ino} ${mtimeMs}`];
      }),
  );
}

test("killed at any step, a second run makes the same bytes, keeps finished shards and leaves nothing behind", async () => {
  // The first shard is there already: it is to stay, and its steps would be those of the second.
  const begun = join(root, "begun");
  const undisturbed = join(root, "undisturbed");
  const start = (folder: string): void =>
    cpSync(begun, folder, { recursive: true, preserveTimestamps: true });
  await writeShards(begun, [0]);
  start(undisturbed);
  const whole = await write(undisturbed);
  const steps = Number(/^steps (\d+)$/m.exec(whole.output)?.[1]);
  const expected = contents(undisturbed);
  expect(Object.keys(expected)).toHaveLength(9);
  expect(steps).toBeGreaterThan(25);
  let next = 1;
  let kept = 0;
  const trials = async (): Promise<void> => {
    for (let step = next++; step <= steps; step = next++) {
      const folder = join(root, String(step));
      start(folder);
      expect((await write(folder, step)).signal, `step ${step}`).toBe("SIGKILL");
      const before = finished(folder);
      expect(Object.keys(before).length).toBeGreaterThanOrEqual(4);
      await writeShards(folder);
      expect(finished(folder), `after step ${step}`).toMatchObject(before);
      expect(contents(folder), `after step ${step}`).toEqual(expected);
      kept += Object.keys(before).length / 4;
      rmSync(folder, { recursive: true });
    }
  };
  await Promise.all([trials(), trials()]);
  expect(kept).toBeGreaterThan(steps); // the second shard too, where it was finished
}, 300_000);
