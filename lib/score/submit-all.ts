import { availableParallelism } from "node:os";
import type { HeadFolders } from "../train/head-files";
import { yieldToEventLoop } from "../interrupt";
import { decide, writeSubmission } from "./submission";
import type { Features } from "../train/training-data";
import { logitsOfAll } from "./without-photo";

/** The photos to answer for, and the columns of the answer. */
export interface TestRows {
  /** gridimage_id of each row, in the order of test.csv. */
  ids: Int32Array;
  features: Features;
  /** 0 where the photo can't be read: a head that needs none answers (see `withoutPhoto`). All are read by default. */
  ok?: Uint8Array;
  /** Names of the tag columns, in order. */
  tagCols: readonly string[];
}

export interface SubmitOptions {
  /** Called after each head, with the number of heads done. */
  onHead?: (done: number, name: string) => void;
  /** When it aborts, no further head is begun and an error is thrown; files that were written stay. */
  signal?: AbortSignal;
}

/**
 * Let saved heads answer for all test photos, and write each one's submission `<name>.csv.zip`; returns the paths. Heads
 * predict one after the other, as each keeps all processors busy (one wide product for several heads takes the same
 * time); files are zipped side by side, as many at a time as there are processors.
 */
export async function submitAll(
  names: readonly string[],
  { ids, features, tagCols, ok = new Uint8Array(ids.length).fill(1) }: TestRows,
  { heads, submissions }: Pick<HeadFolders, "heads"> & { submissions: string },
  { onHead, signal }: SubmitOptions = {},
): Promise<string[]> {
  const written: string[] = [];
  let waiting: { path: string; labels: Uint8Array }[] = [];
  for (const [i, name] of names.entries()) {
    signal?.throwIfAborted();
    const logits = await logitsOfAll(name, { features, ok, tags: tagCols.length }, { heads });
    const labels = decide(logits, { tags: tagCols.length, threshold: 0 });
    waiting.push({ path: `${submissions}/${name}.csv.zip`, labels });
    if (waiting.length === availableParallelism() || i === names.length - 1) {
      await Promise.all(
        waiting.map((file) => writeSubmission(file.path, ids, file.labels, tagCols)),
      );
      written.push(...waiting.map(({ path }) => path));
      waiting = [];
    }
    onHead?.(i + 1, name);
    await yieldToEventLoop();
  }
  return written;
}
