import { join } from "node:path";
import { EMBEDDING_SIZE, type ClipOptions } from "./clip";
import { rescaleLocation } from "./location";
import { readNpy } from "./npy";
import { paths, requireFile } from "./paths";
import {
  finishedShards, idsHash, readManifest, shardFiles, shardFolder, verifyShard, type EmbeddedSplit, type ShardManifest,
} from "./shards";
import { columns, literal } from "./table";

/** What a head may look at: the photo's embedding, the title's, and where it was taken. */
export type Modality = "img" | "txt" | "loc";

/** The modalities in the order of their columns. */
export const MODALITIES = ["img", "txt", "loc"] as const;
/** Columns of each modality. */
export const WIDTHS: Record<Modality, number> = { img: EMBEDDING_SIZE, txt: EMBEDDING_SIZE, loc: 2 };

/** Columns `from` up to but not including `to`. */
export interface ColumnRange {
  from: number;
  to: number;
}

export interface Features {
  /** gridimage_id of each row, in the order of prepared/<split>.parquet. */
  ids: Int32Array;
  /** [rows, width], rows first: the loaded modalities beside each other, in the order img, txt, loc. */
  x: Float32Array;
  rows: number;
  width: number;
  modalities: readonly Modality[];
  /** 1 where the photo could be read. Where it is 0 the columns of "img" are zero; training leaves those rows out. */
  ok: Uint8Array;
}

export interface FeatureOptions extends Pick<ClipOptions, "dtype"> {
  dataset: string;
  encoder: string;
  split: EmbeddedSplit;
  /** Load only these. */
  modalities?: readonly Modality[];
  /** Check each file against the SHA-256 in its manifest. */
  verify?: boolean;
}

/** The columns of `wanted` where `loaded` lie beside each other: ranges in ascending order, neighbours merged. */
export function columnsOf(wanted: readonly Modality[], loaded: readonly Modality[] = MODALITIES): ColumnRange[] {
  const missing = wanted.find((modality) => !loaded.includes(modality));
  if (missing) throw new Error(`columnsOf: "${missing}" is not among the loaded modalities ${loaded.join(", ")}`);
  const ranges: ColumnRange[] = [];
  let from = 0;
  for (const modality of MODALITIES.filter((m) => loaded.includes(m))) {
    const to = from + WIDTHS[modality], last = ranges[ranges.length - 1];
    if (wanted.includes(modality)) {
      if (last?.to === from) last.to = to;
      else ranges.push({ from, to });
    }
    from = to;
  }
  return ranges;
}

/** All manifests of a split, checked to cover `ids` without gaps and to belong to this encoder. */
async function readManifests(folder: string, ids: Int32Array, options: FeatureOptions): Promise<ShardManifest[]> {
  const { encoder, dtype = "fp32" } = options, manifests: ShardManifest[] = [];
  const again = "run notebook 02-embed";
  let row = 0, modelHash = "";
  for (const shard of finishedShards(folder)) {
    const file = join(folder, shardFiles(shard).manifest), manifest = await readManifest(folder, shard);
    if (!manifest) continue; // removed this moment: the gap is reported below
    if (manifest.encoder !== encoder || manifest.dtype !== dtype)
      throw new Error(`${file} was made with the encoder ${manifest.encoder} (${manifest.dtype}), not ${encoder} (${dtype})`);
    if (manifest.modelHash !== (modelHash ||= manifest.modelHash))
      throw new Error(`${file} was made with another version of ${encoder} than the shards before it: ${again} again`);
    const end = manifest.firstRow + manifest.rows;
    if (manifest.firstRow !== row || end > ids.length || manifest.ids !== idsHash(ids.subarray(row, end)))
      throw new Error(`${file} does not belong to the rows from ${row} on of the prepared ${options.split} table: ${again} again`);
    manifests.push(manifest);
    row = end;
  }
  if (row < ids.length) throw new Error(`${folder} has embeddings of ${row} of ${ids.length} rows: ${again} first`);
  return manifests;
}

/** Read one shard's array and copy its rows into columns `column`.. of `x`. Throws for a number that is not finite. */
async function copyColumns(file: string, firstRow: number, x: Float32Array, width: number, column: number): Promise<void> {
  const { data } = await readNpy<Float32Array>(file);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new Error(`${file}: row ${Math.floor(bad / EMBEDDING_SIZE)} holds ${data[bad]}; delete the file's manifest, ` +
      `then run notebook 02-embed again`);
  for (let from = 0, to = firstRow * width + column; from < data.length; from += EMBEDDING_SIZE, to += width)
    x.set(data.subarray(from, from + EMBEDDING_SIZE), to);
}

async function readOk(folder: string, { shard, firstRow, failures }: ShardManifest, ok: Uint8Array): Promise<void> {
  if (failures === 0) return;
  const file = literal(join(folder, shardFiles(shard).metadata));
  const found = await columns<{ ok: Uint8Array }>(`SELECT status = 'ok' AS ok FROM ${file}`);
  ok.set(found.ok, firstRow);
}

/**
 * The features of a split, read from its shards into one matrix (one shard more is in memory at a time). Location is
 * `rescaleLocation` of the prepared table's lat and lon. Throws, naming the file, when shards are missing, damaged, of
 * another encoder or of other rows, or hold numbers that are not finite.
 */
export async function loadFeatures(options: FeatureOptions): Promise<Features> {
  const { dataset, encoder, split, dtype, verify = true } = options;
  const modalities = MODALITIES.filter((m) => (options.modalities ?? MODALITIES).includes(m));
  const prepared = literal(requireFile(paths(dataset, encoder)[split], "01-preprocess"));
  const table = await columns<{ id: Int32Array; lat: Float64Array; lon: Float64Array }>(
    `SELECT gridimage_id::INTEGER AS id, lat::DOUBLE AS lat, lon::DOUBLE AS lon FROM ${prepared}`);
  const ids = table.id, rows = ids.length, folder = shardFolder(dataset, encoder, split, dtype);
  const manifests = await readManifests(folder, ids, options);
  const width = modalities.reduce((sum, modality) => sum + WIDTHS[modality], 0);
  const x = new Float32Array(rows * width), ok = new Uint8Array(rows).fill(1);
  const start = (modality: Modality): number => columnsOf([modality], modalities)[0].from;
  for (const manifest of manifests) {
    if (verify) await verifyShard(folder, manifest);
    const files = shardFiles(manifest.shard);
    if (modalities.includes("img")) await copyColumns(join(folder, files.image), manifest.firstRow, x, width, start("img"));
    if (modalities.includes("txt")) await copyColumns(join(folder, files.title), manifest.firstRow, x, width, start("txt"));
    await readOk(folder, manifest, ok);
  }
  if (modalities.includes("loc"))
    for (let row = 0; row < rows; row++) x.set(rescaleLocation(table.lat[row], table.lon[row]), row * width + start("loc"));
  return { ids, x, rows, width, modalities, ok };
}
