import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleRows, onePhotoPerTag, titleStatistics } from "./counts";
import { withDatabase } from "../files/table";
import { projectOf, type Project } from "../project";
import { seededRandom } from "../random";

const root = mkdtempSync(join(tmpdir(), "counts-"));
afterAll(() => rmSync(root, { recursive: true }));
const project: Project = {
  ...projectOf("mini-geograph"),
  inputs: root,
  train: join(root, "train.parquet"),
  test: join(root, "test.parquet"),
  tags: join(root, "tags.parquet"),
};

beforeAll(async () => {
  await withDatabase(async (db) => {
    const save = (sql: string, path: string): Promise<unknown> =>
      db.query(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
    await save(
      `SELECT * FROM (VALUES
        (1, 'Lock', 'SP5108', 51.8, -1.3, '1.png', 'train', 1, 0), (2, 'Môr', 'SH5772', 53.2, -4.1, '2.png', 'train', 1, 0),
        (3, '', '', NULL, NULL, '3.png', 'val', 1, 1), (4, 'Ben', 'NN1671', 56.8, -5.0, 'none.png', 'train', 0, 1))
       AS t(gridimage_id, title, grid_reference, lat, lon, image, split, tag1, tag2)`,
      project.train,
    );
    await save(
      `SELECT 9 AS gridimage_id, 'A longer title' AS title, 51.0 AS lat, 0.0 AS lon`,
      project.test,
    );
    await save(
      `SELECT * FROM (VALUES (0, 'tag1', 'Canals', 'Communications', ''), (1, 'tag2', 'Uplands', 'Topography', ''))
       AS t(position, col, tag, grouping, description)`,
      project.tags,
    );
  });
  for (const name of ["1", "2", "3"])
    await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } })
      .png()
      .toFile(join(root, `${name}.png`));
});

test("titles in numbers: of training and test images, lengths in characters of those that have one", async () => {
  expect(await titleStatistics(project)).toEqual({
    images: 5,
    titled: 4,
    meanLength: (4 + 3 + 3 + 14) / 4,
    longest: 14,
  });
});

test("example rows have what stands in the files, and all their tags; the same ones for a seed", async () => {
  const rows = await exampleRows(seededRandom(1), project, { count: 9 });
  expect(rows).toHaveLength(4);
  expect(rows.find(({ id }) => id === 3)).toEqual({
    id: 3,
    title: "",
    gridReference: "",
    latitude: null,
    longitude: null,
    tags: ["Canals", "Uplands"],
  });
  expect(await exampleRows(seededRandom(1), project, { count: 2 })).toEqual(rows.slice(0, 2));
});

test("a tag's photo has no other tag, can be read, and is the one that shows it best", async () => {
  for (const best of [1, 2]) {
    const shows = (id: number, tag: string): number => (tag === "Canals" && id === best ? 1 : 0);
    const photos = await onePhotoPerTag(seededRandom(1), project, { shows });
    expect(photos).toEqual([{ tag: "Canals", image: `${root}/${best}.png` }]);
  }
});
