/** What there is to embed: a split of a prepared dataset, in shards, and what of it is done. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { clipModelHash, type ClipDtype } from "../clip/clip-files";
import { PREPROCESSING_VERSION } from "../clip/image";
import { projectOf, requireFile, type Split } from "../project";
import { shardFolder } from "./shard-files";
import {
  idsHash,
  isComplete,
  readManifest,
  readStatus,
  rowsHash,
  sameRecipe,
  type Rows,
  type ShardManifest,
  type ShardRecipe,
} from "./shards";
import { columns, literal, query } from "../files/table";

export interface SourceOptions {
  dataset: string;
  split: Split;
  /** See `loadClip`. */
  encoder: string;
  dtype?: ClipDtype;
  rowsPerShard?: number;
}

/** A split as it was when the run began. */
export interface Source extends Required<SourceOptions> {
  /** The prepared table, and where its photos' paths begin. */
  table: string;
  inputs: string;
  /** Where the shards go. */
  folder: string;
  rows: number;
  shards: number;
  /** See `clipModelHash`. */
  modelHash: string;
  /** SHA-256 of the prepared table's file. */
  tableHash: string;
}

export interface ShardPlan {
  recipe: ShardRecipe;
  rows: Rows;
  /** "retry": only photos that failed are to be tried again. */
  state: "finished" | "retry" | "to do";
  manifest: ShardManifest | null;
  /** Of a shard to retry, how each row fared. */
  status?: string[];
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Look at a prepared split and its encoder. Throws if one of them is missing. */
export async function openSource(options: SourceOptions): Promise<Source> {
  const { dataset, split, encoder, dtype = "fp32", rowsPerShard = 10_000 } = options;
  const { inputs, [split]: table } = projectOf(dataset, encoder);
  const [{ rows }] = await query<{ rows: number }>(
    `SELECT count(*)::INTEGER AS rows FROM ${literal(requireFile(table, "01-preprocess"))}`,
  );
  return {
    dataset,
    split,
    encoder,
    dtype,
    rowsPerShard,
    table,
    inputs,
    rows,
    shards: Math.ceil(rows / rowsPerShard),
    folder: shardFolder(dataset, encoder, split, dtype),
    modelHash: await clipModelHash(encoder, dtype),
    tableHash: await fileHash(table),
  };
}

/** Throws if the encoder's files or the prepared table are others than when the run began. */
export async function checkUnchanged({
  encoder,
  dtype,
  modelHash,
  table,
  tableHash,
}: Source): Promise<void> {
  const changed =
    (await clipModelHash(encoder, dtype)) !== modelHash
      ? `The encoder ${encoder}`
      : (await fileHash(table)) !== tableHash
        ? table
        : null;
  if (changed)
    throw new Error(
      `${changed} was changed while it was in use: the shard under way was dropped. Run it again`,
    );
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

async function fileSizes(inputs: string, images: Rows["images"]): Promise<number[]> {
  const sizeOf = async (image: string | null): Promise<number> =>
    image === null ? -1 : ((await stat(join(inputs, image)).catch(() => null))?.size ?? -1);
  const sizes: number[] = [];
  for (let start = 0; start < images.length; start += 1000)
    sizes.push(...(await Promise.all(images.slice(start, start + 1000).map(sizeOf))));
  return sizes;
}

async function readRows({ table, inputs }: Source, firstRow: number, rows: number): Promise<Rows> {
  const found = await columns<{ id: Int32Array; image: Rows["images"]; title: Rows["titles"] }>(`
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

/** What is to be done for one shard; with `retryFailed`, photos that failed in a finished shard are tried again. */
export async function planShard(
  source: Source,
  shard: number,
  retryFailed = false,
): Promise<ShardPlan> {
  const { dataset, split, encoder, dtype, modelHash, folder, rowsPerShard } = source;
  const firstRow = shard * rowsPerShard;
  const rows = await readRows(source, firstRow, rowsPerShard);
  const recipe: ShardRecipe = {
    dataset,
    split,
    encoder,
    dtype,
    modelHash,
    preprocessing: PREPROCESSING_VERSION,
    shard,
    firstRow,
    rows: rows.ids.length,
    ids: idsHash(rows.ids),
    inputs: rowsHash(rows),
  };
  const manifest: ShardManifest | null = await readManifest(folder, shard).catch(() => null);
  const plan: ShardPlan = { recipe, rows, manifest, state: "to do" };
  if (!manifest || !sameRecipe(manifest, recipe, "inputs") || !(await isComplete(folder, manifest)))
    return plan;
  const same = manifest.inputs === recipe.inputs;
  const finished: ShardPlan = { ...plan, state: "finished" };
  if (manifest.failures === 0 || (same && !retryFailed)) return same ? finished : plan;
  const status = await readStatus(folder, shard);
  if (rowsHash(rows, status) !== manifest.readable) return same ? finished : plan;
  return status.some((one, i) => one !== "ok" && rows.images[i] !== null)
    ? { ...plan, state: "retry", status }
    : finished;
}
