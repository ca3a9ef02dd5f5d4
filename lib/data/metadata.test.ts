import { afterEach, expect, test } from "vitest";
import { query, withDatabase } from "../files/table";
import { prepareAll } from "../fixtures/prepare-all";
import { enterTinyDataset } from "../fixtures/tiny-dataset";
import { projectOf } from "../project";
import { placeSquares, readMetadata, type MetadataCounts, type SquareCounts } from "./metadata";

const tiny = projectOf("tiny");
const HEADER = "gridimage_id,title,grid_reference";

let leave: (() => void) | null = null;
afterEach(() => {
  leave?.();
  leave = null;
});

interface Described {
  id: number;
  title: string;
  reference: string | null;
  user: number | null;
}

/** What a metadata.csv, and a metadata-extra.csv if there is one, are read as. */
async function read(
  metadata: string | Buffer,
  extra: string | Buffer | null = null,
): Promise<{ counts: MetadataCounts; rows: Described[]; squares: SquareCounts }> {
  leave?.();
  leave = enterTinyDataset({ "metadata.csv": metadata, "metadata-extra.csv": extra });
  return withDatabase(async (db) => {
    const counts = await readMetadata(db, tiny);
    const squares = await placeSquares(db);
    const rows = await db.query<Described & Record<string, string>>(
      "SELECT gridimage_id AS id, title, grid_reference AS reference, user_id AS user FROM metadata",
    );
    return { counts, rows, squares };
  });
}

test.each<[string, (text: string) => Buffer, string]>([
  ["UTF-8", (text) => Buffer.from(text), "UTF-8"],
  ["Latin-1", (text) => Buffer.from(text, "latin1"), "Latin-1"],
  ["UTF-16", (text) => Buffer.from(`\ufeff${text}`, "utf16le"), "UTF-16 LE"],
])("both files may be %s, and what was found is said", async (_, encode, encoding) => {
  const file = (id: number): Buffer => encode(`${HEADER}\n${id},Trá Mhór,J3574\n`);
  const { counts, rows } = await read(file(1), file(2));
  expect(rows.map(({ title }) => title)).toEqual(["Trá Mhór", "Trá Mhór"]);
  expect(counts.files).toEqual([
    { file: "data/tiny/metadata.csv", encoding, records: 1, short: 0 },
    { file: "data/tiny/metadata-extra.csv", encoding, records: 1, short: 0 },
  ]);
});

test("NUL and other control characters are taken out of titles and counted", async () => {
  const { counts, rows } = await read(`${HEADER}\n1,Old\0 Barn\x07,TQ0775\n2,Plain\ttab,TQ0775\n`);
  expect(rows.map(({ title }) => title)).toEqual(["Old Barn", "Plain\ttab"]);
  expect(counts.cleaned).toBe(1);
});

test("marks for missing values are none; a title that resembles one is kept and counted", async () => {
  const marks = ["NA", "nan", "NULL", "\\N", "", "N/A"];
  const lines = marks.map((mark, i) => `${i + 1},${mark},${mark}`);
  const { counts, rows, squares } = await read([HEADER, ...lines, "9,Na,TQ0775"].join("\n"));
  expect(
    rows.slice(0, -1).every(({ title, reference }) => title === "" && reference === null),
  ).toBe(true);
  expect(rows[rows.length - 1]).toEqual({ id: 9, title: "Na", reference: "TQ0775", user: null });
  expect([counts.untitled, counts.likeMissing, squares.squares]).toEqual([6, 1, 1]);
});

test("a reference without digits, or to a place far out at sea, is no place", async () => {
  const { squares } = await read(
    [HEADER, "1,a,TQ0775", "2,b,NB", "3,c,J", "4,d,JZ9999", "5,e,TQ07", "6,f,\0TQ0775"].join("\n"),
  );
  expect(squares.unknown.map(({ reference }) => reference)).toEqual([
    "\0TQ0775",
    "J",
    "JZ9999",
    "NB",
  ]);
  expect(squares.unknown[1].reason).toBe(
    'Grid reference "J": a square of 100 km, where one of 1 km is expected',
  );
  expect(squares.unknown[2].reason).toMatch(/° N .*° E is not in the British Isles/);
});

test("a stray quote costs its own line, not those up to the next quote", async () => {
  const between = Array.from({ length: 119 }, (_, i) => `${i + 10},Barn ${i},TQ0775`);
  const { counts, rows } = await read(
    [HEADER, '9,"The Old Barn,TQ0101', ...between, '129,Miniature railway 15",TQ0102'].join("\n"),
  );
  expect(rows.length).toBe(120);
  expect(rows[119].title).toBe('Miniature railway 15"');
  expect(counts.rejects.map(({ line }) => line)).toEqual([2]);
});

test("a title on several lines has at most 128 characters", async () => {
  const long = `first line\n${"and more ".repeat(20)}`;
  const { counts, rows } = await read(
    `${HEADER}\n1,"two\nlines",TQ0775\n2,"${long}",TQ0775\n3,b,TQ0775\n`,
  );
  expect(rows.map(({ id }) => id)).toEqual([1, 3]);
  expect(counts.rejects[0].reason).toMatch(/^a title of 191 characters on several lines/);
});

test("rows without their empty fields at the end are kept, and counted", async () => {
  const { counts, rows } = await read(
    "gridimage_id,title,grid_reference,a,b\n1,x,TQ0775\n2,y\n3,z,,,\n",
  );
  expect(rows.map(({ id, title, reference }) => [id, title, reference])).toEqual([
    [1, "x", "TQ0775"],
    [2, "y", null],
    [3, "z", null],
  ]);
  expect(counts.files[0].short).toBe(2);
});

test("a comma at the end of every row is no field", async () => {
  const { counts, rows } = await read(`${HEADER}\n1,x,TQ0775,\n2,y,NN1671,\n`);
  expect([rows.length, counts.rejects]).toEqual([2, []]);
});

test("ids are exact", async () => {
  const odd = ["1e3", "2.5", "4294967297", "-5", "", '"1,000"'];
  const good = ["7", "8.0", "9.", " 10"];
  const { counts, rows } = await read(
    [HEADER, ...odd.map((id) => `${id},x,TQ0775`), ...good.map((id) => `${id},y,TQ0775`)].join(
      "\n",
    ),
  );
  expect(rows.map(({ id }) => id)).toEqual([7, 8, 9, 10]);
  expect(counts.rejects.map(({ line, reason }) => [line, reason])).toEqual([
    [2, "gridimage_id: expected a whole number, not 1e3"],
    [3, "gridimage_id: expected a whole number, not 2.5"],
    [4, "gridimage_id: 4294967297 is larger than any id, 2147483647"],
    [5, "gridimage_id: expected a whole number, not -5"],
    [6, "gridimage_id: expected a whole number, not nothing"],
    [7, "gridimage_id: expected a whole number, not 1,000"],
  ]);
});

test("columns are found by their names, and contributors are kept", async () => {
  leave = enterTinyDataset({
    "metadata.csv": [
      "user_id,realname,title,imagetaken,grid_reference,gridimage_id",
      '12,"A, B",Heathrow,2008-05-00,TQ0775,10001',
      "13.0,C,Church,0000-00-00,NN1671,10002",
      ",D,,NA,SV9010,30001",
      "x,E,Quay,7,,30002",
      "",
    ].join("\n"),
    "metadata-extra.csv": null,
  });
  const { metadata } = await prepareAll(tiny);
  expect([metadata.images, metadata.users, metadata.rejects]).toEqual([4, 2, []]);
  const users = (split: string): Promise<object[]> =>
    query(`SELECT gridimage_id AS id, user_id AS user FROM 'data/tiny/prepared/${split}.parquet'`);
  expect(await users("train")).toEqual([
    { id: 10001, user: 12 },
    { id: 10002, user: 13 },
  ]);
  expect(await users("test")).toEqual([
    { id: 30002, user: null },
    { id: 30001, user: null },
    { id: 30003, user: null },
  ]);
});

test("other columns than expected are named, and so is what there is instead", async () => {
  await expect(read("gridimage_id,title\n10001,Heathrow\n")).rejects.toThrow(
    /data\/tiny\/metadata\.csv.*grid_reference.*gridimage_id,title/s,
  );
  await expect(read("id,title,grid_reference\n10001,Heathrow,TQ0775\n")).rejects.toThrow(
    /data\/tiny\/metadata\.csv.*gridimage_id.*id,title,grid_reference/s,
  );
});

test("ids that are no whole numbers: the line is listed, and a file of them is refused", async () => {
  const { counts } = await read([HEADER, "10001,A,TQ0775", "10002.5,B,TQ0775"].join("\n"));
  expect(counts.images).toBe(1);
  expect(counts.rejects).toMatchObject([
    { line: 3, reason: expect.stringContaining("gridimage_id") as string },
  ]);
  const lines = Array.from({ length: 30 }, (_, i) => `x${i},a,TQ0775`);
  await expect(read([HEADER, ...lines].join("\n"))).rejects.toThrow(/30 of 30 lines don't fit/);
});

test("titles without a single place are refused", async () => {
  const prepare = (reference: string): Promise<unknown> => {
    leave?.();
    leave = enterTinyDataset({
      "metadata.csv": `${HEADER}\n10001,A,${reference}\n10002,B,${reference}\n`,
      "metadata-extra.csv": null,
    });
    return prepareAll(tiny);
  };
  await expect(prepare("")).rejects.toThrow(
    "None of the 2 images described in metadata.csv has a place: the column grid_reference is empty",
  );
  await expect(prepare("51.5 -0.4")).rejects.toThrow('has a place: "51.5 -0.4"');
});

test("most lines refused: an error that says why", async () => {
  const lines = Array.from({ length: 30 }, (_, i) => `${i},a,b,TQ0775`);
  await expect(read([HEADER, ...lines].join("\n"))).rejects.toThrow(
    "data/tiny/metadata.csv: 30 of 30 lines don't fit, too many to be skipped. 30 of them: 4 fields, 3 expected",
  );
});
