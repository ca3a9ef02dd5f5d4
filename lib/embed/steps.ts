/** The steps of one shard, dealt out to the workers: batches of photos and of titles. */
import { join } from "node:path";
import type { Clip } from "../clip/clip";
import { titleBatches } from "../clip/title-batches";
import type { ClipTask } from "./clip-worker";
import type { ClipWorker } from "./clip-workers";
import type { ShardPlan } from "./plan";
import type { ShardData, ShardRows } from "./shards";
import type { TitleMemory } from "./title-memory";

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
  /** What to do; by default "to do". What is "finished", and photos that did not fail, stay as they are in `earlier`. */
  photos?: ShardPlan["photos"];
  titles?: ShardPlan["titles"];
  earlier?: ShardData;
  /** Titles that need not be embedded again. */
  memory?: TitleMemory;
}

interface Step {
  task: ClipTask;
  /** Rows done when this step is: photos count and titles come along, but where there are titles alone. */
  rows: number;
  store(embeddings: Float32Array, failures: readonly (string | null)[]): void;
}

/** Which batches of photos there are, as lists of rows: the same for the same rows, whatever happened to the photos. */
function photoBatches(images: ShardRows["images"]): number[][] {
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
export function rowsToRetry(images: ShardRows["images"], status: string[]): number {
  return failedBatches({ images, status }).reduce((rows, batch) => rows + batch.length, 0);
}

function photoSteps(
  inputs: string,
  batches: readonly number[][],
  data: ShardData,
  size: number,
): Step[] {
  return batches.map((batch) => {
    const store: Step["store"] = (embeddings, failures) =>
      batch.forEach((row, i) => {
        data.image!.set(embeddings.subarray(i * size, (i + 1) * size), row * size);
        data.status[row] = failures[i] ?? "ok";
      });
    return {
      task: { files: batch.map((row) => join(inputs, data.images[row]!)) },
      rows: batch.length,
      store,
    };
  });
}

/**
 * A missing title is embedded as an empty one, which CLIP knows. Titles in `memory` are filled in at once; how many is
 * the second of what is returned.
 */
function titleSteps(
  clip: Clip,
  data: ShardData & { title: Float32Array },
  alone: boolean,
  memory?: TitleMemory,
): [steps: Step[], recalled: number] {
  const { size } = clip;
  const titles = data.titles.map((title) => title ?? "");
  const tokenised = titles.map((title) => clip.tokenise(title));
  const known = tokenised.map((tokens) => memory?.recall(tokens));
  known.forEach((embedding, row) => embedding && data.title.set(embedding, row * size));
  const batches = titleBatches(tokenised, { isDone: (row) => known[row] !== undefined });
  const rememberAll = (): void =>
    titles.forEach((title, row) =>
      memory?.keep(title, tokenised[row], data.title.subarray(row * size, (row + 1) * size)),
    );
  let left = batches.length;
  const steps = batches.map(({ tokens, rows, scatter }): Step => {
    const store: Step["store"] = (embeddings) => {
      scatter(embeddings, data.title);
      if (--left === 0) rememberAll();
    };
    return { task: { tokens }, rows: alone ? rows : 0, store };
  });
  return [steps, known.filter(Boolean).length];
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

/** Numbers to fill in: those that are to stay, zeros for the others. */
function startingFrom(
  rows: ShardRows,
  { size, readsTitles }: Clip,
  { photos, titles, earlier }: EmbedShardOptions,
): ShardData {
  const keepsPhotos = photos === "finished" || photos === "retry";
  const zeros = (): Float32Array => new Float32Array(rows.ids.length * size);
  return {
    ...rows,
    status:
      (keepsPhotos && earlier?.status) ||
      rows.images.map((image) => (photos === "none" && image !== null ? "later" : "missing")),
    image: photos === "none" ? null : (keepsPhotos && earlier?.image) || zeros(),
    title: readsTitles ? (titles === "finished" && earlier?.title) || zeros() : null,
  };
}

const hasTitles = (data: ShardData): data is ShardData & { title: Float32Array } =>
  data.title !== null;

/**
 * Embed the photos and titles of `rows`. Photos that cannot be read get zeros and a status that says why. The result
 * depends on the rows and the encoder alone, not on timing or the number of workers. Throws the reason of an abort.
 */
export async function embedShard(
  rows: ShardRows,
  clip: Clip,
  workers: readonly ClipWorker[],
  options: EmbedShardOptions,
): Promise<ShardData> {
  const { inputs, onBatch, signal, memory, photos = "to do", titles = "to do" } = options;
  const { size } = clip;
  const data = startingFrom(rows, clip, { ...options, photos, titles });
  const batches =
    photos === "to do" ? photoBatches(rows.images) : photos === "retry" ? failedBatches(data) : [];
  const alone = photos === "finished" || photos === "none";
  const unlisted = photos === "to do" ? rows.images.filter((image) => image === null).length : 0;
  if (unlisted > 0) onBatch(unlisted, unlisted);
  const [titleBatchSteps, recalled] =
    titles === "to do" && hasTitles(data) ? titleSteps(clip, data, alone, memory) : [[], 0];
  if (alone && recalled > 0) onBatch(recalled, 0);
  const steps = interleave(photoSteps(inputs, batches, data, size), titleBatchSteps);
  await runSteps(steps, workers, onBatch, signal);
  return data;
}
