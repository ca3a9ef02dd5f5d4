import { join } from "node:path";
import { EMBEDDING_SIZE, type Clip } from "../clip/clip";
import type { ClipTask } from "./clip-worker";
import type { ClipWorker } from "./clip-workers";
import type { Rows, ShardData } from "./shards";
import { titleBatches } from "../clip/title-batches";

/** Called after each batch: how many rows are done by it, and how many of those have no image embedding. */
export type OnBatch = (rows: number, failures: number) => void;

/**
 * Larger batches are no faster. The rounding of the last digit may depend on what is in a batch, so another size needs
 * another PREPROCESSING_VERSION.
 */
const PHOTOS_PER_BATCH = 16;

export interface EmbedShardOptions {
  /** Photos' paths are relative to this folder. */
  inputs: string;
  onBatch: OnBatch;
  signal?: AbortSignal;
  /** Numbers to begin with: only the photos that failed in them are tried again. */
  earlier?: ShardData;
}

interface Step {
  task: ClipTask;
  /** Rows done when this step is: photos count, titles come along. */
  rows: number;
  store(embeddings: Float32Array, failures: readonly (string | null)[]): void;
}

/** Which batches of photos there are, as lists of rows: the same for the same rows, whatever happened to the photos. */
function photoBatches(images: Rows["images"]): number[][] {
  const listed = images.flatMap((image, row) => (image === null ? [] : [row]));
  const batches: number[][] = [];
  for (let start = 0; start < listed.length; start += PHOTOS_PER_BATCH)
    batches.push(listed.slice(start, start + PHOTOS_PER_BATCH));
  return batches;
}

/** The batches with a photo that failed. They are repeated whole, so that all numbers are as if it had never failed. */
const failedBatches = ({ images, status }: Pick<ShardData, "images" | "status">): number[][] =>
  photoBatches(images).filter((batch) => batch.some((row) => status[row] !== "ok"));

/** How many rows it takes to try those again that failed. */
export function rowsToRetry(images: Rows["images"], status: string[]): number {
  return failedBatches({ images, status }).reduce((rows, batch) => rows + batch.length, 0);
}

function photoSteps(inputs: string, batches: readonly number[][], data: ShardData): Step[] {
  return batches.map((batch) => {
    const store: Step["store"] = (embeddings, failures) =>
      batch.forEach((row, i) => {
        data.image.set(
          embeddings.subarray(i * EMBEDDING_SIZE, (i + 1) * EMBEDDING_SIZE),
          row * EMBEDDING_SIZE,
        );
        data.status[row] = failures[i] ?? "ok";
      });
    return {
      task: { files: batch.map((row) => join(inputs, data.images[row]!)) },
      rows: batch.length,
      store,
    };
  });
}

/** A missing title is embedded as an empty one, which CLIP knows. */
function titleSteps(clip: Clip, titles: Rows["titles"], data: ShardData): Step[] {
  return titleBatches(titles.map((title) => clip.tokenise(title ?? ""))).map(
    ({ tokens, scatter }) => ({
      task: { tokens },
      rows: 0,
      store: (embeddings) => scatter(embeddings, data.title),
    }),
  );
}

/** Merge two lists in proportion, so that titles and photos advance together and the time left is honest. */
function interleave<T>(a: readonly T[], b: readonly T[]): T[] {
  const place = (list: readonly T[]): { item: T; at: number }[] =>
    list.map((item, i) => ({ item, at: (i + 0.5) / list.length }));
  return [...place(a), ...place(b)].sort((x, y) => x.at - y.at).map(({ item }) => item);
}

/** Feed the steps to the workers, two at a time to each: it decodes the second while the first is in the model. */
async function runSteps(
  steps: readonly Step[],
  workers: readonly ClipWorker[],
  onBatch: OnBatch,
  signal?: AbortSignal,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (worker: ClipWorker): Promise<void> => {
    while (next < steps.length && !failed) {
      signal?.throwIfAborted();
      const step = steps[next++];
      const { embeddings, failures } = await worker.embed(step.task);
      step.store(embeddings, failures);
      if (step.rows > 0) onBatch(step.rows, failures.filter((failure) => failure !== null).length);
    }
  };
  const lanes = [...workers, ...workers].map((worker) =>
    lane(worker).catch((error) => {
      failed = true;
      throw error;
    }),
  );
  await Promise.allSettled(lanes);
  await Promise.all(lanes); // throws the first error, now that no lane is running
}

function startingFrom(rows: Rows): ShardData {
  const size = rows.ids.length * EMBEDDING_SIZE;
  const status = rows.images.map((): string => "missing");
  return { ...rows, status, image: new Float32Array(size), title: new Float32Array(size) };
}

/**
 * Embed the photos and titles of `rows`. Photos that cannot be read get zeros and a status that says why. The result
 * depends on the rows and the encoder alone, not on timing or the number of workers. Throws the reason of an abort.
 */
export async function embedShard(
  rows: Rows,
  clip: Clip,
  workers: readonly ClipWorker[],
  { inputs, onBatch, signal, earlier }: EmbedShardOptions,
): Promise<ShardData> {
  const data = earlier ?? startingFrom(rows);
  const photos = photoSteps(
    inputs,
    earlier ? failedBatches(earlier) : photoBatches(rows.images),
    data,
  );
  const titles = earlier ? [] : titleSteps(clip, rows.titles, data);
  const unlisted = earlier ? 0 : rows.images.filter((image) => image === null).length;
  if (unlisted > 0) onBatch(unlisted, unlisted);
  await runSteps(interleave(photos, titles), workers, onBatch, signal);
  return data;
}
