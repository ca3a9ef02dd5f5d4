/** The long step: all photos and titles of a split through CLIP, in shards, so that it can stop and go on. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "./atomic";
import { loadClip, type ClipOptions } from "./clip";
import { clipModelHash, type ClipDtype } from "./clip-files";
import { startClipWorkers } from "./clip-workers";
import { embedShard, type OnBatch, type Rows } from "./embed-shard";
import { PREPROCESSING_VERSION } from "./image";
import { paths, requireFile } from "./paths";
import {
  finishedShards, idsHash, isFinished, readManifest, removeShard, shardFiles, shardFolder, writeShard,
  type EmbeddedSplit, type ShardRecipe,
} from "./shards";
import { columns, literal, query, withDatabase } from "./table";

export interface EmbedProgress {
  /** Rows embedded, those of earlier runs included, of `total` in the shards asked for. */
  done: number;
  total: number;
  /** Rows a second in this run, and the time left at that rate (infinite while nothing is done). */
  rate: number;
  secondsLeft: number;
  /** Photos of this run that have no embedding. */
  failures: number;
}

export interface EmbedFailure {
  gridimage_id: number;
  image_path: string | null;
  /** Why: one of `ImageFailure`. */
  status: string;
}

export interface EmbedOptions extends ClipOptions {
  dataset: string;
  split: EmbeddedSplit;
  /** See `loadClip`. */
  encoder: string;
  rowsPerShard?: number;
  /** Which shards to do; all by default. */
  shards?: readonly number[];
  /** Processes; one for each core by default. */
  workers?: number;
  onProgress?: (progress: EmbedProgress) => void;
  /** Told in a sentence why nothing moves. */
  onNote?: (note: string) => void;
  /** Aborting stops between batches; the shard under way is lost, finished ones stay. */
  signal?: AbortSignal;
}

export interface EmbedSummary {
  folder: string;
  /** Shards asked for, their rows, and how many of the shards were finished already. */
  shards: number;
  rows: number;
  reused: number;
  /** Photos without an embedding in all finished shards; also in <folder>/failures.csv. */
  failures: EmbedFailure[];
  seconds: number;
}

interface Job {
  recipe: ShardRecipe;
  rows: Rows;
  finished: boolean;
}

async function countRows(file: string): Promise<number> {
  const [{ rows }] = await query<{ rows: number }>(`SELECT count(*)::INTEGER AS rows FROM ${literal(file)}`);
  return rows;
}

/** `count` rows of a prepared table: a shard's only, so that one of thousands needs no memory for the others. */
async function readRows(file: string, first: number, count: number): Promise<Rows> {
  const table = await columns<{ id: Int32Array; image: Rows["images"]; title: Rows["titles"] }>(
    `SELECT gridimage_id::INTEGER AS id, image::VARCHAR AS image, title::VARCHAR AS title FROM ${literal(file)}
      LIMIT ${count} OFFSET ${first}`);
  return { ids: [...table.id], images: table.image, titles: table.title };
}

/** SHA-256 of what a shard is made from. Photos count with their size, so that a replaced one is noticed cheaply. */
async function inputsHash(inputs: string, { ids, images, titles }: Rows): Promise<string> {
  const hash = createHash("sha256");
  const sizeOf = async (image: string | null): Promise<number> =>
    image === null ? -1 : (await stat(join(inputs, image)).catch(() => null))?.size ?? -1;
  for (let start = 0; start < ids.length; start += 1000) {
    const sizes = await Promise.all(images.slice(start, start + 1000).map(sizeOf));
    for (let i = start; i < start + sizes.length; i++)
      hash.update(JSON.stringify([ids[i], images[i], sizes[i - start], titles[i]]));
  }
  return hash.digest("hex");
}

/** The shards asked for, each with its rows and whether it is finished; `count` is the number of all shards. */
async function planJobs(options: EmbedOptions, folder: string): Promise<{ jobs: Job[]; count: number }> {
  const { dataset, split, encoder, dtype = "fp32", rowsPerShard = 10_000 } = options;
  const { inputs, [split]: file } = paths(dataset, encoder);
  const count = Math.ceil((await countRows(requireFile(file, "01-preprocess"))) / rowsPerShard);
  const modelHash = await clipModelHash(encoder, dtype);
  const jobs: Job[] = [];
  for (const shard of options.shards ?? Array.from({ length: count }, (_, i) => i)) {
    if (!(Number.isInteger(shard) && shard >= 0 && shard < count))
      throw new Error(`There is no shard ${shard}: ${dataset}/${split} has ${count}, numbered from 0`);
    options.signal?.throwIfAborted();
    const firstRow = shard * rowsPerShard, rows = await readRows(file, firstRow, rowsPerShard);
    const recipe: ShardRecipe = {
      dataset, split, encoder, dtype, modelHash, preprocessing: PREPROCESSING_VERSION, shard, firstRow,
      rows: rows.ids.length, ids: idsHash(rows.ids), inputs: await inputsHash(inputs, rows),
    };
    jobs.push({ recipe, rows, finished: await isFinished(folder, recipe) });
  }
  return { jobs, count };
}

/** Adds up what the batches report and passes it on. */
function progressOf(jobs: readonly Job[], onProgress: EmbedOptions["onProgress"]): OnBatch {
  const sum = (some: readonly Job[]): number => some.reduce((rows, { recipe }) => rows + recipe.rows, 0);
  const total = sum(jobs), before = sum(jobs.filter((job) => job.finished)), start = performance.now();
  let now = 0, failures = 0;
  return (rows, failed) => {
    now += rows;
    failures += failed;
    const done = before + now, rate = now / Math.max(1e-3, (performance.now() - start) / 1000);
    onProgress?.({ done, total, rate, secondsLeft: now > 0 ? (total - done) / rate : Infinity, failures });
  };
}

async function embedJobs(jobs: readonly Job[], folder: string, options: EmbedOptions): Promise<void> {
  const { encoder, dtype, device, workers: count, signal } = options;
  const onBatch = progressOf(jobs, options.onProgress), todo = jobs.filter((job) => !job.finished);
  onBatch(0, 0);
  if (todo.length === 0) return;
  const clip = await loadClip(encoder, { dtype }); // its tokenizer only
  const { workers, close } = await startClipWorkers(encoder, { dtype, device, workers: count });
  try {
    for (const { recipe, rows } of todo) {
      const data = await embedShard(paths(recipe.dataset, encoder).inputs, rows, clip, workers, onBatch, signal);
      await writeShard(folder, recipe, data);
    }
  } finally {
    await close();
  }
}

/** When each manifest was written; null for one that has gone. */
async function finishTimes(folder: string, shards: readonly number[]): Promise<[number, number | null][]> {
  return Promise.all(shards.map(async (shard) =>
    [shard, (await stat(join(folder, shardFiles(shard).manifest)).catch(() => null))?.mtimeMs ?? null]));
}

/**
 * Collect what failed in all finished shards, and write it to failures.csv beside them. When another process finishes
 * a shard meanwhile, do it again: our list may have replaced its newer one.
 */
async function listFailures(folder: string): Promise<EmbedFailure[]> {
  const shards = finishedShards(folder), made = JSON.stringify(await finishTimes(folder, shards));
  if (shards.length === 0) return [];
  const files = shards.map((shard) => literal(join(folder, shardFiles(shard).metadata)));
  const failures = await withDatabase(async (db) => {
    const failed = `SELECT gridimage_id, image_path, status FROM read_parquet([${files.join(", ")}])
      WHERE status <> 'ok'`;
    await replaceFile(join(folder, "failures.csv"), (temporary) =>
      db.run(`COPY (${failed}) TO ${literal(temporary)} (FORMAT csv, HEADER, USE_TMP_FILE false)`));
    return db.query<EmbedFailure>(failed);
  }, { threads: 1 });
  const current = JSON.stringify(await finishTimes(folder, finishedShards(folder))) === made;
  return current ? failures : listFailures(folder);
}

/**
 * Embed a split of prepared photos and titles ("train" is all labelled rows, the validation rows included) into shards
 * below `shardFolder`. Finished shards stay if the encoder, the preprocessing and their rows are the same, so it can be
 * interrupted, repeated and spread over machines by `shards`. Photos that cannot be read are not an error: their image
 * embedding is zero and they are listed. Throws if the encoder or the prepared table is missing, or `signal` aborts.
 */
export async function embedSplit(options: EmbedOptions): Promise<EmbedSummary> {
  const { dataset, split, encoder, dtype, shards } = options, start = performance.now();
  const folder = shardFolder(dataset, encoder, split, dtype);
  const { jobs, count } = await planJobs(options, folder);
  await embedJobs(jobs, folder, options);
  if (!shards) // left over from when there were more rows, or fewer of them in a shard
    for (const shard of finishedShards(folder)) if (shard >= count) await removeShard(folder, shard);
  return {
    folder, shards: jobs.length, rows: jobs.reduce((rows, { recipe }) => rows + recipe.rows, 0),
    reused: jobs.filter((job) => job.finished).length, failures: await listFailures(folder),
    seconds: (performance.now() - start) / 1000,
  };
}

export interface ShardList {
  dataset: string;
  split: EmbeddedSplit;
  encoder: string;
  dtype: ClipDtype;
  folder: string;
  /** `failures` is null while the shard is not finished. */
  shards: { shard: number; rows: number; finished: boolean; failures: number | null }[];
}

/** The shards of a split and whether each is finished, without doing anything. */
export async function listShards(options: EmbedOptions): Promise<ShardList> {
  const { dataset, split, encoder, dtype = "fp32" } = options, folder = shardFolder(dataset, encoder, split, dtype);
  const { jobs } = await planJobs(options, folder);
  const shards = [];
  for (const { recipe: { shard, rows }, finished } of jobs) {
    const failures = finished ? (await readManifest(folder, shard))?.failures ?? null : null;
    shards.push({ shard, rows, finished, failures });
  }
  return { dataset, split, encoder, dtype, folder, shards };
}
