/** The features of a split, read from its shards. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ClipDtype } from "../clip/clip-files";
import { rescaleLocation } from "../data/location";
import { countPhotos } from "../data/photos";
import { readNpy, readNpyShape } from "../files/npy";
import { columns, literal } from "../files/table";
import { modalities, modalitySize, type Modality } from "../modalities";
import { projectOf, requireFile, type Project, type Split } from "../project";
import { finishedShards, shardFiles, shardFolder } from "./shard-files";
import { idsHash, readManifest, type AnyManifest } from "./shards";

/** The features of all rows of a split, in the order of prepared/<split>.parquet. */
export interface FeatureArrays<M extends Modality = Modality> {
  /** gridimage_id of each row. */
  ids: Int32Array;
  /** 1 where the photo could be read. Where it is 0, its row of "img" is zero; training with photos leaves those rows out. */
  ok: Uint8Array;
  /**
   * Row-major, [n, size]: those asked for. The sizes of img and txt are the encoder's, 512 for CLIP ViT-B/32. No img where
   * there are no photos, no txt where the encoder reads no titles.
   */
  features: Record<M, Float32Array>;
  /** A hash of all of it, made from the shards' hashes in their manifests: equal for equal features. */
  hash: string;
}

export interface FeatureOptions<M extends Modality = Modality> {
  dataset: string;
  encoder: string;
  split: Split;
  dtype?: ClipDtype;
  /** Load only these; by default all, without photos (see `countPhotos`) all but img. */
  modalities?: readonly M[];
}

const AGAIN = "run notebook 02-embed again";

/** Throws unless the manifest is of this encoder and of the rows of the prepared table from `row` on. */
function checkManifest(
  manifest: AnyManifest,
  file: string,
  row: number,
  ids: Int32Array,
  options: FeatureOptions,
): void {
  const { encoder, dtype = "fp32", split } = options;
  const end = manifest.firstRow + manifest.rows;
  if (manifest.encoder !== encoder || manifest.dtype !== dtype) {
    const found = `${manifest.encoder} (${manifest.dtype})`;
    throw new Error(
      `${file} was made with the encoder ${found}, not ${encoder} (${dtype}): ${AGAIN}`,
    );
  }
  if (
    manifest.firstRow !== row ||
    end > ids.length ||
    manifest.ids !== idsHash(ids.subarray(row, end))
  )
    throw new Error(
      `${file} does not belong to the rows from ${row} on of the prepared ${split} table: ${AGAIN}`,
    );
}

/** All manifests of a split, checked to cover `ids` without gaps and to be of one encoder. */
async function readManifests(
  folder: string,
  ids: Int32Array,
  options: FeatureOptions,
): Promise<AnyManifest[]> {
  const manifests: AnyManifest[] = [];
  let row = 0;
  for (const shard of finishedShards(folder)) {
    const file = join(folder, shardFiles(shard).manifest);
    const manifest = await readManifest(folder, shard);
    if (!manifest) break; // removed this moment: reported below
    checkManifest(manifest, file, row, ids, options);
    if (manifest.modelHash !== (manifests[0] ?? manifest).modelHash)
      throw new Error(
        `${file} was made with another version of ${options.encoder} than earlier shards: ${AGAIN}`,
      );
    row += manifests[manifests.push(manifest) - 1].rows;
  }
  if (row < ids.length)
    throw new Error(
      `${folder} has embeddings of ${row} of ${ids.length} rows: run notebook 02-embed first`,
    );
  return manifests;
}

/**
 * An array of n zeros that becomes a tensor without being copied: libtensorflow uses memory in place if it begins at a
 * multiple of 64 bytes, and large buffers of Node begin 16 bytes after one. (Where that is not so it makes a copy.)
 */
export function alignedFloats(n: number): Float32Array {
  return new Float32Array(new ArrayBuffer(48 + 4 * n), 48, n);
}

/**
 * Read one of a shard's files of embeddings to where they belong in `all` [n, size]. Throws for a number that is not
 * finite, and unless the file has the SHA-256 of its manifest.
 */
async function readEmbeddings(
  folder: string,
  name: string,
  { firstRow, rows, files }: AnyManifest,
  all: Float32Array,
  n: number,
): Promise<void> {
  const size = all.length / n;
  const file = join(folder, name);
  const hash = createHash("sha256");
  const part = all.subarray(firstRow * size, (firstRow + rows) * size);
  const { data } = await readNpy(file, part, hash);
  if (hash.digest("hex") !== files[name].sha256)
    throw new Error(`${file} has changed since it was written: delete it, then ${AGAIN}`);
  const odd = firstNotFinite(data);
  if (odd >= 0)
    throw new Error(
      `${file}: row ${Math.floor(odd / size)} holds ${data[odd]}; delete this file, then ${AGAIN}`,
    );
}

/** Where the first NaN or infinity is, or −1: in float32 these alone have all eight bits of the exponent set. */
function firstNotFinite(values: Float32Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const exponent = 0x7f800000;
  for (let i = 0; i < bits.length; i++) if ((bits[i] & exponent) === exponent) return i;
  return -1;
}

/**
 * Read a shard's photos to where they belong. A shard without any keeps its zeros. Throws if photos are listed that have
 * not been embedded.
 */
async function readPhotos(
  folder: string,
  manifest: AnyManifest,
  listed: Uint8Array,
  img: Float32Array,
): Promise<void> {
  const { shard, firstRow, rows, files } = manifest;
  const { image } = shardFiles(shard);
  if (files[image]) return readEmbeddings(folder, image, manifest, img, listed.length);
  if (listed.subarray(firstRow, firstRow + rows).includes(1))
    throw new Error(
      `${join(folder, image)} is not there: the photos of these rows have not been embedded yet. ` +
        "Run notebook 02-embed, which keeps the titles, or ask for titles and locations alone",
    );
}

async function readOk(
  folder: string,
  { shard, firstRow, failures }: AnyManifest,
  ok: Uint8Array,
): Promise<void> {
  if (failures === 0) return;
  const file = literal(join(folder, shardFiles(shard).metadata));
  const found = await columns<{ ok: Uint8Array }>(`SELECT status = 'ok' AS ok FROM ${file}`);
  ok.set(found.ok, firstRow);
}

/** The rows of the prepared table. */
interface Prepared {
  ids: Int32Array;
  lat: Float64Array;
  lon: Float64Array;
  /** 1 where a photo is listed. */
  listed: Uint8Array;
}

/** The first of some shards' files of embeddings that is there. */
function firstFile(
  folder: string,
  manifests: readonly AnyManifest[],
  tower: "image" | "title",
): string | undefined {
  const names = manifests.map(({ shard, files }) => ({ name: shardFiles(shard)[tower], files }));
  const found = names.find(({ name, files }) => files[name]);
  return found && join(folder, found.name);
}

/**
 * What the features of a dataset are, also for the test rows: photos if enough of the labelled rows have one, titles if the
 * encoder reads them.
 */
async function modalitiesOf(project: Project, readsTitles: boolean): Promise<Modality[]> {
  const { enough } = await countPhotos(project);
  const absent = [...(enough ? [] : ["img"]), ...(readsTitles ? [] : ["txt"])];
  return modalities.filter((modality) => !absent.includes(modality));
}

/** Puts one shard's rows of a modality where they belong in the array of all rows, [n, size]. */
type Source = (
  all: Float32Array,
  manifest: AnyManifest,
  from: Prepared & { folder: string },
) => void | Promise<void>;

/** Where each modality's numbers come from. What they are made of belongs into the hash of `loadFeatures` as well. */
const sources: Record<Modality, Source> = {
  img: (all, manifest, { folder, listed }) => readPhotos(folder, manifest, listed, all),
  txt: (all, manifest, { folder, ids }) =>
    readEmbeddings(folder, shardFiles(manifest.shard).title, manifest, all, ids.length),
  loc: (all, { firstRow, rows }, { lat, lon }) => {
    for (let row = firstRow; row < firstRow + rows; row++)
      all.set(rescaleLocation(lat[row], lon[row]), row * modalitySize.loc);
  },
};

/**
 * The features of a split, read from its shards straight into one array a modality. Location is `rescaleLocation` of
 * the prepared table's lat and lon. Throws, naming the file, when shards are missing, damaged, of another encoder or of
 * other rows, or hold numbers that are not finite.
 */
export async function loadFeatures<M extends Modality = Modality>(
  options: FeatureOptions<M>,
): Promise<FeatureArrays<M>> {
  const { dataset, encoder, split, dtype } = options;
  const project = projectOf(dataset, encoder);
  const table = literal(requireFile(project[split], "01-preprocess"));
  const prepared = await columns<Prepared>(
    `SELECT gridimage_id::INTEGER AS ids, lat::DOUBLE AS lat, lon::DOUBLE AS lon, image IS NOT NULL AS listed
     FROM ${table}`,
  );
  const { ids, lat, lon } = prepared;
  const folder = shardFolder(dataset, encoder, split, dtype);
  const manifests = await readManifests(folder, ids, options);
  const [image, title] = (["image", "title"] as const).map((tower) =>
    firstFile(folder, manifests, tower),
  );
  const wanted = options.modalities ?? ((await modalitiesOf(project, title !== undefined)) as M[]);
  if (title === undefined && (wanted as readonly Modality[]).includes("txt"))
    throw new Error(`${folder} has no embeddings of titles: ${encoder} sees photos alone`);
  const sizes = { ...modalitySize };
  for (const [modality, file] of [
    ["img", image],
    ["txt", title],
  ] as const)
    if (file) [, sizes[modality]] = await readNpyShape(file);
  const features = Object.fromEntries(
    wanted.map((modality) => [modality, alignedFloats(ids.length * sizes[modality])]),
  ) as Record<M, Float32Array>;
  const ok = new Uint8Array(ids.length).fill(1);
  // Of all that features are made of: heads are trained again when it changes.
  const hash = createHash("sha256").update(lat).update(lon);
  for (const manifest of manifests) {
    await Promise.all(
      wanted.map((modality) =>
        sources[modality](features[modality], manifest, { ...prepared, folder }),
      ),
    ); // one file is checked while another is read
    await readOk(folder, manifest, ok);
    const titles = manifest.files[shardFiles(manifest.shard).title];
    // Without photos only titles count, so that heads stay when photos arrive that are too few to learn from.
    const made = "img" in features ? [manifest.failures, manifest.files] : [titles];
    hash.update(JSON.stringify([manifest.ids, ...made]));
  }
  return { ids, ok, features, hash: hash.digest("hex") };
}
