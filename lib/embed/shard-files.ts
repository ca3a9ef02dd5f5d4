/**
 * Embeddings on disk, in the layout of the clip-retrieval tools, so that those (or NumPy and pandas) can read them:
 *
 *     img_emb/img_emb_0000.npy         float32 [rows, 512], zeros where the photo could not be read
 *     text_emb/text_emb_0000.npy       float32 [rows, 512]
 *     metadata/metadata_0000.parquet   gridimage_id, image_path, caption, status: "ok" or why the photo failed
 *     manifest/manifest_0000.json      ours, written last: a shard without it is not finished
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { removeFile, removeTemporaries } from "../files/atomic";
import type { ClipDtype } from "../clip/clip-files";
import { projectOf, type Split } from "../project";

/** The folder of a split's shards. Quantised embeddings are kept apart from the others. */
export function shardFolder(
  dataset: string,
  encoder: string,
  split: Split,
  dtype: ClipDtype = "fp32",
): string {
  return projectOf(dataset, dtype === "fp32" ? encoder : `${encoder}-${dtype}`).embeddings(split);
}

/** The paths of a shard's files inside the folder. */
export function shardFiles(shard: number): {
  image: string;
  title: string;
  metadata: string;
  manifest: string;
} {
  const n = String(shard).padStart(4, "0");
  return {
    image: `img_emb/img_emb_${n}.npy`,
    title: `text_emb/text_emb_${n}.npy`,
    metadata: `metadata/metadata_${n}.parquet`,
    manifest: `manifest/manifest_${n}.json`,
  };
}

/** The lock that whoever writes a shard holds, see `tryLock`. */
export function shardLock(folder: string, shard: number): string {
  return join(folder, `shard_${String(shard).padStart(4, "0")}.lock`);
}

/** The numbers of the shards that have a manifest, ascending. */
export function finishedShards(folder: string): number[] {
  let names: string[];
  try {
    names = readdirSync(join(folder, "manifest"));
  } catch {
    return [];
  }
  return names
    .flatMap((name) => /^manifest_(\d+)\.json$/.exec(name)?.slice(1).map(Number) ?? [])
    .sort((a, b) => a - b);
}

/** Remove what is left of a shard's files under temporary names. Needs the shard's lock. */
export async function tidyShard(folder: string, shard: number): Promise<void> {
  for (const name of Object.values(shardFiles(shard))) await removeTemporaries(join(folder, name));
}

/** Remove a shard's files, the manifest first. */
export async function removeShard(folder: string, shard: number): Promise<void> {
  const { manifest, image, title, metadata } = shardFiles(shard);
  for (const name of [manifest, image, title, metadata]) await removeFile(join(folder, name));
}
