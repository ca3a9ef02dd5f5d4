import AdmZip from "adm-zip";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { readSubmission, validateSubmission, writeSubmission } from "./submission";
import { columns, literal } from "../files/table";

const root = mkdtempSync(join(tmpdir(), "submission-"));
afterAll(() => rmSync(root, { recursive: true }));
const tagCols = ["tag1", "tag2", "tag3"];
const ids = [30, 7, 12345678];
const labels = new Uint8Array([1, 0, 0, 0, 1, 1, 0, 0, 1]);

/** A zip made by other code than the writer's. */
function zipOf(name: string, files: Record<string, string>): string {
  const path = join(root, name);
  const archive = new AdmZip();
  for (const [entry, text] of Object.entries(files)) archive.addFile(entry, Buffer.from(text));
  writeFileSync(path, archive.toBuffer());
  return path;
}

test("the file inside is what Kaggle expects, to the byte", async () => {
  const path = join(root, "sub/a.csv.zip");
  await writeSubmission(path, ids, labels, tagCols);
  const [entry, ...others] = new AdmZip(path).getEntries();
  expect([entry.entryName, others.length]).toEqual(["a.csv", 0]);
  expect(entry.getData().toString()).toBe(
    "gridimage_id,tag1,tag2,tag3\n30,1,0,0\n7,0,1,1\n12345678,0,0,1\n",
  );
});

test("it reads back, validates, and is the same file every time", async () => {
  const path = join(root, "b.csv.zip");
  await writeSubmission(path, ids, labels, tagCols);
  const bytes = readFileSync(path);
  expect(await readSubmission(path)).toEqual({
    entry: "b.csv",
    tagCols,
    ids: Int32Array.from(ids),
    labels,
  });
  expect(await validateSubmission(path, { testIds: ids, tagCols })).toEqual({
    path,
    rows: 3,
    tags: 3,
    tagsPerRow: 4 / 3,
    bytes: bytes.length,
  });
  vi.useFakeTimers({ now: Date.now() + 86_400_000, toFake: ["Date"] });
  await writeSubmission(path, ids, labels, tagCols);
  vi.useRealTimers();
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test("what cannot be a submission is not written", async () => {
  await expect(writeSubmission(join(root, "c.zip"), ids, labels, tagCols)).rejects.toThrow(
    "must end in .csv.zip",
  );
  const path = join(root, "c.csv.zip");
  const two = new Uint8Array([0, 2, 0]);
  await expect(writeSubmission(path, [1], labels, tagCols)).rejects.toThrow(
    "1 ids and 3 tags need 3",
  );
  await expect(writeSubmission(path, [1], two, tagCols)).rejects.toThrow("row 0 has the label 2");
  expect(existsSync(path)).toBe(false);
});

const good = "gridimage_id,tag1,tag2,tag3\n30,1,0,0\n7,0,1,1\n12345678,0,0,1\n";
test.each([
  ["another column", good.replace("tag2", "tag9"), "tag column 2 is tag9, expected tag2"],
  [
    "a column too few",
    "gridimage_id,tag1,tag2\n30,1,0\n7,0,1\n12345678,0,1\n",
    "2 tag columns, 3 expected",
  ],
  ["ids in another order", good.replace("30,1", "8,1"), "line 2: id 8, but test.csv has 30 there"],
  ["a row too few", good.replace("7,0,1,1\n", ""), "2 rows, 3 expected"],
  ["a row too many", `${good}5,1,1,1\n`, "4 rows, 3 expected"],
  ["a probability", good.replace("7,0,1,1", "7,0,0.7,1"), 'line 3, tag2: "0.7" is not 0 or 1'],
  ["a row without tags", good.replace("30,1", "30,0"), "line 2: no tag at all"],
  ["a short row", good.replace("30,1,0,0", "30,1,0"), "line 2: 3 values, 4 expected"],
  ["an id that is none", good.replace("30,1", "x,1"), 'line 2: the id is "x"'],
  [
    "no header",
    good.slice(good.indexOf("\n") + 1),
    'the header begins with "30", not gridimage_id',
  ],
  ["nothing", "", "expected"],
])("the validator finds %s", async (_, text, message) => {
  const path = zipOf("d.csv.zip", { "d.csv": text });
  await expect(validateSubmission(path, { testIds: ids, tagCols })).rejects.toThrow(message);
});

test("the validator finds a wrong name, a second file, a damaged zip, a bare CSV", async () => {
  const check = (path: string): Promise<unknown> =>
    validateSubmission(path, { testIds: ids, tagCols });
  await expect(check(zipOf("e.csv.zip", { "d.csv": good }))).rejects.toThrow(
    'the file inside is "d.csv", expected "e.csv"',
  );
  await expect(check(zipOf("f.csv.zip", { "f.csv": good, "g.csv": good }))).rejects.toThrow(
    "found 2: f.csv,g.csv",
  );
  const damaged = readFileSync(zipOf("h.csv.zip", { "h.csv": good }));
  damaged[45] ^= 0xff; // inside the packed data
  writeFileSync(join(root, "h.csv.zip"), damaged);
  await expect(check(join(root, "h.csv.zip"))).rejects.toThrow("is not a submission");
  writeFileSync(join(root, "i.csv.zip"), good);
  await expect(check(join(root, "i.csv.zip"))).rejects.toThrow("is not a submission");
});

test("many problems are cut short", async () => {
  const text = good.replace(/\n.*/s, "\n") + "1,0,0,0\n".repeat(50);
  const failing = validateSubmission(zipOf("j.csv.zip", { "j.csv": text }), {
    testIds: ids,
    tagCols,
  });
  await expect(failing).rejects.toThrow(/and \d+ more$/);
});

const reference = resolve("../shared/reference");
const present = existsSync(`${reference}/submissions`);
describe.skipIf(!present)(
  "submissions that Kaggle accepted (skipped where ../shared is absent)",
  () => {
    test.each(["linear-img", "mlp-img-txt-loc"])(
      "%s validates, and written again holds the same CSV",
      async (name) => {
        const path = `${reference}/submissions/${name}.csv.zip`;
        const testCsv = literal(`${reference}/kaggle_data/test.csv`);
        const { id } = await columns<{ id: Int32Array }>(
          `SELECT gridimage_id::INTEGER AS id FROM read_csv(${testCsv}, header = true)`,
        );
        const submission = await readSubmission(path);
        const copy = join(root, `${name}.csv.zip`);
        await writeSubmission(copy, submission.ids, submission.labels, submission.tagCols);
        const report = await validateSubmission(path, { testIds: id, tagCols: submission.tagCols });
        expect([report.rows, report.tags]).toEqual([135_489, 49]);
        const csv = (file: string): Buffer => new AdmZip(file).getEntries()[0].getData();
        expect(csv(copy).equals(csv(path))).toBe(true);
      },
      60_000,
    );
  },
);
