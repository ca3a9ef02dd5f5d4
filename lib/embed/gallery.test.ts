import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withDatabase } from "../files/table";
import { projectOf, type Split } from "../project";
import { tf } from "../tfjs";
import { embeddingOf, openGallery, rowOf, searchPhotos } from "./gallery";
import { shardFolder } from "./shard-files";
import { idsHash, writeShard } from "./shards";

const folder = mkdtempSync(join(tmpdir(), "gallery-"));
afterAll(() => rmSync(folder, { recursive: true }));
const project = projectOf(relative("data", folder), "mini-clip");

/** An embedding of 512 numbers that points along two axes. */
const pointing = (axis: number, other = axis): Float32Array => {
  const vector = new Float32Array(512);
  vector[axis] += 2;
  vector[other] += 1;
  return vector;
};

/** Each split's photos: id, the axis of the photo and of its title; the photo of axis −1 could not be read. */
const photos: Record<Split, [id: number, photo: number, title: number][]> = {
  train: [
    [70, 1, 5],
    [30, -1, 6],
    [50, 2, 7],
  ],
  test: [[30, 3, 8]],
};

async function writeSplit(split: Split): Promise<void> {
  const rows = photos[split];
  const ids = rows.map(([id]) => id);
  const joined = (axes: number[]): Float32Array => {
    const all = new Float32Array(axes.length * 512);
    axes.forEach((axis, i) => axis >= 0 && all.set(pointing(axis), i * 512));
    return all;
  };
  const { dataset, encoder } = project;
  const common = { modelHash: "m", preprocessing: "p", cleaning: "c", photos: "i", titles: "t" };
  await writeShard(
    shardFolder(dataset, encoder, split),
    {
      dataset,
      split,
      encoder,
      dtype: "fp32",
      ...common,
      shard: 0,
      firstRow: 0,
      rows: rows.length,
      ids: idsHash(ids),
    },
    {
      ids,
      images: ids.map((id) => `${id}.jpg`),
      titles: ids.map(String),
      sizes: ids,
      status: rows.map(([, photo]) => (photo < 0 ? "empty" : "ok")),
      image: joined(rows.map(([, photo]) => photo)),
      title: joined(rows.map(([, , title]) => title)),
    },
  );
  await withDatabase(async (db) => {
    await db.run(
      "CREATE TABLE t (gridimage_id INTEGER, title VARCHAR, image VARCHAR, lat DOUBLE, lon DOUBLE)",
    );
    for (const id of ids) {
      const image = id === 50 ? "NULL" : `'${split}_images/${id}.jpg'`;
      await db.run(`INSERT INTO t VALUES (${id}, '${split} ${id}', ${image}, 54, -2)`);
    }
    await db.copyToParquet("SELECT * FROM t", project[split]);
  });
}

beforeAll(async () => {
  await tf.ready();
  await writeSplit("train");
  await writeSplit("test");
});

test("both splits are searched; what is found has its own split's title and path", async () => {
  const gallery = await openGallery(project);
  expect([...gallery.ids]).toEqual([70, 30, 50, 30]);
  const found = await searchPhotos(gallery, pointing(3, 1));
  expect(found.map(({ id, split, title, image }) => [id, split, title, image])).toEqual([
    [30, "test", "test 30", `${project.inputs}/test_images/30.jpg`],
    [70, "train", "train 70", `${project.inputs}/train_images/70.jpg`],
    [50, "train", "train 50", null],
  ]);
  expect(found[0].cosine).toBeCloseTo(2 / Math.sqrt(5), 6);
  expect(embeddingOf(gallery, 3)).toEqual(pointing(3));
});

test("titles can be searched, and one split alone", async () => {
  const gallery = await openGallery(project, { by: "txt", splits: ["train"] });
  const [first] = await searchPhotos(gallery, pointing(6), { count: 1 });
  expect([first.id, first.cosine]).toEqual([30, 1]);
  expect(rowOf(gallery, 30)).toBe(1);
});

test("a photo that is not there, or has no embedding, is named", async () => {
  const gallery = await openGallery(project);
  expect(rowOf(gallery, 50)).toBe(2);
  expect(() => rowOf(gallery, 51)).toThrow(/no photo 51 among the 4 \(train and test\)/);
  expect(() => rowOf(gallery, 30)).toThrow("Photo 30");
  expect(() => embeddingOf(gallery, 4)).toThrow("no row 4");
});

test("without embeddings it says which notebook to run", async () => {
  await expect(openGallery(projectOf("not-there", "mini-clip"))).rejects.toThrow("01-preprocess");
});
