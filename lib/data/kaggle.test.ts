import AdmZip from "adm-zip";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadLabels } from "./labels";
import { prepareAll } from "../fixtures/prepare-all";
import { query, withDatabase } from "../files/table";
import { projectOf } from "../project";

const kaggle = projectOf("kaggle");

const reference = resolve("../shared/reference/kaggle_data");
const present = existsSync(reference);
const paperTags = resolve("data/paper/tags.csv");
const before = process.cwd();
const root = mkdtempSync(join(tmpdir(), "kaggle-"));

/** Titles and places for the real ids: made up, but of ordinary length, with commas, empty titles and Irish squares. */
const METADATA = `COPY (SELECT gridimage_id,
    CASE WHEN gridimage_id % 7000 <> 0 THEN 'Church, near the river ' || gridimage_id END AS title,
    CASE WHEN gridimage_id % 30 = 0 THEN 'J'
      ELSE substr('NNNOSESOSPSUTQTLNYNZ', 1 + 2 * (gridimage_id % 10)::INTEGER, 2) END
      || lpad(((gridimage_id * 7919) % 10000)::VARCHAR, 4, '0') AS grid_reference
  FROM (FROM read_csv('data/kaggle/test.csv', header = true)
    UNION ALL SELECT gridimage_id FROM read_csv('data/kaggle/train.csv', header = true)))
  TO 'data/kaggle/metadata.csv' (HEADER)`;

describe.skipIf(!present)(
  "the competition's real labels (skipped where ../shared is absent)",
  () => {
    beforeAll(async () => {
      process.chdir(root);
      mkdirSync("data/kaggle", { recursive: true });
      const entries = new AdmZip(`${reference}/train.csv.zip`).getEntries();
      writeFileSync(
        "data/kaggle/train.csv",
        entries.find((entry) => entry.entryName === "train.csv")!.getData(),
      );
      for (const name of ["test.csv", "tags-top.csv"])
        copyFileSync(`${reference}/${name}`, `data/kaggle/${name}`);
      await withDatabase((db) => db.run(METADATA));
    }, 120_000);
    afterAll(() => {
      process.chdir(before);
      rmSync(root, { recursive: true });
    });

    test("609,822 labelled images, 49 tags, 135,489 test ids", async () => {
      const { labels, metadata, join, split } = await prepareAll(kaggle);
      expect([labels.images, labels.tagCols.length, labels.duplicates]).toEqual([609_822, 49, 0]);
      expect([metadata.images, metadata.rejects.length]).toEqual([745_311, 0]);
      expect([join.train, join.test, join.testWithoutMetadata]).toEqual([609_822, 135_489, 0]);
      // floor(0.8 · 608,500): 1,322 images have more than five tags.
      expect(split).toMatchObject({ tooManyTags: 1322, train: 486_800, validation: 121_700 });

      const loaded = await loadLabels(kaggle);
      const counts = new Array<number>(49).fill(0);
      loaded.labels.forEach((label, i) => (counts[i % 49] += label));
      const sums = loaded.tagCols.map((col) => `sum(${col}) AS ${col}`).join();
      const dropped = await query<Record<string, number>>(`SELECT ${sums} FROM
      read_csv('data/kaggle/train.csv', header = true) WHERE (${loaded.tagCols.join(" + ")}) > 5`);
      const paper = readFileSync(paperTags, "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(","));
      const published = new Map(paper.map((cells) => [cells[0], Number(cells[cells.length - 2])]));
      loaded.tagCols.forEach((col, j) =>
        expect(counts[j] + dropped[0][col]).toBe(published.get(col)),
      );
      expect(loaded.tags.slice(0, 2)).toEqual(["Energy infrastructure", "Coastal"]);
    }, 120_000);
  },
);
