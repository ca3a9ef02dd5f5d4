/**
 * Kaggle's files: whether they are there, and reading the labels, the tags' names and the test ids into tables. These
 * files are well-formed, so anything unexpected in them is an error that names the row; titles are in metadata.ts.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { readCsv } from "../files/csv";
import type { Project } from "../project";
import { identifier, literal } from "../files/table";
import type { Database } from "../files/table";

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
    `The files belong in ${folder} itself; a file that is still a zip, such as train.csv.zip, must be unzipped there.`,
  ].join("\n");
}

/** Throws one error that lists every missing input file and says how to get them. */
export function requireInputs(project: Project): void {
  const folder = project.inputs;
  const missing = REQUIRED.filter((name) => !existsSync(`${folder}/${name}`));
  if (missing.length > 0) {
    throw new Error(`${folder} has no ${missing.join(", no ")}.\n${advice(project)}`);
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
  /** The tag columns in file order. */
  tagCols: string[];
}

/** The names in a CSV file's first line. */
function readHeader(path: string): string[] {
  const file = openSync(path, "r");
  const bytes = Buffer.alloc(65_536);
  try {
    const text = bytes.toString("utf8", 0, readSync(file, bytes)).replace(/^\ufeff/, "");
    return text
      .split("\n", 1)[0]
      .split(",")
      .map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
  } finally {
    closeSync(file);
  }
}

interface BadCell {
  line: number;
  name: string | null;
  text: string;
  message: string;
}

/** Load a well-formed CSV file into a table; the first line that does not fit is an error. */
async function loadStrict(
  db: Database,
  path: string,
  table: string,
  types: Record<string, string>,
): Promise<void> {
  const columns = Object.entries(types).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
  await db.run("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans");
  await db.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM read_csv(${literal(path)}, auto_detect = false,
    header = true, delim = ',', quote = '"', escape = '"', columns = {${columns.join(", ")}},
    store_rejects = true, rejects_limit = 10)`);
  const [bad] =
    await db.query<BadCell>(`SELECT line, column_name AS name, csv_line AS text, error_message AS message
    FROM reject_errors ORDER BY line LIMIT 1`);
  if (bad) {
    const where = bad.name ? `, column ${bad.name}` : "";
    const [message] = bad.message.split("\n");
    throw new Error(
      `${path}, line ${bad.line}${where}: ${message}\n  ${bad.text.trim().slice(0, 200)}`,
    );
  }
}

/**
 * Throws unless the header is gridimage_id and tag columns (and, in train-extra.csv, `tags`). Returns the tag columns.
 */
function tagColumns(path: string, header: string[]): string[] {
  const tagCols = header.filter((name) => /^tag\d+$/.test(name));
  const others = header.filter((name) => !/^tag\d+$/.test(name) && name !== "tags");
  if (header[0] !== "gridimage_id" || others.length !== 1 || tagCols.length === 0) {
    throw new Error(
      `${path}: expected the header gridimage_id,tag…,tag…, not "${header.join(",").slice(0, 200)}"`,
    );
  }
  return tagCols;
}

/** The first row of `table` whose labels are not all 0 or 1, or that has no tag at all, is an error. */
async function checkLabels(
  db: Database,
  path: string,
  table: string,
  tagCols: readonly string[],
): Promise<void> {
  const names = tagCols.map(identifier);
  const binary = names.map((name) => `${name} <= 1`).join(" AND ");
  const find = async (odd: string): Promise<Record<string, number | null> | undefined> =>
    (
      await db.query<
        Record<string, number | null>
      >(`SELECT rowid AS row, * FROM ${table} WHERE rowid =
      (SELECT min(rowid) FROM ${table} WHERE ${odd})`)
    )[0];
  // In this order: the sum of 49 bytes only fits a byte if all of them are 0 or 1.
  const row =
    (await find(`gridimage_id IS NULL OR (${binary}) IS NOT TRUE`)) ??
    (await find(`${names.join(" + ")} = 0`));
  if (!row) return;
  const where = `${path}, line ${Number(row.row) + 2} (gridimage_id ${row.gridimage_id ?? "missing"})`;
  const odd = tagCols.find((col) => row[col] !== 0 && row[col] !== 1);
  if (odd)
    throw new Error(`${where}, column ${odd}: expected 0 or 1, not ${row[odd] ?? "nothing"}`);
  throw new Error(
    row.gridimage_id === null ? `${where}: no id` : `${where}: the image has no tag at all`,
  );
}

async function loadLabelFile(db: Database, path: string, table: string): Promise<string[]> {
  const header = readHeader(path);
  const tagCols = tagColumns(path, header);
  const type = (name: string): string =>
    name === "tags" ? "VARCHAR" : name === "gridimage_id" ? "INTEGER" : "UTINYINT";
  await loadStrict(db, path, table, Object.fromEntries(header.map((name) => [name, type(name)])));
  await checkLabels(db, path, table, tagCols);
  return tagCols;
}

/**
 * Read train.csv and, if it is there, train-extra.csv (its text column `tags` is left out) into the table `labels`:
 * position (file order, from 0), gridimage_id, extra, tag_count and the tag columns. An id that comes again is left out
 * and counted. Throws, naming file, line and column, for a label other than 0 or 1 and for an image without any tag.
 */
export async function readLabels(db: Database, project: Project): Promise<LabelCounts> {
  const folder = project.inputs;
  const extraPath = `${folder}/train-extra.csv`;
  const tagCols = await loadLabelFile(db, `${folder}/train.csv`, "label_rows");
  const tables = ["label_rows"];
  if (existsSync(extraPath)) {
    const extraCols = await loadLabelFile(db, extraPath, "label_rows_extra");
    const missing = tagCols.filter((col) => !extraCols.includes(col));
    if (missing.length > 0)
      throw new Error(`${extraPath} lacks columns that train.csv has: ${missing.join(", ")}`);
    tables.push("label_rows_extra");
  }
  const read = await mergeLabels(db, tables, tagCols);
  const [count] = await db.query<{ images: number; extra: number }>(
    "SELECT count(*) AS images, count(*) FILTER (extra) AS extra FROM labels",
  );
  return { ...count, duplicates: read - count.images, tagCols };
}

/** Move the label tables into `labels`, the first row of each id only; returns how many rows there were. */
async function mergeLabels(
  db: Database,
  tables: readonly string[],
  tagCols: readonly string[],
): Promise<number> {
  const names = tagCols.map(identifier);
  const rows = tables.map(
    (table, file) => `SELECT ${file} AS file, rowid AS row, gridimage_id FROM ${table}`,
  );
  await db.run(`CREATE OR REPLACE TEMP TABLE repeated AS SELECT file, row FROM (${rows.join(" UNION ALL ")})
    QUALIFY row_number() OVER (PARTITION BY gridimage_id ORDER BY file, row) > 1`);
  let read = 0;
  for (const [file, table] of tables.entries()) {
    const target = file === 0 ? "CREATE OR REPLACE TABLE labels AS" : "INSERT INTO labels";
    await db.run(`${target} SELECT (${read} + rowid)::INTEGER AS position, gridimage_id, ${file === 1} AS extra,
      (${names.join(" + ")})::UTINYINT AS tag_count, ${names.join(", ")} FROM ${table}
      WHERE rowid NOT IN (SELECT row FROM repeated WHERE file = ${file})`);
    read += (await db.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0].n;
  }
  await db.run(`DROP TABLE ${tables.join("; DROP TABLE ")}; DROP TABLE repeated`);
  return read;
}

/**
 * Read test.csv into the table `test_ids` (position from 0, gridimage_id); returns how many. An id twice is an error.
 */
export async function readTestIds(db: Database, project: Project): Promise<number> {
  const path = `${project.inputs}/test.csv`;
  const header = readHeader(path);
  if (header[0] !== "gridimage_id") {
    throw new Error(
      `${path}: expected the header gridimage_id, not "${header.join().slice(0, 200)}"`,
    );
  }
  const types = header.map((name, i): [string, string] => [name, i === 0 ? "INTEGER" : "VARCHAR"]);
  await loadStrict(db, path, "test_rows", Object.fromEntries(types));
  await db.run(`CREATE OR REPLACE TABLE test_ids AS SELECT rowid::INTEGER AS position, gridimage_id FROM test_rows
    ORDER BY rowid; DROP TABLE test_rows`);
  const [twice] = await db.query<{ id: number | null; line: number }>(`SELECT gridimage_id AS id,
    max(position) + 2 AS line FROM test_ids GROUP BY gridimage_id HAVING count(*) > 1 OR gridimage_id IS NULL
    ORDER BY line LIMIT 1`);
  if (twice)
    throw new Error(
      `${path}, line ${twice.line}: ${twice.id === null ? "no id" : `${twice.id} comes again`}`,
    );
  const [{ rows }] = await db.query<{ rows: number }>("SELECT count(*) AS rows FROM test_ids");
  return rows;
}

/**
 * The tags behind `tagCols`, in their order, from tags-top.csv (whose first line is empty on Kaggle); also written to
 * the table `tags` (position, col, tag, grouping, description). Throws if one is not listed.
 */
export async function readTags(
  db: Database,
  project: Project,
  tagCols: readonly string[],
): Promise<Tag[]> {
  const file = `${project.inputs}/tags-top.csv`;
  const known = new Map<string, Tag>();
  readCsv(readFileSync(file, "utf8"), {
    file,
    columns: ["col", "tag", "grouping", "description"],
    onRecord: ([col, tag, grouping, description]) => {
      known.set(col, { col, tag, grouping, description });
      return undefined;
    },
    onReject: ({ line, reason, text }) => {
      throw new Error(`${file}, line ${line}: ${reason}\n  ${text}`);
    },
  });
  const missing = tagCols.filter((col) => !known.has(col));
  if (missing.length > 0)
    throw new Error(`${file} does not name these columns of train.csv: ${missing.join(", ")}`);
  const tags = tagCols.map((col) => known.get(col)!);
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
