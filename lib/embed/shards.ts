/** A shard of embeddings: what decides its numbers, whether it is finished, writing and reading it. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CLEANING_VERSIONS } from "../clip/model-card";
import { removeFile, writeFileAtomic } from "../files/atomic";
import { fileHash, sha256 } from "../files/hash";
import { npyBytes, readNpy } from "../files/npy";
import { columns, literal, withDatabase } from "../files/table";
import type { Split } from "../project";
import { shardFiles } from "./shard-files";

/**
 * What decides the numbers of a shard. Equal recipes make equal shards, byte for byte, on processors of one kind: another
 * kind (or a GPU) may round the last digit otherwise. Photos and titles are apart: when only one of the two has changed,
 * or photos arrive after the titles, the other stays.
 */
export interface ShardRecipe {
  dataset: string;
  split: Split;
  encoder: string;
  dtype: string;
  /** See `clipModelHash`. */
  modelHash: string;
  /** What is done to photos: PREPROCESSING_VERSION. */
  preprocessing: string;
  /** What is done to titles: one of CLEANING_VERSIONS. */
  cleaning: string;
  shard: number;
  /** The shard holds the rows `firstRow`..`firstRow + rows - 1` of prepared/<split>.parquet. */
  firstRow: number;
  rows: number;
  /** SHA-256 of the rows' gridimage_ids, see `idsHash`. */
  ids: string;
  /** SHA-256 of the rows' image paths and sizes, see `photosHash`. */
  photos: string;
  /** SHA-256 of the rows' titles. */
  titles: string;
}

/** What there is to embed, as prepared/<split>.parquet says; images relative to the dataset's folder. */
export interface ShardRows {
  ids: number[];
  images: (string | null)[];
  titles: (string | null)[];
  /** Bytes of each photo's file: a replaced one is noticed cheaply. -1 if there is none. */
  sizes: number[];
}

export interface ShardManifest extends ShardRecipe {
  format: 2;
  /** How many rows have a status other than "ok". */
  failures: number;
  /** As `photos`, but without the sizes of the photos that failed: if it is the same, only those have changed. */
  readable: string;
  /** By path inside the folder. No file of images: photos have not been embedded. None of titles: the encoder reads none. */
  files: Record<string, { bytes: number; sha256: string }>;
}

/** The numbers of a shard. */
export interface ShardData extends ShardRows {
  /** "ok", or why there is no image embedding. */
  status: string[];
  /** [rows, D]; null while photos have not been embedded. */
  image: Float32Array | null;
  /** [rows, D]; null if the encoder reads no titles. */
  title: Float32Array | null;
}

/** SHA-256 of gridimage_ids in their order. */
export function idsHash(ids: ArrayLike<number>): string {
  return sha256(new Uint8Array(Int32Array.from(ids).buffer));
}

function listHash(items: readonly unknown[]): string {
  const hash = createHash("sha256");
  for (const item of items) hash.update(`${JSON.stringify(item)}\n`);
  return hash.digest("hex");
}

/** SHA-256 of titles in their order. */
export const titlesHash = ({ titles }: Pick<ShardRows, "titles">): string => listHash(titles);

/** SHA-256 of image paths and sizes in their order. With `status`, the sizes of photos that failed don't count. */
export function photosHash(
  { images, sizes }: Pick<ShardRows, "images" | "sizes">,
  status?: readonly string[],
): string {
  return listHash(
    images.map((image, i) => [image, status && status[i] !== "ok" ? null : sizes[i]]),
  );
}

/** As manifests of format 1 had it: photos and titles in one. */
function hashOfFormat1({ ids, images, titles, sizes }: ShardRows, status?: string[]): string {
  const hash = createHash("sha256");
  ids.forEach((id, i) =>
    hash.update(
      JSON.stringify([id, images[i], status && status[i] !== "ok" ? null : sizes[i], titles[i]]),
    ),
  );
  return hash.digest("hex");
}

/** A manifest of format 1: hours of work may hang on it. Titles were not cleaned then. */
type Format1 = Omit<ShardManifest, "format" | "cleaning" | "photos" | "titles"> & {
  format: 1;
  inputs: string;
};

/** What both formats have is all that reading takes. */
export type AnyManifest = ShardManifest | Format1;

/** The same manifest in today's format, provided it was made from these rows; otherwise null. */
export function upgraded(old: Format1, rows: ShardRows, status: string[]): ShardManifest | null {
  const { inputs, ...kept } = old;
  const same = inputs === hashOfFormat1(rows);
  if (!same && old.readable !== hashOfFormat1(rows, status)) return null;
  return {
    ...kept,
    format: 2,
    cleaning: CLEANING_VERSIONS.none,
    titles: titlesHash(rows),
    photos: same ? photosHash(rows) : "changed since",
    readable: photosHash(rows, status),
  };
}

/** A shard's manifest, or null if it has none. Throws, naming the file, when it is not one. */
export async function readManifest(folder: string, shard: number): Promise<AnyManifest | null> {
  const file = join(folder, shardFiles(shard).manifest);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const manifest = JSON.parse(text) as AnyManifest;
    if ([1, 2].includes(manifest.format) && manifest.files) return manifest;
  } catch {
    // reported below
  }
  throw new Error(`${file} is not a shard's manifest: delete it, then run notebook 02-embed again`);
}

/** Whether the shard's files are there with the sizes that its manifest says. */
export async function isComplete(
  folder: string,
  { files }: Pick<ShardManifest, "files">,
): Promise<boolean> {
  const sizes = await Promise.all(
    Object.entries(files).map(
      async ([file, { bytes }]) =>
        (await stat(join(folder, file)).catch(() => null))?.size === bytes,
    ),
  );
  return sizes.every(Boolean);
}

/** What of a recipe belongs to the photos, and what to the titles; the rest to both. */
const PHOTOS: readonly (keyof ShardRecipe)[] = ["preprocessing", "photos"];
const TITLES: readonly (keyof ShardRecipe)[] = ["cleaning", "titles"];

/** Which parts of a shard were made by this very recipe. */
export function sameRecipe(
  manifest: ShardRecipe,
  recipe: ShardRecipe,
): { base: boolean; preprocessing: boolean; photos: boolean; titles: boolean } {
  const same = (key: keyof ShardRecipe): boolean => manifest[key] === recipe[key];
  const keys = Object.keys(recipe) as (keyof ShardRecipe)[];
  const base = keys.every((key) => PHOTOS.includes(key) || TITLES.includes(key) || same(key));
  return {
    base,
    preprocessing: base && same("preprocessing"),
    photos: base && PHOTOS.every(same),
    titles: base && TITLES.every(same),
  };
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
  await removeFile(join(folder, names.manifest)); // while files are replaced, the shard is unfinished
  const files: ShardManifest["files"] = {};
  const writeNumbers = async (name: string, numbers: Float32Array): Promise<void> => {
    const bytes = npyBytes(numbers, [recipe.rows, numbers.length / recipe.rows]);
    await writeFileAtomic(join(folder, name), bytes);
    files[name] = { bytes: bytes.length, sha256: sha256(bytes) };
  };
  if (data.image) await writeNumbers(names.image, data.image);
  else await removeFile(join(folder, names.image));
  if (data.title) await writeNumbers(names.title, data.title);
  const metadata = join(folder, names.metadata);
  await writeMetadata(metadata, data);
  // DuckDB writes files by itself, so that its bytes are to be had from the file alone.
  files[names.metadata] = { bytes: (await stat(metadata)).size, sha256: await fileHash(metadata) };
  const failures = data.status.filter((status) => status !== "ok").length;
  await check?.();
  const manifest: ShardManifest = {
    format: 2,
    ...recipe,
    failures,
    readable: photosHash(data, data.status),
    files,
  };
  await writeFileAtomic(join(folder, names.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Throws, naming the file, unless each of the shard's files has the SHA-256 of its manifest. */
async function verifyShard(folder: string, { files }: Pick<ShardManifest, "files">): Promise<void> {
  for (const [name, { sha256: expected }] of Object.entries(files)) {
    const file = join(folder, name);
    if ((await fileHash(file)) !== expected)
      throw new Error(
        `${file} has changed since it was written: delete it, then run notebook 02-embed again`,
      );
  }
}

/** A finished shard's numbers, verified, with the rows they belong to. */
export async function readShard(
  folder: string,
  { shard, files }: Pick<ShardManifest, "shard" | "files">,
  rows: ShardRows,
): Promise<ShardData> {
  await verifyShard(folder, { files });
  const names = shardFiles(shard);
  const read = async (name: string): Promise<Float32Array> =>
    (await readNpy<Float32Array>(join(folder, name))).data;
  return {
    ...rows,
    status: await readStatus(folder, shard),
    image: files[names.image] ? await read(names.image) : null,
    title: files[names.title] ? await read(names.title) : null,
  };
}
