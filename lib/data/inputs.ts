/**
 * Kaggle's files: whether they are there, and reading the labels, the tags' names and the test ids into tables. These
 * files are well-formed, so anything unexpected in them is an error that names file, line and column. Titles are in
 * metadata.ts.
 */
import { existsSync, readdirSync } from "node:fs";
import { csvHeader, readCsv } from "../files/csv";
import { identifier, type Database } from "../files/table";
import { readText } from "../files/text";
import { possiblyZipped } from "../files/zipped";
import { idProblem, wholeNumber } from "../files/values";
import type { Project } from "../project";

const COMPETITION = "predict-geographic-context-from-landscape-photos";
const REQUIRED = ["train.csv", "test.csv", "metadata.csv", "tags-top.csv"];

/** How to get what is missing. */
function advice({ isSample, inputs: folder }: Project): string {
  if (isSample) return `The sample is drawn by notebook 01-preprocess: run its first cells.`;
  return [
    "Get them with Kaggle's own command line. Accept the rules on the competition's page first, and give it your token",
    "in the environment variable KAGGLE_API_TOKEN or in the folder ~/.kaggle (about 14 GB):",
    `  kaggle competitions download -c ${COMPETITION} -p ${folder}`,
    `  unzip -q ${folder}/${COMPETITION}.zip -d ${folder}`,
    `(without unzip: python -m zipfile -e ${folder}/${COMPETITION}.zip ${folder})`,
    `The files belong in ${folder} itself; a table may stay in its zip, such as train.csv.zip.`,
    "Without an account, npm run release fetches the tables, but no photos.",
  ].join("\n");
}

/** What there is of a missing file, and what to do with it: it lies a folder too deep. */
function whereInstead(folder: string, name: string): string {
  const folders = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  const found = folders.find((entry) => existsSync(`${folder}/${entry.name}/${name}`));
  return found ? ` (but ${folder}/${found.name} has it: move it up)` : "";
}

/** Throws one error that lists every missing input file and says how to get them. */
export function requireInputs(project: Project): void {
  const folder = project.inputs;
  const missing = REQUIRED.filter((name) => possiblyZipped(`${folder}/${name}`) === null);
  if (missing.length > 0) {
    const list = missing.map((name) => name + whereInstead(folder, name)).join(", no ");
    throw new Error(`${folder} has no ${list}.\n${advice(project)}`);
  }
}

/** One tag: its column in the competition's files, its name, the heading it stands under and what it means. */
export interface Tag {
  col: string;
  tag: string;
  grouping: string;
  description: string;
}

export interface LabelCounts {
  /** Labelled images, each counted once. */
  images: number;
  /** Of these, those that only train-extra.csv lists. */
  extra: number;
  /** Rows left out because an earlier row has the same id. */
  duplicates: number;
  /** Of these, rows with other tags than the earlier one. */
  contradictions: number;
  /** The tag columns in file order. */
  tagCols: string[];
}

/**
 * Read a file in which no line may be bad. `onRecord` gets a record's values (in the order of `columns`) and its place,
 * "<file>, line <number>", with which errors begin. The first line that doesn't fit is an error.
 */
function readStrict(
  file: string,
  text: string,
  columns: readonly string[],
  onRecord: (values: string[], place: string) => void,
): void {
  readCsv(text, {
    file,
    columns,
    id: "gridimage_id",
    onRecord: (values, line) => void onRecord(values, `${file}, line ${line}`),
    onReject: ({ line, reason, text: bad }) => {
      throw new Error(`${file}, line ${line}: ${reason}\n  ${bad.slice(0, 200)}`);
    },
  });
}

function idOf(text: string, place: string): number {
  const problem = idProblem(text);
  if (problem) throw new Error(`${place}, column gridimage_id: ${problem}`);
  return wholeNumber(text)!;
}

/**
 * The tag columns of a header. Throws unless it is gridimage_id, tag columns and perhaps `tags` (text, in
 * train-extra.csv) and a column without a name (row numbers, which pandas writes): anything else may be a tag.
 */
function tagColumns(path: string, header: readonly string[]): string[] {
  const isTag = (name: string): boolean => /^tag\d+$/.test(name);
  const tagCols = header.filter(isTag);
  const others = header.filter(
    (name) => !isTag(name) && !["gridimage_id", "tags", ""].includes(name),
  );
  if (!header.includes("gridimage_id") || others.length > 0 || tagCols.length === 0) {
    throw new Error(
      `${path}: expected the header gridimage_id,tag…,tag…, not "${header.join(",").slice(0, 200)}"`,
    );
  }
  return tagCols;
}

/** Labels of one file or of both, a row for each image. */
interface LabelRows {
  tagCols: string[];
  /** By id, in the order of the files: the labels of the tag columns, "0" or "1" each, one behind the other. */
  digits: Map<number, string>;
  duplicates: number;
  contradictions: number;
}

/**
 * A record's labels, in the order of `tagCols`, as a text of "0" and "1". Throws, naming the column, for anything else;
 * and if all are "0".
 */
function labelDigits(labels: readonly string[], tagCols: readonly string[], place: string): string {
  let digits = "";
  for (let i = 0; i < tagCols.length; i++) {
    const text = labels[i];
    const label = text === "0" || text === "1" ? text : String(wholeNumber(text));
    if (label !== "0" && label !== "1")
      throw new Error(
        `${place}, column ${tagCols[i]}: expected 0 or 1, not ${text.trim() || "nothing"}`,
      );
    digits += label;
  }
  if (!digits.includes("1")) throw new Error(`${place}: the image has no tag at all`);
  return digits;
}

/** Add a file's labels to `rows`; its tag columns may be in another order, and more. */
function readLabelFile(file: string, rows: LabelRows): void {
  const { text } = readText(file);
  const found = tagColumns(file, csvHeader(text, file));
  if (rows.tagCols.length === 0) rows.tagCols.push(...found);
  const { tagCols, digits } = rows;
  const missing = tagCols.filter((col) => !found.includes(col));
  if (missing.length > 0)
    throw new Error(`${file} lacks columns that train.csv has: ${missing.join(", ")}`);
  readStrict(file, text, [...tagCols, "gridimage_id"], (values, place) => {
    const id = idOf(values[tagCols.length], place);
    const row = labelDigits(values, tagCols, `${place} (gridimage_id ${id})`);
    const earlier = digits.get(id);
    if (earlier === undefined) digits.set(id, row);
    else {
      rows.duplicates++;
      if (earlier !== row) rows.contradictions++;
    }
  });
}

/**
 * Read train.csv and, if it is there, train-extra.csv (its text column `tags` is left out) into the table `labels`:
 * position (file order, from 0), gridimage_id, extra, tag_count and the tag columns. An id that comes again is left out
 * and counted. Throws, naming file, line and column, for an id that is no whole number, for a label other than 0 or 1
 * (as text: 1.0 is 1, and 0.7 is neither) and for an image without any tag.
 */
export async function readLabels(db: Database, project: Project): Promise<LabelCounts> {
  const folder = project.inputs;
  const extraPath = `${folder}/train-extra.csv`;
  const rows: LabelRows = { tagCols: [], digits: new Map(), duplicates: 0, contradictions: 0 };
  readLabelFile(`${folder}/train.csv`, rows);
  const { tagCols, digits } = rows;
  const own = digits.size;
  if (possiblyZipped(extraPath) !== null) readLabelFile(extraPath, rows);
  await db.run(
    "CREATE OR REPLACE TABLE label_rows (position INTEGER, gridimage_id INTEGER, digits VARCHAR)",
  );
  const positions = Int32Array.from({ length: digits.size }, (_, i) => i);
  await db.append("label_rows", [positions, [...digits.keys()], [...digits.values()]]);
  const labels = tagCols.map((col, i) => `get_bit(bits, ${i})::UTINYINT AS ${identifier(col)}`);
  await db.run(`CREATE OR REPLACE TABLE labels AS SELECT position, gridimage_id, position >= ${own} AS extra,
    bit_count(bits)::UTINYINT AS tag_count, ${labels.join(", ")}
    FROM (SELECT *, digits::BIT AS bits FROM label_rows) ORDER BY position; DROP TABLE label_rows`);
  return {
    images: digits.size,
    extra: digits.size - own,
    duplicates: rows.duplicates,
    contradictions: rows.contradictions,
    tagCols,
  };
}

/**
 * Read test.csv into the table `test_ids` (position from 0, gridimage_id); returns how many. Throws, naming the line,
 * for an id that is no whole number or that comes again.
 */
export async function readTestIds(db: Database, project: Project): Promise<number> {
  const file = `${project.inputs}/test.csv`;
  const ids = new Set<number>();
  readStrict(file, readText(file).text, ["gridimage_id"], ([idText], place) => {
    const id = idOf(idText, place);
    if (ids.has(id)) throw new Error(`${place}: ${id} comes again`);
    ids.add(id);
  });
  await db.run("CREATE OR REPLACE TABLE test_ids (position INTEGER, gridimage_id INTEGER)");
  await db.append("test_ids", [Int32Array.from({ length: ids.size }, (_, i) => i), [...ids]]);
  return ids.size;
}

/**
 * The tags behind `tagCols`, in their order, from tags-top.csv (whose first line is empty on Kaggle); also written to
 * the table `tags` (position, col, tag, grouping, description). Throws if one is not listed, or is listed twice, has no
 * name or another's.
 */
export async function readTags(
  db: Database,
  project: Project,
  tagCols: readonly string[],
): Promise<Tag[]> {
  const file = `${project.inputs}/tags-top.csv`;
  const known = new Map<string, Tag>();
  const columns = ["col", "tag", "grouping", "description"];
  readStrict(file, readText(file).text, columns, (values, place) => {
    const [col, tag, grouping, description] = values.map((value) => value.trim());
    if (known.has(col)) throw new Error(`${place}: the column ${col} comes again`);
    if (tag === "") throw new Error(`${place}: the column ${col} has no name`);
    known.set(col, { col, tag, grouping, description });
  });
  const missing = tagCols.filter((col) => !known.has(col));
  if (missing.length > 0)
    throw new Error(`${file} does not name these columns of train.csv: ${missing.join(", ")}`);
  const tags = tagCols.map((col) => known.get(col)!);
  const twice = tags.find(({ tag }, i) => tags.findIndex((other) => other.tag === tag) < i);
  if (twice) throw new Error(`${file} has the name "${twice.tag}" for two columns of train.csv`);
  await db.run(`CREATE OR REPLACE TABLE tags (position INTEGER, col VARCHAR, tag VARCHAR, grouping VARCHAR,
    description VARCHAR)`);
  await db.append("tags", [
    tags.map((_, i) => i),
    tags.map((t) => t.col),
    tags.map((t) => t.tag),
    tags.map((t) => t.grouping),
    tags.map((t) => t.description),
  ]);
  return tags;
}
