import AdmZip from "adm-zip";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
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
      contradictions: 1,
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
  ["10003,0,x,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not x"],
  ["10003,0,,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not nothing"],
  ["10003,0,0,0", "line 3 (gridimage_id 10003): the image has no tag at all"],
  ["10003,0,0.4,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not 0.4"],
  ["10003,0,1.4,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not 1.4"],
  ["10003,0,1e0,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not 1e0"],
  ["10003,0,-1,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not -1"],
  ["10003,0,256,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not 256"],
  ["10003,0,True,1", "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not True"],
  ['10003,0,"0,5",1', "line 3 (gridimage_id 10003), column tag787: expected 0 or 1, not 0,5"],
  ["10003,0,1", "line 3 (gridimage_id 10003), column tag788: expected 0 or 1, not nothing"],
  ["10003,0,1,0,1", "line 3: 5 fields, 4 expected"],
  ["x,0,1,0", "line 3, column gridimage_id: expected a whole number, not x"],
  [",0,1,0", "line 3, column gridimage_id: expected a whole number, not nothing"],
  ["10003.5,0,1,0", "line 3, column gridimage_id: expected a whole number, not 10003.5"],
  ["1e4,0,1,0", "line 3, column gridimage_id: expected a whole number, not 1e4"],
  ["-10003,0,1,0", "line 3, column gridimage_id: expected a whole number, not -10003"],
  ['"10,003",0,1,0', "line 3, column gridimage_id: expected a whole number, not 10,003"],
  ["4294977296,0,1,0", "line 3, column gridimage_id: 4294977296 is larger than any id"],
  ['"10003,0,1,0', "line 3: a quote is not closed"],
])("the label row %s is an error that names it", async (row, message) => {
  const changes = {
    "train.csv": `gridimage_id,tag479,tag787,tag788\n10001,1,0,0\n${row}\n10002,1,0,0\n`,
  };
  await expect(labelsOf(changes)).rejects.toThrow(`data/tiny/train.csv, ${message}`);
});

test.each([
  ["whole numbers with a point, as pandas writes them", "10003.0,0.0,1.0,0.\n"],
  ["spaces around numbers", " 10003 , 0, 1 ,0\n"],
  ["quotes around numbers", '"10003","0","1","0"\n'],
  ["a row of commas and an empty line above", ",,,\n\n10003,0,1,0\n"],
  ["a comma at the end of the line", "10003,0,1,0,\n"],
])("%s are read as what they are", async (_, row) => {
  leave = enterTinyDataset({
    "train.csv": `gridimage_id,tag479,tag787,tag788\n${row}`,
    "train-extra.csv": null,
  });
  await withDatabase(async (db) => {
    await readLabels(db, tiny);
    expect(await db.query("FROM labels")).toEqual([
      {
        position: 0,
        gridimage_id: 10003,
        extra: false,
        tag_count: 1,
        tag479: 0,
        tag787: 1,
        tag788: 0,
      },
    ]);
  });
});

test.each([
  ["quotes", '"gridimage_id","tag479","tag787"\n5,1,0\n'],
  ["spaces", "gridimage_id, tag479 , tag787\n5,1,0\n"],
  ["a byte order mark", "\ufeffgridimage_id,tag479,tag787\n5,1,0\n"],
  ["Excel's sep= line above", "sep=,\ngridimage_id,tag479,tag787\n5,1,0\n"],
  ["pandas' row numbers in front", ",gridimage_id,tag479,tag787\n0,5,1,0\n"],
  ["the id at the end", "tag479,tag787,gridimage_id\n1,0,5\n"],
  ["line ends of old Macs", "gridimage_id,tag479,tag787\r5,1,0\r"],
  ["UTF-16", Buffer.from("\ufeffgridimage_id,tag479,tag787\r\n5,1,0\r\n", "utf16le")],
])("a label file with %s is read", async (_, file) => {
  leave = enterTinyDataset({ "train.csv": file, "train-extra.csv": null });
  await withDatabase(async (db) => {
    expect(await readLabels(db, tiny)).toMatchObject({ images: 1, tagCols: ["tag479", "tag787"] });
    expect(await db.query("SELECT gridimage_id AS id, tag479, tag787 FROM labels")).toEqual([
      { id: 5, tag479: 1, tag787: 0 },
    ]);
  });
});

test.each<[string, string | Buffer, string]>([
  ["a column twice", "gridimage_id,tag479,tag479\n5,1,0\n", "has the column tag479 twice"],
  ["an unknown column", "gridimage_id,tag479,forest\n5,1,0\n", "expected the header"],
  ["semicolons", "gridimage_id;tag479\n5;1\n", "expected the header"],
  ["a zip's bytes", Buffer.from("PK\x03\x04...."), "is a zip or Excel file"],
  ["gzip's bytes", Buffer.from([0x1f, 0x8b, 8, 0]), "is compressed with gzip"],
])("a label file with %s is refused", async (_, file, message) => {
  await expect(labelsOf({ "train.csv": file })).rejects.toThrow(message);
});

test("what lies a folder too deep is pointed at; a table may be in its zip", () => {
  leave = enterTinyDataset({
    "test.csv": null,
    "test.csv.zip": "",
    "train.csv": null,
    "x/train.csv": "",
  });
  expect(() => requireInputs(tiny)).toThrow(
    "data/tiny has no train.csv (but data/tiny/x has it: move it up).\n",
  );
});

test("tables are read from the zips they came in, and both in two versions is an error", async () => {
  leave = enterTinyDataset();
  const plain = await withDatabase((db) => readLabels(db, tiny));
  for (const name of ["train.csv", "test.csv", "metadata.csv", "tags-top.csv"]) {
    const archive = new AdmZip();
    archive.addFile(name, readFileSync(`data/tiny/${name}`));
    archive.addFile(`__MACOSX/._${name}`, Buffer.from("\0\x05\x16\x07"));
    archive.writeZip(`data/tiny/${name}.zip`);
    rmSync(`data/tiny/${name}`);
  }
  expect(() => requireInputs(tiny)).not.toThrow();
  expect(await withDatabase((db) => readLabels(db, tiny))).toEqual(plain);
  writeFileSync("data/tiny/train.csv", "gridimage_id,tag479\n5,1\n");
  await expect(withDatabase((db) => readLabels(db, tiny))).rejects.toThrow(
    /train\.csv and the file in train\.csv\.zip differ/,
  );
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

test.each([
  ["col,tag,grouping\n", "has no column description"],
  ["tag1,A,G,D\ntag1,B,G,D\n", "line 3: the column tag1 comes again"],
  ["tag1,,G,D\n", "line 2: the column tag1 has no name"],
  ["tag1,A,G,D\ntag2,A,G,D\n", 'has the name "A" for two columns of train.csv'],
])("the tag list %j is an error", async (text, message) => {
  const header = text.startsWith("col") ? "" : "col,tag,grouping,description\n";
  leave = enterTinyDataset({ "tags-top.csv": header + text });
  const cols = ["tag1", ...(text.includes("tag2") ? ["tag2"] : [])];
  await expect(withDatabase((db) => readTags(db, tiny, cols))).rejects.toThrow(message);
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
    ["abc", "line 5, column gridimage_id: expected a whole number, not abc"],
    ["30002.0", "line 5: 30002 comes again"],
    ["30004.5", "line 5, column gridimage_id: expected a whole number, not 30004.5"],
    ["2147483648", "line 5, column gridimage_id: 2147483648 is larger than any id, 2147483647"],
  ]) {
    leave();
    leave = enterTinyDataset({ "test.csv": `${TINY["test.csv"] as string}${row}\n` });
    await expect(withDatabase((db) => readTestIds(db, tiny))).rejects.toThrow(
      `data/tiny/test.csv, ${message}`,
    );
  }
});
