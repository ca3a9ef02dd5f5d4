/** What there is to embed: a split of a prepared dataset, in shards, and what of it is done. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  clipFolder,
  clipModelHash,
  presentFiles,
  readConfig,
  type ClipDtype,
} from "../clip/clip-files";
import { PREPROCESSING_VERSION } from "../clip/image";
import { CLEANING_VERSIONS } from "../clip/model-card";
import { fileHash } from "../files/hash";
import { columns, literal, query } from "../files/table";
import { projectOf, requireFile, type Split } from "../project";
import { shardFiles, shardFolder } from "./shard-files";
import {
  idsHash,
  isComplete,
  photosHash,
  readManifest,
  readStatus,
  sameRecipe,
  titlesHash,
  upgraded,
  type ShardManifest,
  type ShardRecipe,
  type ShardRows,
} from "./shards";

export interface SourceOptions {
  dataset: string;
  split: Split;
  /** See `loadClip`. */
  encoder: string;
  dtype?: ClipDtype;
  rowsPerShard?: number;
  /** "later": titles only; photos that are embedded already stay. By default photos too, where there are any. */
  photos?: "now" | "later";
}

/** A split as it was when the run began. */
export interface Source extends Required<SourceOptions> {
  /** The prepared table, and where its photos' paths begin. */
  table: string;
  inputs: string;
  /** Where the shards go. */
  folder: string;
  rows: number;
  /** What this run is about: titles alone where no photo is listed, or where they are for later. */
  subject: "photos" | "titles";
  shards: number;
  /** See `clipModelHash`. */
  modelHash: string;
  /** What is done to titles: one of CLEANING_VERSIONS. */
  cleaning: string;
  /** SHA-256 of the prepared table's file. */
  tableHash: string;
  /** The files that must not change meanwhile, with what tells that they have not. */
  marks: Map<string, string>;
}

export interface ShardPlan {
  recipe: ShardRecipe;
  rows: ShardRows;
  /** "retry": only photos that failed are to be tried again. "none": there are none, or they are for later. */
  photos: "finished" | "retry" | "to do" | "none";
  titles: "finished" | "to do";
  /** Of the shard as it is, if any of it can stay. */
  manifest: ShardManifest | null;
  /** How each row of that fared. */
  status: string[];
}

/** Changes whenever a file is written or replaced, and is much faster to find out than what is in it. */
async function markOf(file: string): Promise<string> {
  const { size, mtimeMs, ctimeMs, ino } = await stat(file);
  return [size, mtimeMs, ctimeMs, ino].join(" ");
}

/** Look at a prepared split and its encoder. Throws if one of them is missing. */
export async function openSource(options: SourceOptions): Promise<Source> {
  const { dataset, split, encoder, dtype = "fp32", rowsPerShard = 10_000 } = options;
  const { inputs, [split]: table } = projectOf(dataset, encoder);
  const [{ rows, listed }] = await query<{ rows: number; listed: number }>(
    `SELECT count(*)::INTEGER AS rows, count(image)::INTEGER AS listed FROM ${literal(requireFile(table, "01-preprocess"))}`,
  );
  const encoderFolder = await clipFolder(encoder, dtype);
  const { cleaning, towers } = await readConfig(encoderFolder);
  const subject = options.photos === "later" || listed === 0 ? "titles" : "photos";
  if (subject === "titles" && !towers.text)
    throw new Error(
      `The encoder ${encoder} sees photos alone, and there are none to embed: add photos, or take a CLIP`,
    );
  const watched = [
    table,
    ...(await presentFiles(encoderFolder, dtype)).map((file) => join(encoderFolder, file)),
  ];
  const marks = new Map<string, string>();
  for (const file of watched) marks.set(file, await markOf(file)); // before they are read
  return {
    dataset,
    split,
    encoder,
    dtype,
    rowsPerShard,
    photos: options.photos ?? "now",
    table,
    inputs,
    rows,
    subject,
    shards: Math.ceil(rows / rowsPerShard),
    folder: shardFolder(dataset, encoder, split, dtype),
    modelHash: await clipModelHash(encoder, dtype),
    cleaning: CLEANING_VERSIONS[cleaning],
    tableHash: await fileHash(table),
    marks,
  };
}

/**
 * Throws if the encoder's files or the prepared table are others than when the run began. They are read again only if
 * their size or times have changed: the encoder may have a gigabyte, and this is asked after each shard.
 */
export async function checkUnchanged(source: Source): Promise<void> {
  const { encoder, dtype, modelHash, table, tableHash, marks } = source;
  const touched: string[] = [];
  for (const [file, mark] of marks)
    if ((await markOf(file).catch(() => "gone")) !== mark) touched.push(file);
  if (touched.length === 0) return;
  const same = async (hash: () => Promise<string>, before: string): Promise<boolean> =>
    (await hash().catch(() => "gone")) === before;
  const changed = !(await same(() => clipModelHash(encoder, dtype), modelHash))
    ? `The encoder ${encoder}`
    : !(await same(() => fileHash(table), tableHash))
      ? table
      : null;
  if (changed)
    throw new Error(
      `${changed} was changed while it was in use: the shard under way was dropped. Run it again`,
    );
  for (const file of touched) marks.set(file, await markOf(file));
}

/** The numbers of the shards asked for, or of all. Throws for one that does not exist. */
export function askedShards(
  { dataset, split, shards }: Source,
  asked?: readonly number[],
): number[] {
  const odd = asked?.find((shard) => !(Number.isInteger(shard) && shard >= 0 && shard < shards));
  if (odd !== undefined)
    throw new Error(`There is no shard ${odd}: ${dataset}/${split} has ${shards}, numbered from 0`);
  return asked ? [...asked] : Array.from({ length: shards }, (_, shard) => shard);
}

async function fileSizes(inputs: string, images: ShardRows["images"]): Promise<number[]> {
  const sizeOf = async (image: string | null): Promise<number> =>
    image === null ? -1 : ((await stat(join(inputs, image)).catch(() => null))?.size ?? -1);
  const sizes: number[] = [];
  for (let start = 0; start < images.length; start += 1000)
    sizes.push(...(await Promise.all(images.slice(start, start + 1000).map(sizeOf))));
  return sizes;
}

async function readRows(
  { table, inputs }: Source,
  firstRow: number,
  rows: number,
): Promise<ShardRows> {
  const found = await columns<{
    id: Int32Array;
    image: ShardRows["images"];
    title: ShardRows["titles"];
  }>(`
    SELECT gridimage_id::INTEGER AS id, image::VARCHAR AS image, title::VARCHAR AS title
    FROM read_parquet(${literal(table)}, file_row_number = true)
    WHERE file_row_number >= ${firstRow} AND file_row_number < ${firstRow + rows} ORDER BY file_row_number`);
  return {
    ids: [...found.id],
    images: found.image,
    titles: found.title,
    sizes: await fileSizes(inputs, found.image),
  };
}

/** How many rows a shard has. */
export const rowsIn = ({ rows, rowsPerShard }: Source, shard: number): number =>
  Math.min(rowsPerShard, rows - shard * rowsPerShard);

/** Whether a shard has ever been finished; if not, its rows need not be read to know that all is to be done. */
export const isBegun = async ({ folder }: Source, shard: number): Promise<boolean> =>
  (await readManifest(folder, shard).catch(() => null)) !== null;

/** The shard's manifest if it is whole and in today's format, and how each row fared. */
async function readFinished(
  { folder }: Source,
  shard: number,
  rows: ShardRows,
): Promise<Pick<ShardPlan, "manifest" | "status">> {
  const nothing = { manifest: null, status: [] };
  const manifest = await readManifest(folder, shard).catch(() => null);
  if (!manifest || manifest.rows !== rows.ids.length || !(await isComplete(folder, manifest)))
    return nothing;
  const needsStatus = manifest.failures > 0 || manifest.format === 1;
  const status = needsStatus ? await readStatus(folder, shard) : rows.ids.map(() => "ok");
  return manifest.format === 2
    ? { manifest, status }
    : { manifest: upgraded(manifest, rows, status), status };
}

/** What is to be done about the photos of a shard of which `manifest` says what there is. */
function photosState(
  { photos: when }: Source,
  rows: ShardRows,
  manifest: ShardManifest,
  same: { preprocessing: boolean; photos: boolean },
  status: readonly string[],
  retryFailed: boolean,
): ShardPlan["photos"] {
  const someListed = rows.images.some((image) => image !== null);
  const wanted = when === "now" && someListed ? "to do" : "none";
  if (!manifest.files[shardFiles(manifest.shard).image]) return wanted; // only titles so far
  if (!same.preprocessing) return wanted;
  const usual = same.photos ? "finished" : wanted;
  if (manifest.failures === 0 || when === "later" || (same.photos && !retryFailed)) return usual;
  if (photosHash(rows, status) !== manifest.readable) return usual; // others than the failed have changed
  const toRetry = status.some((one, i) => one !== "ok" && rows.images[i] !== null);
  return toRetry ? "retry" : "finished";
}

/** What is to be done for one shard; with `retryFailed`, photos that failed in a finished shard are tried again. */
export async function planShard(
  source: Source,
  shard: number,
  retryFailed = false,
): Promise<ShardPlan> {
  const { dataset, split, encoder, dtype, modelHash, cleaning, rowsPerShard } = source;
  const firstRow = shard * rowsPerShard;
  const rows = await readRows(source, firstRow, rowsPerShard);
  const recipe: ShardRecipe = {
    dataset,
    split,
    encoder,
    dtype,
    modelHash,
    preprocessing: PREPROCESSING_VERSION,
    cleaning,
    shard,
    firstRow,
    rows: rows.ids.length,
    ids: idsHash(rows.ids),
    photos: photosHash(rows),
    titles: titlesHash(rows),
  };
  const { manifest, status } = await readFinished(source, shard, rows);
  const same = manifest && sameRecipe(manifest, recipe);
  if (!manifest || !same?.base) {
    const later = source.photos === "later" || rows.images.every((image) => image === null);
    const photos = later ? "none" : "to do";
    return { recipe, rows, photos, titles: "to do", manifest: null, status };
  }
  const photos = photosState(source, rows, manifest, same, status, retryFailed);
  const titles = same.titles ? "finished" : "to do";
  // With nothing else to do, photos that are for later may stay although they have changed.
  const stays = titles === "finished" && photos === "none" && source.photos === "later";
  return { recipe, rows, photos: stays ? "finished" : photos, titles, manifest, status };
}
