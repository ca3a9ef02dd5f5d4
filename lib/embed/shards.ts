/** A shard of embeddings: what decides its numbers, whether it is finished, writing and reading it. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { removeFile, writeFileAtomic } from "../files/atomic";
import { modalitySize } from "../modalities";
import { npyBytes, readNpy } from "../files/npy";
import { shardFiles } from "./shard-files";
import type { Split } from "../project";
import { columns, literal, withDatabase } from "../files/table";

/**
 * What decides the numbers of a shard. Equal recipes make equal shards, byte for byte, on processors of one kind: another
 * kind (or a GPU) may round the last digit otherwise.
 */
export interface ShardRecipe {
  dataset: string;
  split: Split;
  encoder: string;
  dtype: string;
  /** See `clipModelHash`. */
  modelHash: string;
  /** See PREPROCESSING_VERSION. */
  preprocessing: string;
  shard: number;
  /** The shard holds the rows `firstRow`..`firstRow + rows - 1` of prepared/<split>.parquet. */
  firstRow: number;
  rows: number;
  /** SHA-256 of the rows' gridimage_ids, see `idsHash`. */
  ids: string;
  /** SHA-256 of the rows' ids, image paths, image sizes and titles, see `rowsHash`. */
  inputs: string;
}

/** What there is to embed, as prepared/<split>.parquet says; images relative to the dataset's folder. */
export interface Rows {
  ids: number[];
  images: (string | null)[];
  titles: (string | null)[];
  /** Bytes of each photo's file: a replaced one is noticed cheaply. -1 if there is none. */
  sizes: number[];
}

export interface ShardManifest extends ShardRecipe {
  format: 1;
  /** How many rows have a status other than "ok". */
  failures: number;
  /** As `inputs`, but without the sizes of the photos that failed: if it is the same, only those have changed. */
  readable: string;
  /** By path inside the folder. */
  files: Record<string, { bytes: number; sha256: string }>;
}

/** The numbers of a shard; `status` is "ok" or why there is no image embedding. */
export interface ShardData extends Rows {
  status: string[];
  image: Float32Array;
  title: Float32Array;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** SHA-256 of gridimage_ids in their order. */
export function idsHash(ids: ArrayLike<number>): string {
  return sha256(new Uint8Array(Int32Array.from(ids).buffer));
}

/** SHA-256 of what a shard is made from. With `status`, the sizes of photos that failed don't count. */
export function rowsHash({ ids, images, titles, sizes }: Rows, status?: readonly string[]): string {
  const hash = createHash("sha256");
  ids.forEach((id, i) =>
    hash.update(
      JSON.stringify([id, images[i], status && status[i] !== "ok" ? null : sizes[i], titles[i]]),
    ),
  );
  return hash.digest("hex");
}

/** A shard's manifest, or null if it has none. Throws, naming the file, when it is not one. */
export async function readManifest(folder: string, shard: number): Promise<ShardManifest | null> {
  const file = join(folder, shardFiles(shard).manifest);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const manifest = JSON.parse(text) as ShardManifest;
    if (manifest.format === 1 && manifest.files) return manifest;
  } catch {
    // reported below
  }
  throw new Error(`${file} is not a shard's manifest: delete it, then run notebook 02-embed again`);
}

/** Whether the shard's files are there with the sizes that its manifest says. */
export async function isComplete(folder: string, { files }: ShardManifest): Promise<boolean> {
  const sizes = await Promise.all(
    Object.entries(files).map(
      async ([file, { bytes }]) =>
        (await stat(join(folder, file)).catch(() => null))?.size === bytes,
    ),
  );
  return sizes.every(Boolean);
}

/** Whether a shard was made by this very recipe; `except` is not compared. */
export function sameRecipe(
  manifest: ShardManifest,
  recipe: ShardRecipe,
  except?: keyof ShardRecipe,
): boolean {
  const keys = Object.keys(recipe) as (keyof ShardRecipe)[];
  return keys.every((key) => key === except || manifest[key] === recipe[key]);
}

/** Whether the shard is finished, was made by this very recipe, and has files of the right sizes. */
export async function isFinished(folder: string, recipe: ShardRecipe): Promise<boolean> {
  const manifest: ShardManifest | null = await readManifest(folder, recipe.shard).catch(() => null);
  return manifest !== null && sameRecipe(manifest, recipe) && (await isComplete(folder, manifest));
}

/** "ok" or why the photo failed, for each row of a shard. */
export async function readStatus(folder: string, shard: number): Promise<string[]> {
  const file = literal(join(folder, shardFiles(shard).metadata));
  return (await columns<{ status: string[] }>(`SELECT status FROM ${file}`)).status;
}

async function writeMetadata(
  file: string,
  { ids, images, titles, status }: ShardData,
): Promise<void> {
  await withDatabase(
    async (db) => {
      await db.run(
        "CREATE TABLE metadata (gridimage_id INTEGER, image_path VARCHAR, caption VARCHAR, status VARCHAR)",
      );
      await db.append("metadata", [ids, images, titles, status]);
      await db.copyToParquet("SELECT * FROM metadata", file);
    },
    { threads: 1 },
  ); // one thread: the same rows always give the same bytes
}

/** Write a shard's files, each whole or not at all, and its manifest last, after `check` has not thrown. */
export async function writeShard(
  folder: string,
  recipe: ShardRecipe,
  data: ShardData,
  check?: () => Promise<void>,
): Promise<void> {
  const names = shardFiles(recipe.shard);
  const shape = [recipe.rows, modalitySize.img];
  await removeFile(join(folder, names.manifest)); // while files are replaced, the shard is unfinished
  const files: ShardManifest["files"] = {};
  for (const [name, array] of [
    [names.image, data.image],
    [names.title, data.title],
  ] as const) {
    const bytes = npyBytes(array, shape);
    await writeFileAtomic(join(folder, name), bytes);
    files[name] = { bytes: bytes.length, sha256: sha256(bytes) };
  }
  await writeMetadata(join(folder, names.metadata), data);
  const bytes = await readFile(join(folder, names.metadata));
  files[names.metadata] = { bytes: bytes.length, sha256: sha256(bytes) };
  const failures = data.status.filter((status) => status !== "ok").length;
  await check?.();
  const manifest: ShardManifest = {
    format: 1,
    ...recipe,
    failures,
    readable: rowsHash(data, data.status),
    files,
  };
  await writeFileAtomic(join(folder, names.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Throws, naming the file, unless each of the shard's files has the SHA-256 of its manifest. */
export async function verifyShard(folder: string, manifest: ShardManifest): Promise<void> {
  for (const [name, { sha256: expected }] of Object.entries(manifest.files)) {
    const file = join(folder, name);
    if (sha256(await readFile(file)) !== expected)
      throw new Error(
        `${file} has changed since it was written: delete it, then run notebook 02-embed again`,
      );
  }
}

/** A finished shard's numbers, verified, with the rows they belong to. */
export async function readShard(
  folder: string,
  manifest: ShardManifest,
  rows: Rows,
): Promise<ShardData> {
  await verifyShard(folder, manifest);
  const { image, title } = shardFiles(manifest.shard);
  const read = async (name: string): Promise<Float32Array> =>
    (await readNpy<Float32Array>(join(folder, name))).data;
  const status = await readStatus(folder, manifest.shard);
  return { ...rows, status, image: await read(image), title: await read(title) };
}
