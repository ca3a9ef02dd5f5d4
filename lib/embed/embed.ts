/** The long step: all photos and titles of a split through CLIP, in shards, so that it can stop and go on. */
import { loadClip, type Clip, type ClipOptions } from "../clip/clip";
import { describeOwner, lockPause, tryLock, withLock, type Lock } from "../files/lock";
import { startClipWorkers, type ClipWorkers } from "./clip-workers";
import { listFailures, type EmbedFailure } from "./failures";
import {
  askedShards,
  checkUnchanged,
  isBegun,
  openSource,
  planShard,
  rowsIn,
  type ShardPlan,
  type Source,
  type SourceOptions,
} from "./plan";
import { finishedShards, removeShard, shardLock, tidyShard } from "./shard-files";
import { readShard, writeShard } from "./shards";
import { embedShard, rowsToRetry, type OnBatch } from "./steps";
import { titleMemory, type TitleMemory } from "./title-memory";

export interface EmbedProgress {
  /** What is embedded: photos with their titles, or titles alone. */
  subject: "photos" | "titles";
  /** Rows embedded, those of earlier runs included, of `total` in the shards asked for. */
  done: number;
  total: number;
  /** Rows a second in this run, and the time left at that rate (infinite while nothing is done). */
  rate: number;
  secondsLeft: number;
  /** Photos of this run that have no embedding. */
  failures: number;
}

export interface EmbedOptions extends SourceOptions, Omit<ClipOptions, "towers"> {
  /** Which shards to do; all by default. */
  shards?: readonly number[];
  /** Try photos that failed in finished shards again. Those whose file has changed size are tried anyway. */
  retryFailed?: boolean;
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
  /** What it was about: photos with their titles, or titles alone. */
  subject: "photos" | "titles";
  /** Shards asked for, their rows, and how many of the shards were finished already, or by another process meanwhile. */
  shards: number;
  rows: number;
  reused: number;
  /** Photos without an embedding in all finished shards; also in <folder>/failures.csv. */
  failures: EmbedFailure[];
  seconds: number;
}

/** What one call of `embedSplit` works with. */
interface Run {
  options: EmbedOptions;
  source: Source;
  onBatch: OnBatch;
  crew(): Promise<Crew>;
}

/** A shard and how many of its rows are still to be embedded. */
interface Job {
  shard: number;
  rows: number;
  pending: number;
  /** Of a shard with nothing to do: how many of its photos have no embedding. */
  failures: number | null;
}

const isFinished = ({ photos, titles }: ShardPlan): boolean =>
  titles === "finished" && (photos === "finished" || photos === "none");

function pendingRows({ recipe, rows, photos, titles, status }: ShardPlan): number {
  if (photos === "to do" || titles === "to do") return recipe.rows;
  return photos === "retry" ? rowsToRetry(rows.images, status) : 0;
}

/** Look what there is to do. The rows of a shard that was never finished are read once only, when its turn comes. */
async function jobOf(source: Source, shard: number, retryFailed?: boolean): Promise<Job> {
  const rows = rowsIn(source, shard);
  if (!(await isBegun(source, shard))) return { shard, rows, pending: rows, failures: null };
  const plan = await planShard(source, shard, retryFailed);
  const failures = plan.photos === "none" ? 0 : (plan.manifest?.failures ?? 0);
  return { shard, rows, pending: pendingRows(plan), failures: isFinished(plan) ? failures : null };
}

/** Adds up what the batches report and passes it on. */
function progressOf(
  jobs: readonly Job[],
  { subject }: Source,
  onProgress: EmbedOptions["onProgress"],
): OnBatch {
  const sum = (key: "rows" | "pending"): number => jobs.reduce((total, job) => total + job[key], 0);
  const total = sum("rows");
  const before = total - sum("pending");
  const start = performance.now();
  let now = 0;
  let failures = 0;
  return (rows, failed) => {
    now += rows;
    failures += failed;
    const done = Math.min(before + now, total);
    const rate = now / Math.max(1e-3, (performance.now() - start) / 1000);
    onProgress?.({
      subject,
      done,
      total,
      rate,
      secondsLeft: now > 0 ? (total - done) / rate : Infinity,
      failures,
    });
  };
}

/** The encoder's tokenizer, its processes, and the titles that they have had. */
interface Crew {
  clip: Clip;
  workers: ClipWorkers["workers"];
  memory: TitleMemory;
}

/** Starts the crew when it is first called for: there may be nothing to do. */
function lazyCrew(
  { encoder, dtype, device, workers: count }: EmbedOptions,
  { table }: Source,
  start: typeof startClipWorkers,
): { crew(): Promise<Crew>; close(): Promise<void> } {
  let started: Promise<ClipWorkers> | undefined;
  let loaded: Promise<Clip> | undefined;
  let memory: Promise<TitleMemory> | undefined;
  const crew = async (): Promise<Crew> => {
    const clip = await (loaded ??= loadClip(encoder, { dtype }));
    started ??= start(encoder, { dtype, device, workers: count });
    return {
      clip,
      workers: (await started).workers,
      memory: await (memory ??= titleMemory(table)),
    };
  };
  return { crew, close: async () => void (await (await started)?.close()) };
}

/** Do one shard while holding its lock. Returns whether another process had finished it meanwhile. */
async function embedJob(
  { shard, pending }: Job,
  lock: Lock,
  { options, source, onBatch, crew }: Run,
): Promise<boolean> {
  const { folder, inputs } = source;
  const { signal, retryFailed } = options;
  const plan = await planShard(source, shard, retryFailed);
  const { recipe, rows, photos, titles, manifest } = plan;
  await tidyShard(folder, shard);
  if (isFinished(plan)) {
    onBatch(pending, 0);
    return true;
  }
  const earlier = manifest ? await readShard(folder, manifest, rows) : undefined;
  const { clip, workers, memory } = await crew();
  const how = { inputs, onBatch, signal, photos, titles, earlier, memory };
  const data = await embedShard(rows, clip, workers, how);
  await checkUnchanged(source);
  await writeShard(folder, recipe, data, lock.check);
  return false;
}

/** All jobs; those that another process is at come last. Returns how many of them others finished. */
async function embedJobs(jobs: readonly Job[], run: Run): Promise<number> {
  const {
    source: { folder },
    options: { signal, onNote },
  } = run;
  let todo = jobs.filter(({ pending }) => pending > 0);
  let others = 0;
  let noted = "";
  while (todo.length > 0) {
    const busy: Job[] = [];
    for (const job of todo) {
      signal?.throwIfAborted();
      const lock = await tryLock(shardLock(folder, job.shard));
      if (lock) others += Number(await embedJob(job, lock, run).finally(() => lock.release()));
      else busy.push(job);
    }
    if (busy.length === todo.length) {
      const note = `waiting for shard ${busy[0].shard}, at which ${await describeOwner(shardLock(folder, busy[0].shard))} is`;
      if (note !== noted) onNote?.((noted = note));
      await lockPause(signal);
    }
    todo = busy;
  }
  return others;
}

/** Remove shards from when there were more rows, or fewer of them in a shard. */
async function removeSurplus({ folder, shards }: Source, signal?: AbortSignal): Promise<void> {
  for (const shard of finishedShards(folder))
    if (shard >= shards)
      await withLock(shardLock(folder, shard), () => removeShard(folder, shard), { signal });
}

/**
 * Embed a split of prepared photos and titles ("train" is all labelled rows, the validation rows included) into shards
 * below `shardFolder`. Finished shards stay if the encoder, the preprocessing and their rows are the same, so it can be
 * interrupted, killed and repeated, and spread over processes and machines with a common file system: each shard is
 * locked by the one that is at it. Photos that cannot be read are not an error: their image embedding is zero and they
 * are listed. Where there are no photos (or with `photos: "later"`) titles alone are embedded; photos join them in the
 * same shards when they are there. Throws if the encoder or the prepared table is missing or changed meanwhile, if the
 * folder can't be written, or if `signal` aborts.
 *
 * `start` is how the embedding processes are started: tests hand in some that are kept, or stand-ins.
 */
export async function embedSplit(
  options: EmbedOptions,
  start: typeof startClipWorkers = startClipWorkers,
): Promise<EmbedSummary> {
  const began = performance.now();
  const { signal, retryFailed, onProgress } = options;
  const source = await openSource(options);
  const jobs: Job[] = [];
  for (const shard of askedShards(source, options.shards)) {
    signal?.throwIfAborted();
    jobs.push(await jobOf(source, shard, retryFailed));
  }
  const { crew, close } = lazyCrew(options, source, start);
  const onBatch = progressOf(jobs, source, onProgress);
  onBatch(0, 0);
  const others = await embedJobs(jobs, { options, source, onBatch, crew }).finally(close);
  if (!options.shards) await removeSurplus(source, signal);
  return {
    folder: source.folder,
    subject: source.subject,
    shards: jobs.length,
    rows: jobs.reduce((rows, job) => rows + job.rows, 0),
    reused: jobs.filter(({ pending }) => pending === 0).length + others,
    failures: await listFailures(source.folder, { signal }),
    seconds: (performance.now() - began) / 1000,
  };
}

export interface ShardList extends Pick<
  Source,
  "dataset" | "split" | "encoder" | "dtype" | "folder" | "rows"
> {
  /** `failures` is null while the shard is not finished. */
  shards: { shard: number; rows: number; finished: boolean; failures: number | null }[];
}

/** The shards of a split and whether each is finished, without doing anything. */
export async function listShards(options: EmbedOptions): Promise<ShardList> {
  const source = await openSource(options);
  const shards: ShardList["shards"] = [];
  for (const shard of askedShards(source, options.shards)) {
    const { rows, failures } = await jobOf(source, shard);
    shards.push({ shard, rows, finished: failures !== null, failures });
  }
  const { dataset, split, encoder, dtype, folder, rows } = source;
  return { dataset, split, encoder, dtype, folder, rows, shards };
}
