import { experiment, type Experiment } from "../train/experiments";
import { loadHead, type HeadFolders } from "../train/head-files";
import { predictLogits } from "./predict";
import { tf } from "../tfjs";
import type { Features } from "../train/training-data";

/**
 * The experiment that answers for a photo which can't be read: the same kind of head trained without photos, on title
 * and location if photos were all it saw. Null if it never saw photos. Zeros in the photo's place would not do: on the
 * sample a linear head of photo, title and location then gets 6 % of the photos right, that of title and location 45 %.
 */
export function withoutPhoto({ kind, modalities, mixup }: Experiment): Experiment | null {
  if (!modalities.includes("img")) return null;
  const others = modalities.filter((modality) => modality !== "img");
  return experiment(kind, others.length > 0 ? others : ["txt", "loc"], mixup);
}

/**
 * A saved head's logits for all rows [n, tags]; where `ok` is 0 (see `FeatureArrays`), those of `withoutPhoto`'s head.
 * Throws if one of the two has not been trained.
 */
export async function logitsOfAll(
  name: string,
  { features, ok, tags }: { features: Features; ok: Uint8Array; tags: number },
  folders: Pick<HeadFolders, "heads">,
): Promise<Float32Array> {
  const { experiment: own, weights } = await loadHead(name, folders, tags);
  const z = predictLogits(own, weights, features);
  tf.dispose(weights);
  const other = withoutPhoto(own);
  const rows = Int32Array.from(ok.keys()).filter((row) => ok[row] === 0);
  if (!other || rows.length === 0) return z;
  const { weights: otherWeights } = await loadHead(other.name, folders, tags);
  // Of all rows, as a product may round a row differently beside fewer others: so a photo's answer depends on itself alone.
  const theirs = predictLogits(other, otherWeights, features);
  tf.dispose(otherWeights);
  for (const row of rows) z.set(theirs.subarray(row * tags, (row + 1) * tags), row * tags);
  return z;
}
