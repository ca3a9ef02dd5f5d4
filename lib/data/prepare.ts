/**
 * Notebook 01's steps: join labels, titles, places and images, drop rows with too many tags, split, write. Each step
 * leaves a table that the next one reads and that a cell can query; `prepare` does them all.
 */
import { writeFileAtomic } from "../files/atomic";
import { csvField } from "../files/csv";
import type { Reject } from "../files/csv";
import { findImages } from "./image-files";
import type { ImageCounts } from "./image-files";
import { readLabels, readTags, readTestIds } from "./inputs";
import type { LabelCounts } from "./inputs";
import { requireInputs } from "./inputs-check";
import type { IrishRule } from "./location";
import { placeSquares, readMetadata } from "./metadata";
import type { MetadataCounts, SquareCounts } from "./metadata";
import type { Project } from "../project";
import { seededRandom } from "../random";
import type { Random } from "../random";
import { randomSplit } from "./split";
import { identifier, withDatabase } from "../files/table";
import type { Database } from "../files/table";

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

export interface FilterOptions {
  /** Rows with more tags than this are dropped. */
  maxTags?: number;
  /** Share of the rows kept for validation. */
  validation?: number;
  random: Random;
}

export interface PrepareOptions {
  /** Seed of the split. */
  seed?: number;
  maxTags?: number;
  irish?: IrishRule;
  onProgress?: (message: string) => void;
}

export interface Prepared {
  labels: LabelCounts;
  metadata: MetadataCounts;
  squares: SquareCounts;
  images: ImageCounts;
  join: JoinCounts;
  split: SplitCounts;
}

/** The tag columns in order, from the table `tags`. */
async function tagNames(db: Database): Promise<string> {
  const { col } = await db.columns<{ col: string[] }>("SELECT col FROM tags ORDER BY position");
  return col.map(identifier).join(", ");
}

/**
 * Join the tables that the readers made into `train_rows` (labels with metadata) and `test_rows` (every test id;
 * without metadata the title is '' and the place unknown), both in file order. Columns: position, gridimage_id, title,
 * grid_reference, lat, lon, image (NULL if not on disk) and, for training, extra, tag_count and the tag columns.
 */
export async function joinInputs(db: Database): Promise<JoinCounts> {
  const described = `i.position, i.gridimage_id, coalesce(m.title, '') AS title, m.grid_reference, s.lat, s.lon,
    f.image`;
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
    (SELECT count(*) FROM test_rows WHERE image IS NULL) AS testWithoutImage`);
  return counts;
}

/**
 * Drop the rows of `train_rows` with more than `maxTags` tags and split the rest into the table `train` (as
 * `train_rows`, and split 'train' or 'val'). Rows with an image and rows without are split apart, so that the rows
 * that can be embedded are shared out exactly, however many images are missing.
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
  for (const present of [1, 0]) {
    const rows = kept.position.filter((_, i) => kept.present[i] === present);
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

/** Write train.parquet, test.parquet, tags.parquet and rejects.csv; returns their paths. */
export async function writePrepared(
  db: Database,
  project: Project,
  rejects: readonly Reject[],
): Promise<string[]> {
  const { train, test, tags, rejects: rejectsPath } = project;
  const described = "gridimage_id, title, grid_reference, lat, lon, image";
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
  const lines = rejects.map(({ file, line, reason, text }) =>
    [file, line, reason, text].map(csvField).join(","),
  );
  await writeFileAtomic(rejectsPath, ["file,line,reason,text", ...lines].join("\n") + "\n");
  return [train, test, tags, rejectsPath];
}

/** All steps on one dataset; returns every count. Throws if input files are missing or a label file is malformed. */
export async function prepare(
  project: Project,
  { seed = 42, maxTags = 5, irish = "parse", onProgress = () => undefined }: PrepareOptions = {},
): Promise<Prepared> {
  requireInputs(project);
  return withDatabase(async (db) => {
    onProgress("reading labels");
    const labels = await readLabels(db, project);
    await readTags(db, project, labels.tagCols);
    await readTestIds(db, project);
    onProgress("reading metadata");
    const metadata = await readMetadata(db, project);
    const squares = await placeSquares(db, { irish });
    onProgress("looking for images");
    const images = await findImages(db, project);
    onProgress("joining, filtering and splitting");
    const join = await joinInputs(db);
    const split = await filterAndSplit(db, { maxTags, random: seededRandom(seed) });
    onProgress("writing");
    await writePrepared(db, project, metadata.rejects);
    return { labels, metadata, squares, images, join, split };
  });
}
