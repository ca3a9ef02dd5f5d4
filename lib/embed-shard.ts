import { join } from "node:path";
import { EMBEDDING_SIZE, type Clip } from "./clip";
import type { ClipTask } from "./clip-worker";
import type { ClipWorker } from "./clip-workers";
import type { ShardData } from "./shards";
import { titleBatches } from "./title-batches";

/** What there is to embed, as prepared/<split>.parquet says; images relative to the dataset's folder. */
export interface Rows {
  ids: number[];
  images: (string | null)[];
  titles: (string | null)[];
}

/** Called after each batch: how many rows are done by it, and how many of those have no image embedding. */
export type OnBatch = (rows: number, failures: number) => void;

/** Larger batches are no faster. */
const PHOTOS_PER_BATCH = 16;

interface Step {
  task: ClipTask;
  /** Rows done when this step is: photos count, titles come along. */
  rows: number;
  store(embeddings: Float32Array, failures: readonly (string | null)[]): void;
}

function photoSteps(inputs: string, images: Rows["images"], data: ShardData, status: string[]): Step[] {
  const listed = images.flatMap((image, row) => (image === null ? [] : [{ row, file: join(inputs, image) }]));
  const steps: Step[] = [];
  for (let start = 0; start < listed.length; start += PHOTOS_PER_BATCH) {
    const batch = listed.slice(start, start + PHOTOS_PER_BATCH);
    const store: Step["store"] = (embeddings, failures) =>
      batch.forEach(({ row }, i) => {
        data.image.set(embeddings.subarray(i * EMBEDDING_SIZE, (i + 1) * EMBEDDING_SIZE), row * EMBEDDING_SIZE);
        status[row] = failures[i] ?? "ok";
      });
    steps.push({ task: { files: batch.map(({ file }) => file) }, rows: batch.length, store });
  }
  return steps;
}

/** A missing title is embedded as an empty one, which CLIP knows. */
function titleSteps(clip: Clip, titles: Rows["titles"], data: ShardData): Step[] {
  return titleBatches(titles.map((title) => clip.tokenise(title ?? ""))).map(({ tokens, scatter }) =>
    ({ task: { tokens }, rows: 0, store: (embeddings) => scatter(embeddings, data.title) }));
}

/** Merge two lists in proportion, so that titles and photos advance together and the time left is honest. */
function interleave<T>(a: readonly T[], b: readonly T[]): T[] {
  const place = (list: readonly T[]): { item: T; at: number }[] =>
    list.map((item, i) => ({ item, at: (i + 0.5) / list.length }));
  return [...place(a), ...place(b)].sort((x, y) => x.at - y.at).map(({ item }) => item);
}

/** Feed the steps to the workers, two at a time to each: it decodes the second while the first is in the model. */
async function runSteps(
  steps: readonly Step[], workers: readonly ClipWorker[], onBatch: OnBatch, signal?: AbortSignal,
): Promise<void> {
  let next = 0, failed = false;
  const lane = async (worker: ClipWorker): Promise<void> => {
    while (next < steps.length && !failed) {
      signal?.throwIfAborted();
      const step = steps[next++];
      const { embeddings, failures } = await worker.embed(step.task);
      step.store(embeddings, failures);
      if (step.rows > 0) onBatch(step.rows, failures.filter((failure) => failure !== null).length);
    }
  };
  const lanes = [...workers, ...workers].map((worker) => lane(worker).catch((error) => {
    failed = true;
    throw error;
  }));
  await Promise.allSettled(lanes);
  await Promise.all(lanes); // throws the first error, now that no lane is running
}

/**
 * Embed the photos and titles of `rows`. Photos that cannot be read get zeros and a status that says why. The result
 * depends on the rows and the encoder alone, not on timing or the number of workers. Throws the reason of an abort.
 */
export async function embedShard(
  inputs: string, rows: Rows, clip: Clip, workers: readonly ClipWorker[], onBatch: OnBatch, signal?: AbortSignal,
): Promise<ShardData> {
  const status = rows.images.map((): string => "missing"), size = rows.ids.length * EMBEDDING_SIZE;
  const data: ShardData = { ...rows, status, image: new Float32Array(size), title: new Float32Array(size) };
  const unlisted = rows.images.filter((image) => image === null).length;
  const steps = interleave(photoSteps(inputs, rows.images, data, status), titleSteps(clip, rows.titles, data));
  if (unlisted > 0) onBatch(unlisted, unlisted);
  await runSteps(steps, workers, onBatch, signal);
  return data;
}
