/**
 * Kill `npm run embed` with SIGKILL at each of its steps that write to the disk, and at random moments, start it again
 * and compare every byte with a run that nobody disturbed. Takes a quarter of an hour:
 *
 *     npx tsx scripts/kill-test.ts [--random N] [--every N]
 *
 * --random: how many random moments (default 50); --every: only each N-th step (default 1).
 */
import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { seededRandom } from "../lib/random";
import { withDatabase } from "../lib/files/table";

const { values } = parseArgs({
  options: { random: { type: "string", default: "50" }, every: { type: "string", default: "1" } },
});
const root = mkdtempSync(join(tmpdir(), "kill-test-"));
const dataset = relative("data", root);
const photos = 30; // in two shards
const folder = join(root, "embeddings/mini-clip/train");
const command = [
  "--require",
  "tsx/cjs",
  "scripts/embed.ts",
  "--dataset",
  dataset,
  "--split",
  "train",
  "--encoder",
  "mini-clip",
  "--rows-per-shard",
  "15",
  "--workers",
  "1",
  "--log-every",
  "1000",
];

/** Thirty photos, one of them empty, another missing. */
async function makeDataset(): Promise<void> {
  mkdirSync(join(root, "photos"));
  const images = Array.from({ length: photos }, (_, i): string | null =>
    i === 7 ? null : `photos/${i}.jpg`,
  );
  for (const [i, image] of images.entries())
    if (image)
      writeFileSync(
        join(root, image),
        i === 12
          ? ""
          : await sharp("lib/fixtures/landscape.jpg")
              .rotate(i * 5)
              .jpeg()
              .toBuffer(),
      );
  await withDatabase(async (db) => {
    await db.run(
      "CREATE TABLE t (gridimage_id INTEGER, title VARCHAR, image VARCHAR, lat DOUBLE, lon DOUBLE)",
    );
    const titles = images.map((_, i) => ["Sheep near Hawes", "A canal", `Bridge ${i}`][i % 3]);
    await db.append("t", [
      images.map((_, i) => i),
      titles,
      images,
      images.map(() => 54),
      images.map(() => -2),
    ]);
    await db.copyToParquet("SELECT * FROM t", join(root, "prepared/train.parquet"));
  });
}

interface Ended {
  code: number | null;
  signal: string | null;
  output: string;
  seconds: number;
}

/** Run the command; kill it after `killAfter` seconds or at its step `killAt`. */
function embed({
  killAt,
  killAfter,
  count,
}: { killAt?: number; killAfter?: number; count?: boolean } = {}): Promise<Ended> {
  const watched = killAt !== undefined || count;
  const start = performance.now();
  const env = { ...process.env, KILL_FOLDER: folder, ...(killAt && { KILL_AT: String(killAt) }) };
  const args = watched ? ["--require", "./lib/fixtures/kill-at.cjs", ...command] : command;
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => (output += text.toString()));
  const timer =
    killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter * 1000);
  return new Promise((resolve) =>
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, output, seconds: (performance.now() - start) / 1000 });
    }),
  );
}

const files = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(relative(folder, parentPath), name))
    .sort();
const contents = (): string =>
  JSON.stringify(
    files().map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );

/** Inode and time of the files of finished shards. */
function finishedFiles(): Map<string, string> {
  const there = (() => {
    try {
      return files();
    } catch {
      return [];
    }
  })();
  const numbers = there.flatMap(
    (name) => /^manifest\/manifest_(\d+)\.json$/.exec(name)?.slice(1) ?? [],
  );
  return new Map(
    there
      .filter(
        (name) =>
          numbers.some((n) => /_(\d+)\./.exec(name)?.[1] === n) && !/\.(lock|tmp)$/.test(name),
      )
      .map((name) => {
        const { ino, mtimeMs } = statSync(join(folder, name));
        return [name, `${ino} ${mtimeMs}`];
      }),
  );
}

let shardsKept = 0;
let killed = 0;
let duration = Infinity;

/** One kill, one restart, all checks. `duration` is that of the fastest whole run. */
async function trial(
  what: string,
  kill: Parameters<typeof embed>[0],
  undisturbed: string,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const first = await embed(kill);
  if (first.signal === "SIGKILL") killed++;
  else if (first.code !== 0)
    throw new Error(`${what}: ended with ${first.code} ${first.signal}: ${first.output}`);
  else duration = Math.min(duration, first.seconds); // it was faster than the kill
  const before = finishedFiles();
  const second = await embed();
  if (second.code !== 0) throw new Error(`${what}: the second run failed: ${second.output}`);
  const after = finishedFiles();
  const redone = [...before].filter(([name, id]) => after.get(name) !== id);
  if (redone.length > 0)
    throw new Error(
      `${what}: finished before, yet written again: ${redone.map(([name]) => name).join()}`,
    );
  if (contents() !== undisturbed)
    throw new Error(`${what}: the bytes differ; files: ${files().join()}`);
  shardsKept += before.size / 4;
}

async function main(): Promise<void> {
  await makeDataset();
  const whole = await embed({ count: true });
  const undisturbed = contents();
  if (whole.code !== 0) throw new Error(whole.output);
  const steps = Number(/steps (\d+)/.exec(whole.output)?.[1]);
  rmSync(folder, { recursive: true });
  duration = (await embed()).seconds;
  if (contents() !== undisturbed) throw new Error("Two undisturbed runs differ");
  console.log(
    `An undisturbed run takes ${steps} steps and ${duration.toFixed(1)} s; ${files().length} files`,
  );
  for (let step = 1; step <= steps; step += Number(values.every))
    await trial(`step ${step}`, { killAt: step }, undisturbed);
  console.log(
    `Killed at ${killed} steps: the same bytes each time, nothing left over; ${shardsKept} finished shards kept`,
  );
  killed = shardsKept = 0;
  const random = seededRandom(1);
  const wanted = Number(values.random);
  while (killed < wanted) {
    const killAfter = random.uniform() * duration;
    await trial(`after ${killAfter.toFixed(2)} s`, { killAfter }, undisturbed);
    if (killed % 10 === 0) console.log(`  ${killed} of ${wanted} random moments`);
  }
  console.log(`Killed at ${killed} random moments: the same; ${shardsKept} finished shards kept`);
}

main()
  .catch((error: Error) => {
    console.error(`kill-test: ${error.message}`);
    process.exitCode = 1;
  })
  .finally(() => rmSync(root, { recursive: true, force: true }));
