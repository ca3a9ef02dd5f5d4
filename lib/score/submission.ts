/**
 * Submissions: the zipped CSV file that Kaggle takes, written, read back and validated. Its header is gridimage_id and the
 * tag columns; then comes a row an image.
 */
import AdmZip from "adm-zip";
import { ZipArchive } from "archiver";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { replaceFile } from "../files/atomic";

/** A submission as read back from its file. */
export interface Submission {
  /** Name of the file inside the zip. */
  entry: string;
  tagCols: string[];
  ids: Int32Array;
  /** 0 or 1, [n, tags] row by row. */
  labels: Uint8Array;
}

export interface SubmissionReport {
  path: string;
  rows: number;
  tags: number;
  /** Mean number of tags given to an image. */
  tagsPerRow: number;
  /** Size of the zip file. */
  bytes: number;
}

/** How many problems an error lists. */
const LISTED = 10;
/** Compression: the default 6 takes nearly twice as long for a tenth less. */
const LEVEL = 5;
/** One date for every file, so that equal predictions give equal bytes. */
const DATE = new Date("2025-01-01T00:00:00Z");

/** The CSV file's bytes: a header, then a row an image. */
function toCsv(ids: ArrayLike<number>, labels: Uint8Array, tagCols: readonly string[]): Buffer {
  const width = tagCols.length;
  const header = `gridimage_id,${tagCols.join(",")}\n`;
  const csv = Buffer.alloc(header.length + ids.length * (11 + 2 * width + 1), ",");
  let at = csv.write(header, "latin1");
  for (let row = 0; row < ids.length; row++) {
    at += csv.write(String(ids[row]), at, "latin1");
    for (let i = row * width; i < (row + 1) * width; i++, at += 2) csv[at + 1] = 48 + labels[i]; // the comma is there
    csv[at++] = 10;
  }
  return csv.subarray(0, at);
}

/** The CSV file's lines, from the first byte to the one behind the last; "\r\n" counts as "\n". */
function splitLines(csv: Buffer): [start: number, end: number][] {
  const lines: [number, number][] = [];
  for (let start = 0; start < csv.length;) {
    const found = csv.indexOf(10, start);
    const end = found < 0 ? csv.length : found;
    lines.push([start, csv[end - 1] === 13 ? end - 1 : end]);
    start = end + 1;
  }
  return lines;
}

/** Read a row that is as it should be, straight from its bytes: the id, or -1 if something is not as it should be. */
function plainRow(csv: Buffer, [start, end]: [number, number], labels: Uint8Array): number {
  let at = start;
  let id = 0;
  for (; at < end && csv[at] !== 44; at++)
    id = csv[at] >= 48 && csv[at] <= 57 ? id * 10 + csv[at] - 48 : NaN;
  if (at === start || at - start > 9 || !(id >= 0) || end - at !== 2 * labels.length) return -1;
  for (let j = 0; j < labels.length; j++, at += 2) {
    if (csv[at] !== 44 || (csv[at + 1] !== 48 && csv[at + 1] !== 49)) return -1;
    labels[j] = csv[at + 1] - 48;
  }
  return id;
}

/** Read any other row; what is wrong with it goes to `problems`. */
function oddRow(
  text: string,
  where: string,
  tagCols: readonly string[],
  labels: Uint8Array,
  problems: string[],
): number {
  const cells = text.split(",");
  const width = tagCols.length;
  labels.fill(0);
  if (cells.length !== width + 1)
    problems.push(`${where}: ${cells.length} values, ${width + 1} expected`);
  if (!/^\d+$/.test(cells[0])) problems.push(`${where}: the id is "${cells[0]}"`);
  for (let j = 0; j < width; j++) {
    const cell = cells[j + 1];
    if (cell === "1") labels[j] = 1;
    else if (cell !== "0" && cell !== undefined)
      problems.push(`${where}, ${tagCols[j]}: "${cell}" is not 0 or 1`);
  }
  return Number(cells[0]);
}

/** Parse the CSV file; what is wrong with a row goes to `problems`, and its cells are then not to be trusted. */
function parseCsv(entry: string, csv: Buffer, problems: string[]): Submission {
  const [head = [0, 0], ...lines] = splitLines(csv);
  const text = (line: [number, number]): string => csv.toString("utf8", ...line);
  const [first, ...tagCols] = text(head).split(",");
  const width = tagCols.length;
  if (first !== "gridimage_id")
    problems.push(`the header begins with "${first}", not gridimage_id`);
  const ids = new Int32Array(lines.length);
  const labels = new Uint8Array(ids.length * width);
  lines.forEach((line, row) => {
    const cells = labels.subarray(row * width, (row + 1) * width);
    const id = plainRow(csv, line, cells);
    ids[row] = id >= 0 ? id : oddRow(text(line), `line ${row + 2}`, tagCols, cells, problems);
  });
  return { entry, tagCols, ids, labels };
}

/** A zip archive with one file in it. */
async function zip(name: string, content: Buffer): Promise<Buffer> {
  const archive = new ZipArchive({ zlib: { level: LEVEL } });
  const parts: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    archive.on("data", (part) => parts.push(part));
    archive.on("warning", reject);
    archive.on("error", reject);
    archive.on("end", () => resolve());
  });
  archive.append(content, { name, date: DATE, mode: 0o644 });
  await Promise.all([archive.finalize(), ended]);
  return Buffer.concat(parts);
}

/** The name of the file inside NAME.csv.zip: NAME.csv. */
function entryName(path: string): string {
  const name = /^(.+\.csv)\.zip$/.exec(basename(path))?.[1];
  if (!name) throw new Error(`${path}: a submission's name must end in .csv.zip`);
  return name;
}

/**
 * Write NAME.csv.zip, with NAME.csv in it: header gridimage_id and the tag columns, rows in the order of `ids` (that of
 * test.csv). Equal input gives equal bytes. Throws if sizes disagree or a label is neither 0 nor 1.
 *
 * ```ts
 * const path = `${folder}/my-head.csv.zip`;
 * await writeSubmission(path, [30, 7], Uint8Array.of(1, 0, 0, 1), ["tag1", "tag2"]);
 * (await readSubmission(path)).entry; // → "my-head.csv"
 * ```
 */
export async function writeSubmission(
  path: string,
  ids: ArrayLike<number>,
  labels: Uint8Array,
  tagCols: readonly string[],
): Promise<void> {
  const name = entryName(path);
  const needed = ids.length * tagCols.length;
  if (labels.length !== needed) {
    const sizes = `${ids.length} ids and ${tagCols.length} tags`;
    throw new Error(`${path}: ${sizes} need ${needed} labels, not ${labels.length}`);
  }
  const odd = labels.findIndex((label) => label > 1);
  if (odd >= 0)
    throw new Error(
      `${path}: row ${Math.floor(odd / tagCols.length)} has the label ${labels[odd]}`,
    );
  const bytes = await zip(name, toCsv(ids, labels, tagCols));
  await replaceFile(path, (temporary) => writeFile(temporary, bytes));
}

/** The one file in a zip. */
function unzip(path: string, bytes: Buffer): { entry: string; csv: Buffer } {
  let archive: AdmZip;
  try {
    archive = new AdmZip(bytes);
    const entries = archive.getEntries();
    const names = entries.map((entry) => entry.entryName);
    if (names.length !== 1)
      throw new Error(`one file expected, found ${names.length}: ${names.slice(0, 5).join()}`);
    return { entry: names[0], csv: entries[0].getData() };
  } catch (cause) {
    throw new Error(`${path} is not a submission: ${(cause as Error).message}`, { cause });
  }
}

function fail(path: string, problems: readonly string[]): never {
  const rest = problems.length > LISTED ? `\n  and ${problems.length - LISTED} more` : "";
  throw new Error(`${path} is not valid:\n  ${problems.slice(0, LISTED).join("\n  ")}${rest}`);
}

/**
 * Read a submission back. Throws, with line numbers, if it is not one file of ids and zeros and ones.
 *
 * ```ts
 * const path = `${folder}/my-head.csv.zip`;
 * await writeSubmission(path, [30, 7], Uint8Array.of(1, 0, 0, 1), ["tag1", "tag2"]);
 * const { ids, labels } = await readSubmission(path);
 * [ids, labels]; // → [[30, 7], [1, 0, 0, 1]]
 * ```
 */
export async function readSubmission(path: string): Promise<Submission> {
  const { entry, csv } = unzip(path, await readFile(path));
  const problems: string[] = [];
  const submission = parseCsv(entry, csv, problems);
  if (problems.length > 0) fail(path, problems);
  return submission;
}

/** What is wrong with the ids and rows of a submission. */
function compare(
  { ids, labels }: Submission,
  testIds: ArrayLike<number>,
  width: number,
  problems: string[],
): void {
  if (ids.length !== testIds.length)
    problems.push(`${ids.length} rows, ${testIds.length} expected`);
  for (let row = 0; row < ids.length; row++) {
    if (row < testIds.length && ids[row] !== testIds[row]) {
      problems.push(`line ${row + 2}: id ${ids[row]}, but test.csv has ${testIds[row]} there`);
    }
    if (!labels.subarray(row * width, (row + 1) * width).includes(1))
      problems.push(`line ${row + 2}: no tag at all`);
  }
}

/**
 * Prove that Kaggle will take a submission: one file named after the zip, the header of `tagCols`, the ids of test.csv
 * in its order, every value 0 or 1, at least one tag a row. Returns a summary; throws an error listing the first
 * problems.
 *
 * ```ts
 * const path = `${folder}/my-head.csv.zip`;
 * await writeSubmission(path, [30, 7], Uint8Array.of(1, 0, 0, 1), ["tag1", "tag2"]);
 * const { rows, tagsPerRow } = await validateSubmission(path, { testIds: [30, 7], tagCols: ["tag1", "tag2"] });
 * [rows, tagsPerRow]; // → [2, 1]
 * ```
 */
export async function validateSubmission(
  path: string,
  { testIds, tagCols }: { testIds: ArrayLike<number>; tagCols: readonly string[] },
): Promise<SubmissionReport> {
  const bytes = await readFile(path);
  const { entry, csv } = unzip(path, bytes);
  const problems: string[] = [];
  const submission = parseCsv(entry, csv, problems);
  const width = submission.tagCols.length;
  if (entry !== entryName(path))
    problems.unshift(`the file inside is "${entry}", expected "${entryName(path)}"`);
  const different = submission.tagCols.findIndex((col, j) => col !== tagCols[j]);
  if (width !== tagCols.length)
    problems.unshift(`${width} tag columns, ${tagCols.length} expected`);
  if (different >= 0) {
    problems.unshift(
      `tag column ${different + 1} is ${submission.tagCols[different]}, expected ${tagCols[different]}`,
    );
  }
  compare(submission, testIds, width, problems);
  if (problems.length > 0) fail(path, problems);
  const rows = submission.ids.length;
  const given = submission.labels.reduce((sum, label) => sum + label, 0);
  return { path, rows, tags: width, tagsPerRow: given / rows, bytes: bytes.length };
}
