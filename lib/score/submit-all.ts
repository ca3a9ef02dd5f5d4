/** Submissions of many heads, and which head answers for a photo that cannot be read. */
import { availableParallelism } from "node:os";
import { experiment, experiments, type Experiment } from "../train/experiments";
import { loadHead, type HeadFolders } from "../train/saved-heads";
import { yieldToEventLoop } from "../interrupt";
import { decide } from "./decide";
import { decodeSets, type SetDecoder } from "./tag-sets";
import { predictLogits } from "../train/predict";
import { writeSubmission } from "./submission";
import type { Features } from "../train/training-data";

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
  /** How to decode a head's logits as whole sets (`readPriors`). By default by the paper's rule, at least one tag. */
  decoderOf?: (name: string) => SetDecoder;
  /** When it aborts, no further head is begun and an error is thrown; files that were written stay. */
  signal?: AbortSignal;
}

/**
 * Let saved heads answer for all test photos, and write each one's submission `<name>.csv.zip`; returns the paths. Heads
 * predict one after the other, as each keeps all processors busy (one wide product for several heads takes the same
 * time); files are zipped side by side, as many at a time as there are processors.
 *
 * ```ts
 * import { experimentNamed, settingsFor, trainOrLoad } from "./lib/train";
 * const project = { heads: `${folder}/heads`, logs: `${folder}/logs`, submissions: folder };
 * const data = toyData(200, 5);
 * const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 2 };
 * await trainOrLoad(experimentNamed("linear-txt"), data, settings, project);
 * const ids = new Int32Array(300).map((_, row) => row + 1);
 * const test = { ids, features: data.features, tagCols: ["tag1", "tag2", "tag3", "tag4", "tag5"] };
 * (await submitAll(["linear-txt"], test, project)).length; // → 1
 * ```
 */
export async function submitAll(
  names: readonly string[],
  { ids, features, tagCols, ok = new Uint8Array(ids.length).fill(1) }: TestRows,
  { heads, submissions }: Pick<HeadFolders, "heads"> & { submissions: string },
  { onHead, decoderOf, signal }: SubmitOptions = {},
): Promise<string[]> {
  const written: string[] = [];
  let waiting: { path: string; labels: Uint8Array }[] = [];
  for (const [i, name] of names.entries()) {
    signal?.throwIfAborted();
    const logits = await logitsOfAll(name, { features, ok, tags: tagCols.length }, { heads });
    const labels = decoderOf
      ? decodeSets(logits, decoderOf(name))
      : decide(logits, { tags: tagCols.length, threshold: 0 });
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

/**
 * The experiment that answers for a photo which can't be read: the same kind of head trained without photos, on title
 * and location if photos were all it saw or if that one is none of `experiments`. Null if it never saw photos. Zeros in
 * the photo's place would not do: on the sample a linear head of photo, title and location then gets 6 % of the photos
 * right, that of title and location 45 %.
 */
export function withoutPhoto({ kind, modalities, mixup }: Experiment): Experiment | null {
  if (!modalities.includes("img")) return null;
  const others = modalities.filter((modality) => modality !== "img");
  const { name } = experiment(kind, others, mixup);
  return (
    experiments.find((known) => known.name === name) ?? experiment(kind, ["txt", "loc"], mixup)
  );
}

/**
 * A saved head's logits for all rows [n, tags]; where `ok` is 0 (see `FeatureArrays`), those of `withoutPhoto`'s head.
 * Throws if one of the two has not been trained.
 *
 * ```ts
 * import { experimentNamed, settingsFor, trainOrLoad } from "./lib/train";
 * const project = { heads: `${folder}/heads`, logs: `${folder}/logs`, submissions: folder };
 * const data = toyData(200, 5);
 * const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 2 };
 * await trainOrLoad(experimentNamed("linear-txt"), data, settings, project);
 * const rows = { features: data.features, ok: new Uint8Array(300).fill(1), tags: 5 };
 * (await logitsOfAll("linear-txt", rows, project)).length; // → 1500
 * ```
 */
export async function logitsOfAll(
  name: string,
  { features, ok, tags }: { features: Features; ok: Uint8Array; tags: number },
  folders: Pick<HeadFolders, "heads">,
): Promise<Float32Array> {
  const { experiment: own, weights } = await loadHead(name, folders, tags);
  const z = predictLogits(own, weights, features);
  const other = withoutPhoto(own);
  const rows = Int32Array.from(ok.keys()).filter((row) => ok[row] === 0);
  if (!other || rows.length === 0) return z;
  const { weights: otherWeights } = await loadHead(other.name, folders, tags);
  // Of all rows, as a product may round a row differently beside fewer others: so a photo's answer depends on itself alone.
  const theirs = predictLogits(other, otherWeights, features);
  for (const row of rows) z.set(theirs.subarray(row * tags, (row + 1) * tags), row * tags);
  return z;
}
