/** What a file of labels alone can say: sets of tags, trios, and photos with neighbouring numbers. */
import { readFileSync } from "node:fs";
import { possiblyZipped, withPlainFile } from "../files/zipped";
import { identifier, literal, withDatabase, type Database } from "../files/table";

/** Photos with more tags are left out, as in the paper. */
const MOST_TAGS = 5;
/** Trios with fewer photos are left out, and so are sets further down the list. */
const LEAST_PHOTOS = 100;
const COMMONEST = 25;

/** How many different sets of tags have exactly this many photos. */
export interface SetSize {
  images: number;
  sets: number;
}

/** Tags that occur together (columns joined by "+", in the order of the file), and the number of photos. */
export interface TagSet {
  cols: string;
  images: number;
}

/**
 * Photos whose nearest number (of those in the file; of two as near, the lower) is `gap` away or more, up to the next
 * row's gap, and how many of them have exactly the same tags as that one.
 */
export interface Neighbours {
  gap: number;
  images: number;
  same: number;
}

export interface LabelEvidence {
  /** Photos with 1 to 5 tags that have each tag: the columns in the file's order. */
  counts: TagSet[];
  setSizes: SetSize[];
  /** The 25 most common sets. */
  sets: TagSet[];
  /** Photos that have at least these two tags. */
  pairs: TagSet[];
  /** Photos that have at least these three tags, where there are 100 or more. */
  trios: TagSet[];
  neighbours: Neighbours[];
}

/** The tag columns in a file's header. Throws if it has none. */
function tagColumns(path: string): string[] {
  const [header] = readFileSync(path, "utf8").slice(0, 65_536).split(/\r?\n/, 1);
  const cols = header.split(",").filter((name) => /^tag\d+$/.test(name));
  if (cols.length === 0 || cols.length > 62)
    throw new Error(
      `${path}: expected the header gridimage_id,tag…,tag…, not "${header.slice(0, 200)}"`,
    );
  return cols;
}

/**
 * Count the labels of a file in the form of Kaggle's train.csv, zipped or not. `least` is the number of photos that a
 * trio has to have. Throws if there is no such file, or no column of a tag in it.
 *
 * ```ts
 * import { writeFileAtomic } from "./lib/files";
 * await writeFileAtomic(`${folder}/train.csv`, "gridimage_id,tag1,tag2\n1,1,1\n2,1,0\n3,1,1\n");
 * const { counts, sets } = await labelEvidence(`${folder}/train.csv`);
 * counts; // → [{ cols: "tag1", images: 3 }, { cols: "tag2", images: 2 }]
 * sets; // → [{ cols: "tag1+tag2", images: 2 }, { cols: "tag1", images: 1 }]
 * ```
 */
export async function labelEvidence(path: string, least = LEAST_PHOTOS): Promise<LabelEvidence> {
  if (possiblyZipped(path) === null)
    throw new Error(`${path} is missing (and ${path}.zip too): npm run release fetches it`);
  return withPlainFile(path, (plain) =>
    withDatabase(async (db) => {
      const cols = tagColumns(plain);
      await load(db, plain, cols);
      return {
        counts: await sets(
          db,
          cols,
          `SELECT 1::BIGINT << tag AS mask, count(*) AS images FROM given
          GROUP BY tag ORDER BY tag`,
        ),
        setSizes: await db.query<SetSize>(`SELECT images, count(*) AS sets FROM
          (SELECT count(*) AS images FROM labels GROUP BY mask) GROUP BY images ORDER BY images DESC`),
        sets: await sets(
          db,
          cols,
          `SELECT mask, count(*) AS images FROM labels GROUP BY mask
          ORDER BY images DESC, mask LIMIT ${COMMONEST}`,
        ),
        pairs: await sets(
          db,
          cols,
          `SELECT (1::BIGINT << a.tag) | (1::BIGINT << b.tag) AS mask, count(*) AS images
          FROM given a JOIN given b ON a.id = b.id AND a.tag < b.tag GROUP BY mask ORDER BY images DESC, mask`,
        ),
        trios: await sets(
          db,
          cols,
          `SELECT (1::BIGINT << a.tag) | (1::BIGINT << b.tag) | (1::BIGINT << c.tag) AS mask,
          count(*) AS images FROM given a JOIN given b ON a.id = b.id AND a.tag < b.tag
          JOIN given c ON c.id = b.id AND b.tag < c.tag GROUP BY mask HAVING images >= ${least}
          ORDER BY images DESC, mask`,
        ),
        neighbours: await neighbours(db),
      };
    }),
  );
}

/** The tables `labels` (id, mask with a bit for each tag) and `given` (a row for each tag of each photo). */
async function load(db: Database, path: string, cols: readonly string[]): Promise<void> {
  const names = cols.map(identifier);
  const mask = names.map((name, i) => `(${name}::BIGINT << ${i})`).join(" | ");
  await db.run(`CREATE TABLE labels AS SELECT gridimage_id AS id, ${mask} AS mask
    FROM read_csv(${literal(path)}, header = true) WHERE ${names.join(" + ")} BETWEEN 1 AND ${MOST_TAGS};
    CREATE TABLE given AS SELECT id, unnest([i FOR i IN range(${cols.length}) IF (mask >> i) & 1 = 1]) AS tag FROM labels`);
}

/** Sets of tags by their columns' names. */
async function sets(db: Database, cols: readonly string[], sql: string): Promise<TagSet[]> {
  const rows = await db.query<{ tags: string; images: number }>(`SELECT list_aggregate(
    [i FOR i IN range(${cols.length}) IF (mask >> i) & 1 = 1], 'string_agg', '+') AS tags, images FROM (${sql})`);
  return rows.map(({ tags, images }) => ({
    cols: tags
      .split("+")
      .map((tag) => cols[Number(tag)])
      .join("+"),
    images,
  }));
}

/** Gaps at which the rows of `neighbours` begin. */
const GAPS = [1, 2, 3, 4, 6, 11, 21, 51];

async function neighbours(db: Database): Promise<Neighbours[]> {
  const from = GAPS.map((gap) => `WHEN gap >= ${gap} THEN ${gap}`)
    .reverse()
    .join(" ");
  return db.query<Neighbours>(`WITH beside AS (
      SELECT id, mask, lag(id) OVER by_id AS below, lead(id) OVER by_id AS above,
        lag(mask) OVER by_id AS mask_below, lead(mask) OVER by_id AS mask_above
      FROM labels WINDOW by_id AS (ORDER BY id)),
    nearest AS (SELECT mask, least(coalesce(id - below, above - id), coalesce(above - id, id - below)) AS gap,
      CASE WHEN below IS NOT NULL AND (above IS NULL OR id - below <= above - id) THEN mask_below ELSE mask_above END
        AS other FROM beside WHERE below IS NOT NULL OR above IS NOT NULL)
    SELECT CASE ${from} END AS gap, count(*) AS images, count(*) FILTER (mask = other) AS same
    FROM nearest GROUP BY 1 ORDER BY 1`);
}
