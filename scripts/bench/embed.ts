/**
 * Photos with their titles through CLIP ViT-B/32, beside the original's loop in PyTorch, in turns on the same files.
 *
 *     npm run bench -- embed --python PYTHON --reference FOLDER
 *
 * FOLDER has bench/export_clip.py (ViT-B/32 with random weights: they are as fast as the real ones) and
 * bench/torch_embed.py (the original's loop). The titles are all different, so that none is saved by being a duplicate.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadClip } from "../../lib/clip";
import type { ClipDtype } from "../../lib/clip-files";
import { startClipWorkers } from "../../lib/clip-workers";
import { embedShard } from "../../lib/embed-shard";
import type { Rows } from "../../lib/shards";
import { columns, literal } from "../../lib/table";

const { values: given } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    reference: { type: "string", default: "../shared" },
    /** What export_clip.py wrote; made there if missing. */
    model: { type: "string", default: ".cache/clip-random" },
    dtypes: { type: "string", default: "fp32,q8" },
    photos: { type: "string", default: "256" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "10" },
  },
});
const inputs = "data/mini-geograph", encoder = join(given.model, "clip-vit-base-patch32-random");
const photos = Number(given.photos), dtypes = given.dtypes.split(",") as ClipDtype[];

/** What one way of embedding reached: photos (with titles) a second, and processor-seconds a photo. */
interface Measured {
  rate: number;
  cpu: number;
}

const python = (script: string, ...options: string[]): string =>
  execFileSync(given.python, [join(given.reference, "bench", script), ...options],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** The first photos of the sample with the longest different titles' share of real ones: as they come, once each. */
async function readRows(): Promise<Rows> {
  const file = `${inputs}/prepared/train.parquet`;
  if (!existsSync(file)) throw new Error(`${file} is missing: run npm start first`);
  const rows = await columns<{ image: string[]; title: string[] }>(
    `SELECT any_value(image) AS image, title FROM ${literal(file)} WHERE image IS NOT NULL GROUP BY title
     ORDER BY min(gridimage_id) LIMIT ${photos + 32}`);
  return { ids: rows.image.map((_, i) => i), images: rows.image, titles: rows.title, sizes: rows.image.map(() => 0) };
}

/** Processor-seconds of this process and its children so far (Linux: /proc; clock ticks are 1/100 s). */
function cpuSeconds(): number {
  const ticks = (pid: string): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  const children = readdirSync(`/proc/${process.pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${process.pid}/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean));
  return [String(process.pid), ...children].reduce((sum, pid) => sum + ticks(pid), 0) / 100;
}

/** Ours, as notebook 02 does it; the first 32 photos load the model and do not count. */
async function ours(rows: Rows, dtype: ClipDtype): Promise<Measured> {
  const clip = await loadClip(encoder, { dtype }), { workers, close } = await startClipWorkers(encoder, { dtype });
  const part = (start: number, end: number): Rows => ({
    ids: rows.ids.slice(start, end), images: rows.images.slice(start, end), titles: rows.titles.slice(start, end),
    sizes: rows.sizes.slice(start, end),
  });
  try {
    await embedShard(part(0, 32), clip, workers, { inputs, onBatch: () => undefined });
    const start = performance.now(), cpu = cpuSeconds();
    await embedShard(part(32, 32 + photos), clip, workers, { inputs, onBatch: () => undefined });
    return { rate: (photos / (performance.now() - start)) * 1000, cpu: (cpuSeconds() - cpu) / photos };
  } finally {
    await close();
  }
}

/** The original's loop: one photo and its title at a time, on all cores. */
function original(): Measured {
  const lines = python("torch_embed.py", "--model", given.model, "--images", `${inputs}/train_images`, "--seconds",
    given.seconds).trim().split("\n").map((line) => JSON.parse(line));
  console.error(`  ${lines.map((line) => JSON.stringify(line)).join("  ")}`);
  const { images_per_s, cpu_s_per_image } = lines.find((line) => line.way === "torch batch 1");
  return { rate: images_per_s, cpu: cpu_s_per_image };
}

async function main(): Promise<void> {
  if (!existsSync(join(given.model, "weights.pt"))) python("export_clip.py", "--out", given.model);
  const rows = await readRows(), theirs: Measured[] = [], results = dtypes.map((): Measured[] => []);
  for (let round = 0; round < Number(given.rounds); round++) {
    theirs.push(original());
    for (const [i, dtype] of dtypes.entries()) {
      results[i].push(await ours(rows, dtype));
      console.error(`  ${dtype} ${JSON.stringify(results[i][round])}`);
    }
  }
  const goals: Record<ClipDtype, [string, string]> = { fp32: ["≥ 3.5 ×", "≤ 0.3 ×"], q8: ["≥ 5 ×", "≤ 0.2 ×"] };
  dtypes.forEach((dtype, i) => {
    const list = (measured: Measured[], key: keyof Measured): number[] => measured.map((one) => one[key]);
    for (const [n, key, what, unit] of [[0, "rate", "photos with titles", "photos/s"],
      [1, "cpu", "processor time a photo", "s"]] as const)
      console.log(JSON.stringify({ what: `${what}, ${dtype}`, unit, ours: list(results[i], key),
        pytorch: list(theirs, key), goal: goals[dtype][n] }));
  });
}

void main();
