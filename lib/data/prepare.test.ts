import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { loadLabels, loadTags, selectLabels } from "./labels";
import { randomSplit } from "./prepare";
import { query } from "../files/table";
import { prepareAll } from "../fixtures/prepare-all";
import { enterTinyDataset } from "../fixtures/tiny-dataset";
import type { Files } from "../fixtures/tiny-dataset";
import { projectOf } from "../project";
import { seededRandom } from "../random";

const tiny = projectOf("tiny");

const TRAIN = "'data/tiny/prepared/train.parquet'";
let leave: (() => void) | null = null;
function enter(changes?: Files): void {
  leave?.();
  leave = enterTinyDataset(changes);
}
afterEach(() => {
  leave?.();
  leave = null;
});

test("every count of the tiny dataset", async () => {
  enter();
  const { metadata, squares, images, join, split } = await prepareAll(tiny, { maxTags: 2 });
  expect(metadata).toMatchObject({ images: 8, untitled: 1, duplicates: 1 });
  expect(metadata.rejects.length).toBe(1);
  expect(metadata.rejects[0]).toEqual({
    file: "data/tiny/metadata.csv",
    line: 9,
    reason: "5 fields, 4 expected",
    text: "77,too, many,NN0000,G",
  });
  expect([
    squares.squares,
    squares.irish,
    squares.unknown.map(({ reference }) => reference),
  ]).toEqual([7, 1, ["ZZ99"]]);
  expect(images).toEqual({ train: 3, extra: 1, test: 2, misplaced: 1, missingFolders: [] }); // 10003 lies in the wrong folder
  expect(join).toEqual({
    train: 6,
    trainWithoutMetadata: 1,
    trainWithoutImage: 2,
    test: 3,
    testWithoutMetadata: 1,
    testWithoutImage: 1,
    testLabelled: 0,
  });
  expect(split.tooManyTags).toBe(1);
  expect(split.train + split.validation).toBe(5);
  expect(split.trainWithImage + split.validationWithImage).toBe(3);
  expect(split.trainWithImage).toBe(2); // floor(0.8 · 3)
});

test("what is written", async () => {
  enter();
  await prepareAll(tiny);
  const train = await query(
    `SELECT * EXCLUDE (lat, lon, split), round(lat, 1) AS lat FROM ${TRAIN}`,
  );
  const row = (
    gridimage_id: number,
    title: string,
    grid_reference: string,
    lat: number,
    image: string | null,
    extra: boolean,
    tag479: number,
    tag787: number,
    tag788: number,
  ): object => ({
    gridimage_id,
    title,
    grid_reference,
    lat,
    image,
    user_id: null,
    extra,
    tag479,
    tag787,
    tag788,
  });
  expect(train).toEqual([
    row(10001, "Heathrow Airport", "TQ0775", 51.5, "train_images/00001/10001.jpg", false, 1, 0, 0),
    row(
      10002,
      'Church, and "The Inn"',
      "NN1671",
      56.8,
      "train_images/00001/10002.jpg",
      false,
      0,
      1,
      0,
    ),
    row(10003, "", "SV9010", 49.9, null, false, 0, 0, 1),
    row(10004, "Café", "HP6208", 60.8, "train_images/00001/10004.jpg", false, 1, 1, 1),
    row(20001, "Trá Mhór", "J3574", 54.6, null, true, 0, 1, 1),
    row(20002, "Plain", "NO4030", 56.5, "extra_images/00002/20002.jpg", true, 1, 0, 1),
  ]);
  const test = (
    gridimage_id: number,
    title: string,
    grid_reference: string | null,
    image: string | null,
  ): object => ({
    gridimage_id,
    title,
    grid_reference,
    lat: null,
    lon: null,
    image,
    user_id: null,
  });
  expect(await query("FROM 'data/tiny/prepared/test.parquet'")).toEqual([
    test(30002, "Test two", null, "test_images/00003/30002.jpg"),
    test(30001, "Test one", "ZZ99", "test_images/00003/30001.jpg"),
    test(30003, "", null, null),
  ]);
  const types = await query<{ column_type: string }>(`DESCRIBE FROM ${TRAIN}`);
  expect(types.map((column) => column.column_type)).toEqual([
    "INTEGER",
    "VARCHAR",
    "VARCHAR",
    "DOUBLE",
    "DOUBLE",
    "VARCHAR",
    "INTEGER",
    "BOOLEAN",
    "VARCHAR",
    "UTINYINT",
    "UTINYINT",
    "UTINYINT",
  ]);
  expect(readFileSync("data/tiny/prepared/rejects.csv", "utf8")).toBe(
    'file,line,reason,text\ndata/tiny/metadata.csv,9,"5 fields, 4 expected","77,too, many,NN0000,G"\n',
  );
});

test("Irish places are unknown under the paper's rule", async () => {
  enter();
  await prepareAll(tiny, { irish: "zero" });
  expect(await query(`SELECT gridimage_id AS id FROM ${TRAIN} WHERE lat IS NULL`)).toEqual([
    { id: 20001 },
  ]);
});

test("only the required files, no image folders", async () => {
  const gone = Object.fromEntries(
    [
      "train-extra.csv",
      "metadata-extra.csv",
      "train_images/00001/10001.jpg",
      "train_images/00001/10002.jpg",
      "train_images/00001/10004.jpg",
      "train_images/00009/10003.jpg",
      "train_images/notes.txt",
      "extra_images/00002/20002.jpg",
      "extra_images/00001/10001.jpg",
    ].map((name) => [name, null]),
  );
  enter(gone);
  const { images, join, split } = await prepareAll(tiny);
  expect(images).toEqual({
    train: 0,
    extra: 0,
    test: 2,
    misplaced: 0,
    missingFolders: ["train_images"],
  });
  expect(join).toMatchObject({ train: 4, trainWithoutImage: 4 });
  expect(split).toMatchObject({ train: 3, validation: 1, trainWithImage: 0 });
});

test("preparing twice writes the same bytes; another seed makes another split", async () => {
  const ids = Array.from({ length: 200 }, (_, i) => 1000 + i);
  enter({
    "train.csv": ["gridimage_id,tag479,tag787,tag788", ...ids.map((id) => `${id},1,0,0`)].join(
      "\n",
    ),
    "metadata.csv": [
      "gridimage_id,title,grid_reference",
      ...ids.map((id) => `${id},Photo ${id},TQ0775`),
    ].join("\n"),
  });
  const run = async (seed: number): Promise<string> => {
    await prepareAll(tiny, { seed });
    return readFileSync("data/tiny/prepared/train.parquet", "latin1");
  };
  const first = await run(42);
  expect((await run(42)) === first).toBe(true);
  expect((await run(43)) === first).toBe(false);
});

test("labels are loaded as bytes with their split", async () => {
  enter();
  await expect(loadLabels(tiny)).rejects.toThrow(
    "tags.parquet is missing: run notebook 01-preprocess first",
  );
  await prepareAll(tiny);
  const { ids, labels, validation, tagCols, tags } = await loadLabels(tiny);
  expect([...ids]).toEqual([10001, 10002, 10003, 10004, 20001, 20002]);
  expect([...labels]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1]);
  const held = await query<{ v: number }>(`SELECT (split = 'val')::INTEGER AS v FROM ${TRAIN}`);
  expect([...validation]).toEqual(held.map(({ v }) => v));
  expect([tagCols, tags]).toEqual([
    ["tag479", "tag787", "tag788"],
    ["Energy, power", "Coastal", "Lowlands"],
  ]);
  expect((await loadTags(tiny))[1].grouping).toBe("Topography");
  expect([...selectLabels(labels, 3, [5, 3])]).toEqual([1, 0, 1, 1, 1, 1]);
});

test("647,099 rows give the paper's 517,679 and 129,420", () => {
  const { train, validation } = randomSplit(647_099, { random: seededRandom(42) });
  expect([train.length, validation.length]).toEqual([517_679, 129_420]);
});

test("every row is in exactly one part, in ascending order", () => {
  const { train, validation } = randomSplit(1003, { random: seededRandom(1) });
  expect([...train, ...validation].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 1003 }, (_, i) => i),
  );
  for (const part of [train, validation])
    expect([...part]).toEqual([...part].sort((a, b) => a - b));
});

test("a seed gives one split, another seed another", () => {
  const split = (seed: number): Int32Array =>
    randomSplit(500, { random: seededRandom(seed) }).validation;
  expect(split(42)).toEqual(split(42));
  expect(split(42)).not.toEqual(split(43));
});

test("each row is held out with the chosen probability, wherever it stands", () => {
  const random = seededRandom(7);
  const held = new Float64Array(20);
  const runs = 5000;
  for (let run = 0; run < runs; run++)
    for (const row of randomSplit(20, { random }).validation) held[row]++;
  // Standard deviation sqrt(0.2 · 0.8 / 5000) = 0.0057; five of them.
  for (const count of held) expect(Math.abs(count / runs - 0.2)).toBeLessThan(0.0285);
});

test("edges", () => {
  const random = seededRandom(1);
  expect(randomSplit(0, { random }).train.length).toBe(0);
  expect(randomSplit(1, { random }).train.length).toBe(0); // floor(0.8)
  expect(randomSplit(10, { validation: 0.9, random }).train.length).toBe(1);
  expect(randomSplit(10, { validation: 0, random }).validation.length).toBe(0);
  expect(() => randomSplit(1.5, { random })).toThrow("number of rows");
  expect(() => randomSplit(5, { validation: 80, random })).toThrow("between 0 and 1, not 80");
});
