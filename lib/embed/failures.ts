/** The photos that have no embedding, as a list beside the shards. */
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { removeTemporaries, writeFileAtomic } from "../files/atomic";
import { csvText } from "../files/csv";
import { tryLock, withLock, type WaitOptions } from "../files/lock";
import { literal, query } from "../files/table";
import { finishedShards, shardFiles } from "./shard-files";
import { readManifest } from "./shards";

/** A photo that has no embedding. */
export interface EmbedFailure {
  gridimage_id: number;
  image_path: string | null;
  /** Why: one of `ImageFailure`. */
  status: string;
}

/** The photos that failed in all finished shards, in the order of the rows. */
async function failuresOf(folder: string): Promise<EmbedFailure[]> {
  const files: string[] = [];
  for (const shard of finishedShards(folder)) {
    const manifest = await readManifest(folder, shard);
    const { image } = shardFiles(shard);
    if (manifest && manifest.failures > 0 && manifest.files[image])
      // else photos are for later
      files.push(literal(join(folder, shardFiles(shard).metadata)));
  }
  if (files.length === 0) return [];
  return query<EmbedFailure>(`SELECT gridimage_id, image_path, status
    FROM read_parquet([${files.join(", ")}], filename = true, file_row_number = true)
    WHERE status <> 'ok' ORDER BY filename, file_row_number`);
}

function toCsv(failures: readonly EmbedFailure[]): string {
  const lines = failures.map(({ gridimage_id, image_path, status }) => [
    gridimage_id,
    image_path ?? "",
    status,
  ]);
  return csvText([["gridimage_id", "image_path", "status"], ...lines]);
}

/** Remove what killed processes left: locks on finished shards, which nobody will ask for again, and half-made locks. */
async function tidyLocks(folder: string): Promise<void> {
  const finished = new Set(finishedShards(folder));
  for (const name of await readdir(folder)) {
    const shard = /^shard_(\d+)\.lock$/.exec(name)?.[1];
    if (shard && finished.has(Number(shard))) await (await tryLock(join(folder, name)))?.release();
    // If it is not from a killed process, its owner asks for the lock once more.
    const half = /^\.(shard_\d+\.lock)\..*\.tmp$/.exec(name)?.[1];
    if (half) await removeTemporaries(join(folder, half));
  }
}

/**
 * The photos without an embedding in all finished shards, also written to failures.csv beside them. It is written only
 * when it changes, one process after the other, so that the last one to finish a shard leaves the whole list.
 */
export async function listFailures(
  folder: string,
  wait: WaitOptions = {},
): Promise<EmbedFailure[]> {
  const file = join(folder, "failures.csv");
  const lock = join(folder, "failures.lock");
  const isWritten = async (found: readonly EmbedFailure[]): Promise<boolean> =>
    (await readFile(file, "utf8").catch(() => null)) === toCsv(found);
  let failures = await failuresOf(folder);
  const left = (await readdir(folder).catch(() => [])).some((name) => /\.(lock|tmp)$/.test(name));
  if (!left && (await isWritten(failures))) return failures;
  if (!(await stat(folder).catch(() => null))) return failures; // nothing was embedded
  return withLock(
    lock,
    async () => {
      await removeTemporaries(file);
      await removeTemporaries(lock);
      failures = await failuresOf(folder);
      if (!(await isWritten(failures))) await writeFileAtomic(file, toCsv(failures));
      await tidyLocks(folder);
      return failures;
    },
    wait,
  );
}
