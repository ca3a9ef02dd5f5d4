/**
 * `mini-geograph`, the embedded sample: drawn (not photographed) landscapes with titles, grid references and tags, in
 * the competition's own layout. What is wrong in it on purpose is listed in `QUIRKS` of plan.ts.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { writeFileAtomic } from "../../lib/files/atomic";
import { imageFile } from "../../lib/data/photos";
import { interruptSignal } from "../../lib/interrupt";
import { mixSeeds, seededRandom } from "../../lib/random";
import { labelFile, latin1, metadataFile, tagFile, testFile } from "./files";
import { planSample } from "./plan";
import type { SampleRow, SampleSizes } from "./plan";
import { readTagStatistics } from "./tag-sets";
import type { TagStatistics } from "./tag-sets";
import { drawScene } from "./scenes/scene";

export interface SampleOptions extends Partial<SampleSizes> {
  /** Called with the number of images written so far and in all. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the drawing when it aborts; by default when the reader interrupts the cell. */
  signal?: AbortSignal;
}

/** How strongly places go with tags, see `takePhotos`. */
const GEOGRAPHY = 0.9;
/** Raised whenever the same seed would give other files. */
const VERSION = 2;
/** The note that says whose folder this is, and whether all of it is there. */
const NOTE = "sample.json";
const FOLDERS = { train: "train_images", extra: "extra_images", test: "test_images" } as const;

/** Pixels of a JPEG as the competition's images are: 224 x 224, quality 82. */
export function renderScene(svg: string): Promise<Buffer> {
  return sharp(Buffer.from(svg))
    .flatten({ background: "#ffffff" })
    .jpeg({ quality: 82 })
    .toBuffer();
}

/**
 * Writes the sample into `folder`: train.csv, train-extra.csv, test.csv, metadata.csv (UTF-8), metadata-extra.csv
 * (Latin-1), tags-top.csv and train_images/, extra_images/, test_images/. The same seed and sizes give the same bytes.
 * Returns whether it had to write: a complete sample made alike is left as it is, an incomplete one is made anew.
 * Throws if the folder holds a dataset that is not a sample, and when it is interrupted.
 */
export async function makeSample(folder: string, options: SampleOptions = {}): Promise<boolean> {
  const {
    seed = 2506,
    train = 5000,
    test = 1000,
    geography = GEOGRAPHY,
    onProgress,
    signal = interruptSignal(),
  } = options;
  const wanted = { version: VERSION, seed, train, test, geography };
  const complete = JSON.stringify({ ...wanted, complete: true });
  const note = join(folder, NOTE);
  const found = existsSync(note) ? await readFile(note, "utf8") : null;
  if (found?.trim() === complete && existsSync(join(folder, "train.csv"))) return false;
  if (found === null && existsSync(join(folder, "train.csv"))) {
    throw new Error(
      `makeSample: ${folder} holds a dataset that was not drawn here; give the sample another folder`,
    );
  }
  const statistics = await readTagStatistics();
  const rows = planSample(statistics, { seed, train, test, geography });
  await writeFileAtomic(note, JSON.stringify({ ...wanted, complete: false }) + "\n");
  for (const images of Object.values(FOLDERS))
    await rm(join(folder, images), { recursive: true, force: true });
  await drawImages(folder, rows, statistics, seed, signal, onProgress);
  await writeTables(folder, rows, statistics);
  await writeFileAtomic(note, complete + "\n");
  return true;
}

async function writeTables(
  folder: string,
  rows: readonly SampleRow[],
  statistics: TagStatistics,
): Promise<void> {
  const part = (name: SampleRow["part"]): SampleRow[] => rows.filter((row) => row.part === name);
  const extra = part("extra");
  const files: Record<string, string | Uint8Array> = {
    "tags-top.csv": tagFile(statistics),
    "metadata.csv": metadataFile(rows.filter((row) => row.part !== "extra")),
    "metadata-extra.csv": latin1(metadataFile(extra)),
    "train-extra.csv": labelFile(extra, statistics, true),
    "test.csv": testFile(part("test")),
    "train.csv": labelFile(part("train"), statistics),
  };
  for (const [name, content] of Object.entries(files))
    await writeFileAtomic(join(folder, name), content);
}

/**
 * Draws and writes the images, several at once: sharp works outside of JavaScript's thread, which only writes the SVG
 * (a tenth of the work). Twice as many as there are processors, so that none waits. Nothing is drawn any more when it
 * throws.
 */
async function drawImages(
  folder: string,
  rows: readonly SampleRow[],
  { names }: TagStatistics,
  seed: number,
  signal: AbortSignal,
  onProgress: SampleOptions["onProgress"],
): Promise<void> {
  const wanted = rows.filter((row) => row.image !== "missing");
  const threads = sharp.concurrency();
  const folders = new Set(wanted.map((row) => dirname(imagePath(folder, row))));
  for (const path of folders) await mkdir(path, { recursive: true });
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < wanted.length) {
      signal.throwIfAborted();
      const row = wanted[next++];
      const tags = row.tags.map((t) => names[t]);
      const jpeg = await renderScene(drawScene(tags, seededRandom(mixSeeds(seed, row.id))));
      const bytes = row.image === "truncated" ? jpeg.subarray(0, jpeg.length / 3) : jpeg;
      await writeFile(imagePath(folder, row), bytes);
      onProgress?.(++done, wanted.length);
    }
  };
  sharp.concurrency(1); // many small pictures: one thread each
  try {
    const workers = Array.from({ length: 2 * availableParallelism() }, () =>
      worker().catch((error: unknown) => {
        next = wanted.length; // the others stop too
        throw error;
      }),
    );
    const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  } finally {
    sharp.concurrency(threads);
  }
}

function imagePath(folder: string, row: SampleRow): string {
  return join(folder, FOLDERS[row.part], imageFile(row.id));
}
