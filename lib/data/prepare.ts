/**
 * Notebook 01's steps: join labels, titles, places and images, drop rows with too many tags, split, write. Each step
 * leaves a table that the next one reads and that a cell can query.
 */
import { writeFileAtomic } from "../files/atomic";
import { csvText, type Reject } from "../files/csv";
import { identifier, type Database } from "../files/table";
import type { Project } from "../project";
import type { Random } from "../random";
import { enoughPhotos } from "./photos";

export interface JoinCounts {
  /** Labelled images with metadata. */
  train: number;
  /** Labelled images dropped because no metadata file describes them. */
  trainWithoutMetadata: number;
  trainWithoutImage: number;
  /** All test images: none is dropped. */
  test: number;
  testWithoutMetadata: number;
  testWithoutImage: number;
  /** Test images whose tags are known, since a label file lists them too: scores on them would say nothing. */
  testLabelled: number;
}

export interface SplitCounts {
  /** Rows dropped for having more than the allowed number of tags. */
  tooManyTags: number;
  train: number;
  validation: number;
  /** Of these, rows with an image on disk. */
  trainWithImage: number;
  validationWithImage: number;
}

/** Row numbers (0-based) of the two parts, each in ascending order. */
export interface SplitRows {
  train: Int32Array;
  validation: Int32Array;
}

export interface SplitOptions {
  /** Share of the rows kept for validation, 0 to 1 (default 0.2). */
  validation?: number;
  /** Source of the permutation; equal seeds give equal splits. */
  random: Random;
}

export interface FilterOptions extends SplitOptions {
  /** Rows with more tags than this are dropped (default 5, as in the paper). */
  maxTags?: number;
}

/** The tag columns in order, from the table `tags`. */
async function tagNames(db: Database): Promise<string> {
  const { col } = await db.columns<{ col: string[] }>("SELECT col FROM tags ORDER BY position");
  return col.map(identifier).join(", ");
}

/**
 * Join the tables that the readers made into `train_rows` (labels with metadata) and `test_rows` (every test id;
 * without metadata the title is '' and the place unknown), both in file order. Columns: position, gridimage_id, title,
 * grid_reference, lat, lon, image (NULL if not on disk), user_id (NULL if not known) and, for training, extra, tag_count
 * and the tag columns.
 */
export async function joinInputs(db: Database): Promise<JoinCounts> {
  const described = `i.position, i.gridimage_id, coalesce(m.title, '') AS title, m.grid_reference, s.lat, s.lon,
    f.image, m.user_id`;
  const joins = (
    test: boolean,
  ): string => `LEFT JOIN squares s ON s.grid_reference = m.grid_reference
    LEFT JOIN (FROM image_files WHERE test = ${test}) f ON f.gridimage_id = i.gridimage_id ORDER BY i.position`;
  await db.run(`CREATE OR REPLACE TABLE train_rows AS SELECT ${described}, i.extra, i.tag_count, ${await tagNames(db)}
    FROM labels i JOIN metadata m ON m.gridimage_id = i.gridimage_id ${joins(false)}`);
  await db.run(`CREATE OR REPLACE TABLE test_rows AS SELECT ${described}, m.gridimage_id IS NOT NULL AS described
    FROM test_ids i LEFT JOIN metadata m ON m.gridimage_id = i.gridimage_id ${joins(true)}`);
  const [counts] = await db.query<JoinCounts>(`SELECT
    (SELECT count(*) FROM train_rows) AS train,
    (SELECT count(*) FROM labels) - (SELECT count(*) FROM train_rows) AS trainWithoutMetadata,
    (SELECT count(*) FROM train_rows WHERE image IS NULL) AS trainWithoutImage,
    (SELECT count(*) FROM test_rows) AS test,
    (SELECT count(*) FROM test_rows WHERE NOT described) AS testWithoutMetadata,
    (SELECT count(*) FROM test_rows WHERE image IS NULL) AS testWithoutImage,
    (SELECT count(*) FROM test_ids JOIN labels USING (gridimage_id)) AS testLabelled`);
  return counts;
}

/**
 * Split rows 0..n-1 at random: floor((1 - validation) n) for training, the rest for validation (647,099 rows give the
 * paper's 517,679 and 129,420). Throws for a row count or share that makes no sense.
 */
export function randomSplit(n: number, { validation = 0.2, random }: SplitOptions): SplitRows {
  if (!Number.isInteger(n) || n < 0)
    throw new Error(`randomSplit: the number of rows must be 0 or more, not ${n}`);
  if (!(validation >= 0 && validation <= 1)) {
    throw new Error(`randomSplit: the validation share must be between 0 and 1, not ${validation}`);
  }
  // 1 - 0.2 is 0.8 exactly, but 1 - 0.9 is 0.09999…; the tiny term keeps e.g. floor(0.1 * 10) at 1.
  const trainRows = Math.floor((1 - validation) * n + 1e-9);
  const order = random.permutation(n);
  return { train: order.slice(0, trainRows).sort(), validation: order.slice(trainRows).sort() };
}

/**
 * Drop the rows of `train_rows` with more than `maxTags` tags and split the rest into the table `train` (as
 * `train_rows`, and split 'train' or 'val'). Rows with an image and rows without are split apart, so that the rows
 * that can be learned from are shared out exactly, however many images are missing. Where images are too few to learn
 * from (see `countPhotos`), all rows are split as one: the same way, whichever images have arrived.
 */
export async function filterAndSplit(
  db: Database,
  { maxTags = 5, validation = 0.2, random }: FilterOptions,
): Promise<SplitCounts> {
  const kept = await db.columns<{ position: Int32Array; present: Uint8Array }>(
    `SELECT position,
    image IS NOT NULL AS present FROM train_rows WHERE tag_count <= ? ORDER BY position`,
    [maxTags],
  );
  const held: number[] = [];
  const photos = kept.present.reduce((sum, present) => sum + present, 0);
  const apart = enoughPhotos(photos, kept.position.length);
  for (const present of apart ? [1, 0] : [undefined]) {
    const rows = kept.position.filter((_, i) => !apart || kept.present[i] === present);
    for (const row of randomSplit(rows.length, { validation, random }).validation)
      held.push(rows[row]);
  }
  await db.run("CREATE OR REPLACE TABLE held_out (position INTEGER)");
  await db.append("held_out", [held]);
  await db.run(`CREATE OR REPLACE TABLE train AS
    SELECT t.*, CASE WHEN h.position IS NULL THEN 'train' ELSE 'val' END AS split
    FROM train_rows t LEFT JOIN held_out h USING (position) WHERE tag_count <= ${maxTags} ORDER BY position`);
  const [counts] = await db.query<SplitCounts>(
    `SELECT
    (SELECT count(*) FROM train_rows WHERE tag_count > ?) AS tooManyTags,
    count(*) FILTER (split = 'train') AS train, count(*) FILTER (split = 'val') AS validation,
    count(*) FILTER (split = 'train' AND image IS NOT NULL) AS trainWithImage,
    count(*) FILTER (split = 'val' AND image IS NOT NULL) AS validationWithImage FROM train`,
    [maxTags],
  );
  return counts;
}

/**
 * Write train.parquet, test.parquet, tags.parquet and rejects.csv, each all or nothing; returns their paths. Throws
 * where they can't be written.
 */
export async function writePrepared(
  db: Database,
  project: Project,
  rejects: readonly Reject[],
): Promise<string[]> {
  const { train, test, tags, rejects: rejectsPath } = project;
  const described = "gridimage_id, title, grid_reference, lat, lon, image, user_id";
  const tagCols = await tagNames(db);
  await db.copyToParquet(
    `SELECT ${described}, extra, split, ${tagCols} FROM train ORDER BY position`,
    train,
  );
  await db.copyToParquet(`SELECT ${described} FROM test_rows ORDER BY position`, test);
  await db.copyToParquet(
    "SELECT col, tag, grouping, description FROM tags ORDER BY position",
    tags,
  );
  const lines = rejects.map(({ file, line, reason, text }) => [file, line, reason, text]);
  await writeFileAtomic(rejectsPath, csvText([["file", "line", "reason", "text"], ...lines]));
  return [train, test, tags, rejectsPath];
}
