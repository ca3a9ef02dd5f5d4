/**
 * Photos with their titles through CLIP ViT-B/32, beside the original's loop in PyTorch, in turns on the same photos.
 *
 *     npm run bench -- embed [--photos 256] [--rounds 3] [--seconds 10] [--dtypes fp32,q8]
 *
 * The photos are the sample's; the titles, too, but all different, so that none is saved by being a duplicate. Needs the
 * sample (npm start) and, to count processor time, Linux.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { loadClip } from "../../lib/clip/clip";
import type { ClipDtype } from "../../lib/clip/clip-files";
import { startClipWorkers } from "../../lib/embed/clip-workers";
import { embedShard } from "../../lib/embed/steps";
import type { ShardRows } from "../../lib/embed/shards";
import { columns, literal } from "../../lib/files/table";
import { readOptions } from "./options";
import { report, run, runPython, say } from "./part";
import { clipFolder, prepareRandomClip, randomClip as encoder } from "./random-clip";

const options = readOptions();
const { photos, rounds, seconds, dtypes } = options;
const inputs = "data/mini-geograph";

/** What one way of embedding reached: photos (with titles) a second, and processor-seconds a photo. */
interface Measured {
  rate: number;
  cpu: number;
}

/** The sample's first photos with different titles; 32 more than are measured. */
async function readRows(): Promise<ShardRows> {
  const file = `${inputs}/prepared/train.parquet`;
  if (!existsSync(file)) throw new Error(`${file} is missing: run npm start first`);
  const rows = await columns<{ image: string[]; title: string[] }>(
    `SELECT any_value(image) AS image, title FROM ${literal(file)} WHERE image IS NOT NULL GROUP BY title
     ORDER BY min(gridimage_id) LIMIT ${photos + 32}`,
  );
  return {
    ids: rows.image.map((_, i) => i),
    images: rows.image,
    titles: rows.title,
    sizes: rows.image.map(() => 0),
  };
}

/** Processor-seconds of this process and its children so far (Linux: /proc; clock ticks are 1/100 s). */
function cpuSeconds(): number {
  const ticks = (pid: string): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  const children = readdirSync(`/proc/${process.pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${process.pid}/task/${task}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean),
  );
  return [String(process.pid), ...children].reduce((sum, pid) => sum + ticks(pid), 0) / 100;
}

/** Ours, as notebook 02 does it; the first 32 photos load the model and do not count. */
async function ours(rows: ShardRows, dtype: ClipDtype): Promise<Measured> {
  const clip = await loadClip(encoder, { dtype });
  const { workers, close } = await startClipWorkers(encoder, { dtype });
  const part = (start: number, end: number): ShardRows => ({
    ids: rows.ids.slice(start, end),
    images: rows.images.slice(start, end),
    titles: rows.titles.slice(start, end),
    sizes: rows.sizes.slice(start, end),
  });
  try {
    await embedShard(part(0, 32), clip, workers, { inputs, onBatch: () => undefined });
    const start = performance.now();
    const cpu = cpuSeconds();
    await embedShard(part(32, 32 + photos), clip, workers, { inputs, onBatch: () => undefined });
    return {
      rate: (photos / (performance.now() - start)) * 1000,
      cpu: (cpuSeconds() - cpu) / photos,
    };
  } finally {
    await close();
  }
}

/** The original's loop: one photo and its title at a time, on all cores. */
function original(): Measured {
  const images = `${inputs}/train_images`;
  const given = ["--model", clipFolder, "--images", images, "--seconds", String(seconds)];
  const [line] = runPython<Measured>(options, "torch_embed.py", ...given);
  say(
    `  PyTorch ${line.rate.toFixed(2)} photos/s, ${line.cpu.toFixed(4)} s of processor time a photo`,
  );
  return line;
}

async function main(): Promise<void> {
  prepareRandomClip(options);
  const rows = await readRows();
  const theirs: Measured[] = [];
  const results = dtypes.map((): Measured[] => []);
  for (let round = 0; round < rounds; round++) {
    theirs.push(original());
    for (const [i, dtype] of dtypes.entries()) {
      const measured = await ours(rows, dtype);
      results[i].push(measured);
      say(
        `  ours in ${dtype} ${measured.rate.toFixed(2)} photos/s, ${measured.cpu.toFixed(4)} s of processor time a photo`,
      );
    }
  }
  const goals: Record<ClipDtype, [string, string]> = {
    fp32: ["≥ 4 ×", "≤ 0.3 ×"],
    q8: ["≥ 8 ×", "≤ 0.2 ×"],
  };
  for (const [i, dtype] of dtypes.entries()) {
    const [rate, cpu] = goals[dtype];
    const note = "CLIP ViT-B/32; PyTorch: the original's loop, fp32";
    report({
      what: `photos with titles embedded in ${dtype}`,
      unit: "photos/s",
      ours: results[i].map((one) => one.rate),
      pytorch: theirs.map((one) => one.rate),
      goal: rate,
      note,
    });
    report({
      what: `processor time a photo with title in ${dtype}`,
      unit: "s",
      ours: results[i].map((one) => one.cpu),
      pytorch: theirs.map((one) => one.cpu),
      goal: cpu,
      note,
    });
  }
}

run("embed", main);
