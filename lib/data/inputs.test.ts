import { afterEach, expect, test } from "vitest";
import { readLabels, readTags, readTestIds, requireInputs } from "./inputs";
import { withDatabase } from "../files/table";
import { enterTinyDataset, TINY } from "../fixtures/tiny-dataset";
import type { Files } from "../fixtures/tiny-dataset";
import { projectOf } from "../project";

const tiny = projectOf("tiny");

let leave: (() => void) | null = null;
afterEach(() => {
  leave?.();
  leave = null;
});

/** Read the labels of the tiny dataset with some files changed. */
function labelsOf(changes: Files): Promise<unknown> {
  leave = enterTinyDataset(changes);
  return withDatabase((db) => readLabels(db, tiny));
}

test("missing files are listed together, with the commands that get them", () => {
  leave = enterTinyDataset({ "test.csv": null, "tags-top.csv": null });
  expect(() => requireInputs(tiny)).toThrow("data/tiny has no test.csv, no tags-top.csv");
  expect(() => requireInputs(projectOf("kaggle"))).toThrow(
    "kaggle competitions download -c predict-geographic-context-from-landscape-photos -p data/kaggle",
  );
  expect(() => requireInputs(projectOf("kaggle"))).toThrow(
    /KAGGLE_API_TOKEN[^]*~\/\.kaggle[^]*unzip -q data\/kaggle\//,
  );
  expect(() => requireInputs(projectOf("mini-geograph"))).toThrow(
    "drawn by notebook 01-preprocess",
  );
  leave();
  leave = enterTinyDataset({ "train-extra.csv": null, "metadata-extra.csv": null });
  expect(() => requireInputs(tiny)).not.toThrow();
});

test("labels of both files, in file order; an id that comes again is left out and counted", async () => {
  leave = enterTinyDataset();
  await withDatabase(async (db) => {
    expect(await readLabels(db, tiny)).toEqual({
      images: 7,
      extra: 2,
      duplicates: 1,
      tagCols: ["tag479", "tag787", "tag788"],
    });
    const sql =
      "SELECT gridimage_id AS id, extra, tag_count AS n, tag479 AS a FROM labels ORDER BY position";
    expect(await db.query(sql)).toEqual([
      { id: 10001, extra: false, n: 1, a: 1 },
      { id: 10002, extra: false, n: 1, a: 0 },
      { id: 10003, extra: false, n: 1, a: 0 },
      { id: 10004, extra: false, n: 3, a: 1 },
      { id: 10005, extra: false, n: 1, a: 1 },
      { id: 20001, extra: true, n: 2, a: 0 },
      { id: 20002, extra: true, n: 2, a: 1 },
    ]);
  });
});

test("train-extra.csv may order its columns otherwise, but not lack any", async () => {
  leave = enterTinyDataset({ "train-extra.csv": "gridimage_id,tag788,tag479,tag787\n5,1,0,0\n" });
  await withDatabase(async (db) => {
    await readLabels(db, tiny);
    expect(
      await db.query("SELECT tag479, tag787, tag788 FROM labels WHERE gridimage_id = 5"),
    ).toEqual([{ tag479: 0, tag787: 0, tag788: 1 }]);
  });
  leave();
  await expect(
    labelsOf({ "train-extra.csv": "gridimage_id,tag788,tag479\n5,1,0\n" }),
  ).rejects.toThrow("lacks columns");
});

test.each([
  ["10003,0,2,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not 2"],
  ["10003,0,x,1", "line 3, column tag787"],
  ["10003,0,,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not nothing"],
  ["10003,0,0,0", "line 3 (gridimage_id 10003): the image has no tag at all"],
  ["10003,0,1", "line 3"],
  ["10003,0,1,0,1", "line 3"],
  ["x,0,1,0", "line 3, column gridimage_id"],
])("the label row %s is an error that names it", async (row, message) => {
  const changes = {
    "train.csv": `gridimage_id,tag479,tag787,tag788\n10001,1,0,0\n${row}\n10002,1,0,0\n`,
  };
  await expect(labelsOf(changes)).rejects.toThrow(`data/tiny/train.csv, ${message}`);
});

test("a file that is not a label file is refused", async () => {
  await expect(labelsOf({ "train.csv": "id,a,b\n1,2,3\n" })).rejects.toThrow(
    "expected the header gridimage_id,tag…",
  );
});

test("tags come in column order, past the empty first line of tags-top.csv", async () => {
  leave = enterTinyDataset();
  await withDatabase(async (db) => {
    const tags = await readTags(db, tiny, ["tag479", "tag787", "tag788"]);
    expect(tags.map(({ tag }) => tag)).toEqual(["Energy, power", "Coastal", "Lowlands"]);
    expect(tags[2]).toEqual({
      col: "tag788",
      tag: "Lowlands",
      grouping: "Topography",
      description: "Low, flat.",
    });
    await expect(readTags(db, tiny, ["tag479", "tag999"])).rejects.toThrow(
      "does not name these columns of train.csv: tag999",
    );
  });
});

test("test ids keep their order; one that comes again or is missing is an error", async () => {
  leave = enterTinyDataset();
  await withDatabase(async (db) => {
    expect(await readTestIds(db, tiny)).toBe(3);
    const rows = await db.query<{ id: number }>(
      "SELECT gridimage_id AS id FROM test_ids ORDER BY position",
    );
    expect(rows.map(({ id }) => id)).toEqual([30002, 30001, 30003]);
  });
  for (const [row, message] of [
    ["30002", "line 5: 30002 comes again"],
    ["abc", "line 5, column gridimage_id"],
  ]) {
    leave();
    leave = enterTinyDataset({ "test.csv": `${TINY["test.csv"] as string}${row}\n` });
    await expect(withDatabase((db) => readTestIds(db, tiny))).rejects.toThrow(
      `data/tiny/test.csv, ${message}`,
    );
  }
});
