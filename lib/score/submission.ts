/** Submissions: from probabilities to the zipped CSV file that Kaggle takes, and back. */
import AdmZip from "adm-zip";
import { ZipArchive } from "archiver";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { replaceFile } from "../files/atomic";
import { parseCsv, toCsv, type Submission } from "./submission-csv";

export interface DecideOptions {
  /** Number of tags, the width of a row. */
  tags?: number;
  /** A tag is given where its probability is above this. */
  threshold?: number;
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

/**
 * Tags from probabilities [n, tags]: 1 above the threshold. Every photo has at least one tag, so where nothing passes,
 * the most probable tag is given (the first of equals). With the threshold 0 it takes logits, which saves the sigmoid. Throws if the array is not whole rows or holds a NaN.
 */
export function decide(
  probabilities: Float32Array,
  { tags = 49, threshold = 0.5 }: DecideOptions = {},
): Uint8Array {
  if (probabilities.length % tags !== 0) {
    throw new Error(
      `decide: ${probabilities.length} probabilities are not whole rows of ${tags} tags`,
    );
  }
  const labels = new Uint8Array(probabilities.length);
  for (let start = 0; start < labels.length; start += tags) {
    let best = start;
    let any = false;
    for (let i = start; i < start + tags; i++) {
      if (Number.isNaN(probabilities[i]))
        throw new Error(`decide: row ${start / tags}, tag ${i - start} is NaN`);
      if (probabilities[i] > probabilities[best]) best = i;
      if (probabilities[i] > threshold) any = (labels[i] = 1) === 1;
    }
    if (!any) labels[best] = 1;
  }
  return labels;
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

/** Read a submission back. Throws, with line numbers, if it is not one file of ids and zeros and ones. */
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
