import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { rescaleLocation } from "../data/location";
import { loadFeatures } from "./features";
import { seededRandom } from "../random";
import { shardFiles, shardFolder } from "./shard-files";
import {
  idsHash,
  isComplete,
  readManifest,
  sameRecipe,
  writeShard,
  type ShardData,
  type ShardManifest,
  type ShardRecipe,
} from "./shards";
import { modalities } from "../modalities";
import { query, withDatabase } from "../files/table";

const folder = mkdtempSync(join(tmpdir(), "features-"));
afterAll(() => rmSync(folder, { recursive: true }));

const dataset = relative("data", folder);
const encoder = "mini-clip";
const split = "train";
const shards = shardFolder(dataset, encoder, split);
const ids = [40, 7, 12, 99, 3];
const lat = [54.2, null, 51.5, 60, 50];
const lon = [-2.5, null, 0.1, -1.2, -5];
const random = seededRandom(1);
const numbers = (rows: number): Float32Array =>
  Float32Array.from({ length: rows * 512 }, () => random.normal());
const image = numbers(5);
const title = numbers(5);
image.fill(0, 2 * 512, 3 * 512);
const status = ["ok", "ok", "truncated or corrupt", "ok", "ok"];

const recipe = (shard: number, firstRow: number, rows: number): ShardRecipe => ({
  dataset,
  split,
  encoder,
  dtype: "fp32",
  modelHash: "m",
  preprocessing: "p",
  cleaning: "c",
  shard,
  firstRow,
  rows,
  ids: idsHash(ids.slice(firstRow, firstRow + rows)),
  photos: "i",
  titles: "t",
});

const part = ({ firstRow, rows }: ShardRecipe): ShardData => {
  const end = firstRow + rows;
  return {
    ids: ids.slice(firstRow, end),
    images: Array(rows).fill("x.jpg"),
    titles: Array(rows).fill('Sheep, "grazing"'),
    sizes: Array(rows).fill(7),
    status: status.slice(firstRow, end),
    image: image.slice(firstRow * 512, end * 512),
    title: title.slice(firstRow * 512, end * 512),
  };
};
const first = recipe(0, 0, 3);
const second = recipe(1, 3, 2);

/** The prepared table, with a photo listed for the rows whose digit is 1. */
async function prepare(listed: string): Promise<void> {
  const images = ids.map((_, row) => (listed[row] === "1" ? "x.jpg" : null));
  await withDatabase(async (db) => {
    await db.run("CREATE TABLE t (gridimage_id INTEGER, lat DOUBLE, lon DOUBLE, image VARCHAR)");
    await db.append("t", [ids, lat, lon, images]);
    await db.copyToParquet("SELECT * FROM t", join(folder, "prepared/train.parquet"));
  });
}

beforeEach(async () => {
  rmSync(shards, { recursive: true, force: true });
  await prepare("11111");
  for (const each of [first, second]) await writeShard(shards, each, part(each));
});

it("reads the shards of a split into one array a modality, in the prepared order", async () => {
  const { features, ok, ids: found } = await loadFeatures({ dataset, encoder, split });
  expect([...found]).toEqual(ids);
  expect([...ok]).toEqual([1, 1, 0, 1, 1]);
  expect(features.img).toEqual(image);
  expect(features.txt).toEqual(title);
  expect(features.loc).toEqual(
    Float32Array.from(ids.flatMap((_, i) => rescaleLocation(lat[i], lon[i]))),
  );
  expect([...features.loc.subarray(2, 4)]).toEqual([0, 0]);

  const some = await loadFeatures({ dataset, encoder, split, modalities: ["txt"] });
  expect(Object.keys(some.features)).toEqual(["txt"]);
});

it("keeps metadata that other tools can read", async () => {
  const rows = await query(`SELECT * FROM '${shards}/metadata/*.parquet'`);
  expect(rows[2]).toEqual({
    gridimage_id: 12,
    image_path: "x.jpg",
    caption: 'Sheep, "grazing"',
    status: "truncated or corrupt",
  });
});

it("writes the same bytes each time, and a shard counts as finished for its own recipe only", async () => {
  const files = Object.values(shardFiles(0)).map((name) => join(shards, name));
  const before = files.map((file) => readFileSync(file));
  await writeShard(shards, first, part(first));
  expect(files.map((file) => readFileSync(file))).toEqual(before);

  const manifest = (await readManifest(shards, 0)) as ShardManifest;
  expect(sameRecipe(manifest, first)).toMatchObject({ photos: true, titles: true });
  for (const key of ["modelHash", "ids", "rows"] as const) {
    const other = { ...first, [key]: "other" };
    expect(sameRecipe(manifest, other), key).toMatchObject({ photos: false, titles: false });
  }
  for (const key of ["preprocessing", "photos"] as const) {
    const other = { ...first, [key]: "other" };
    expect(sameRecipe(manifest, other), key).toMatchObject({ photos: false, titles: true });
  }
  for (const key of ["cleaning", "titles"] as const) {
    const other = { ...first, [key]: "other" };
    expect(sameRecipe(manifest, other), key).toMatchObject({ photos: true, titles: false });
  }
  expect(await isComplete(shards, manifest)).toBe(true);
  rmSync(files[1]);
  expect(await isComplete(shards, manifest)).toBe(false);
});

it("names the file that does not belong there", async () => {
  const load = () => loadFeatures({ dataset, encoder, split });
  const { image: imageFile, manifest } = shardFiles(1);

  await writeShard(shards, { ...second, encoder: "clip-b" }, part(second));
  await expect(load()).rejects.toThrow(
    `${manifest} was made with the encoder clip-b (fp32), not mini-clip (fp32)`,
  );
  await writeShard(shards, { ...second, modelHash: "n" }, part(second));
  await expect(load()).rejects.toThrow(`${manifest} was made with another version of mini-clip`);
  await writeShard(shards, { ...second, ids: idsHash([99, 4]) }, part(second));
  await expect(load()).rejects.toThrow(`${manifest} does not belong to the rows from 3 on`);

  const data = part(second);
  data.image![512 + 7] = NaN;
  await writeShard(shards, second, data);
  await expect(load()).rejects.toThrow(`${imageFile}: row 1 holds NaN`);

  await writeShard(shards, second, part(second));
  const bytes = readFileSync(join(shards, imageFile));
  bytes[200] ^= 1;
  writeFileSync(join(shards, imageFile), bytes);
  await expect(load()).rejects.toThrow(`${imageFile} has changed since it was written`);
  writeFileSync(join(shards, manifest), "{");
  await expect(load()).rejects.toThrow(`${manifest} is not a shard's manifest`);
});

it("without photos has titles and places of all rows, whatever photos arrive that are too few", async () => {
  const load = () => loadFeatures({ dataset, encoder, split });
  for (const each of [first, second])
    await writeShard(shards, each, {
      ...part(each),
      image: null,
      status: Array(each.rows).fill("missing"),
    });
  await prepare("00000");
  const none = await load();
  expect(Object.keys(none.features)).toEqual(modalities.filter((modality) => modality !== "img"));
  expect(none.features.txt).toEqual(title);
  expect(none.ids.length).toBe(5);

  // Two of five have arrived, and one shard's photos have been embedded.
  await prepare("10100");
  await writeShard(shards, first, part(first));
  const few = await load();
  expect(Object.keys(few.features)).toEqual(modalities.filter((modality) => modality !== "img"));
  expect(few.hash).toBe(none.hash);
});

it("with photos of at least half of the rows has zeros for the others, but never for photos that wait", async () => {
  const load = () => loadFeatures({ dataset, encoder, split });
  await writeShard(shards, second, {
    ...part(second),
    image: null,
    status: ["missing", "missing"],
  });
  await prepare("11100");
  const { features, ok } = await load();
  expect([...ok]).toEqual([1, 1, 0, 0, 0]);
  expect(features.img.subarray(0, 3 * 512)).toEqual(image.subarray(0, 3 * 512));
  expect(features.img.subarray(3 * 512).every((value) => value === 0)).toBe(true);
  expect(features.txt).toEqual(title);

  await prepare("11110"); // listed, but only the titles are embedded
  await expect(load()).rejects.toThrow(
    "img_emb_0001.npy is not there: the photos of these rows have not been embedded yet. Run notebook 02-embed",
  );
});

it("says what to run when embeddings are missing", async () => {
  rmSync(join(shards, shardFiles(1).manifest));
  await expect(loadFeatures({ dataset, encoder, split })).rejects.toThrow(
    "3 of 5 rows: run notebook 02-embed first",
  );
  await expect(loadFeatures({ dataset, encoder, split: "test" })).rejects.toThrow(
    "run notebook 01-preprocess first",
  );
});
