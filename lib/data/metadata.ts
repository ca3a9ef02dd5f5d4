/** Titles and places: Kaggle's metadata files, with their bad lines, and the grid squares put on the map. */
import { existsSync, readFileSync } from "node:fs";
import { readCsv } from "../files/csv";
import type { Reject } from "../files/csv";
import { parseGridReference, placeUnder } from "./location";
import type { IrishRule } from "./location";
import type { Project } from "../project";
import type { Database } from "../files/table";

export interface MetadataCounts {
  /** Images described, each counted once. */
  images: number;
  /** Of these, those whose title is empty. */
  untitled: number;
  /** Rows left out because an earlier row has the same id. */
  duplicates: number;
  /** Every line that was skipped. */
  rejects: Reject[];
}

export interface SquareCounts {
  /** Distinct grid references in the metadata. */
  squares: number;
  /** Of these, those in the Irish grid. */
  irish: number;
  /** References that name no place, with the reason. */
  unknown: { reference: string; reason: string }[];
}

/** metadata-extra.csv is Latin-1 on Kaggle, metadata.csv UTF-8. */
const FILES = [
  { name: "metadata.csv", encoding: "utf8" },
  { name: "metadata-extra.csv", encoding: "latin1" },
] as const;

interface Rows {
  seen: Set<number>;
  titles: string[];
  references: (string | null)[];
}

/** Read one file's good records into `rows`; the first record of an image counts. Returns the number left out. */
function readFile(
  file: string,
  encoding: "utf8" | "latin1",
  rows: Rows,
  rejects: Reject[],
): number {
  let duplicates = 0;
  readCsv(readFileSync(file, encoding), {
    file,
    columns: ["gridimage_id", "title", "grid_reference"],
    onRecord: ([idText, title, reference]) => {
      const id = Number(idText);
      if (!/^\s*\d+(\.0*)?\s*$/.test(idText) || id >= 2 ** 31)
        return `gridimage_id is "${idText}", not a whole number`;
      if (rows.seen.has(id)) duplicates++;
      else {
        rows.seen.add(id);
        rows.titles.push(title);
        rows.references.push(reference.trim() || null);
      }
      return undefined;
    },
    onReject: (reject) => rejects.push(reject),
  });
  return duplicates;
}

/**
 * Read metadata.csv (UTF-8) and, if it is there, metadata-extra.csv (Latin-1) into the table `metadata`: gridimage_id,
 * title ('' if missing), grid_reference (NULL if missing). Bad lines are skipped and listed, ids that come again
 * counted.
 */
export async function readMetadata(db: Database, project: Project): Promise<MetadataCounts> {
  const rows: Rows = { seen: new Set(), titles: [], references: [] };
  const rejects: Reject[] = [];
  let duplicates = 0;
  for (const { name, encoding } of FILES) {
    const path = `${project.inputs}/${name}`;
    if (name === "metadata.csv" || existsSync(path))
      duplicates += readFile(path, encoding, rows, rejects);
  }
  await db.run(
    "CREATE OR REPLACE TABLE metadata (gridimage_id INTEGER, title VARCHAR, grid_reference VARCHAR)",
  );
  // A Set keeps the order in which its members came, so it is the column of ids.
  await db.append("metadata", [Int32Array.from(rows.seen), rows.titles, rows.references]);
  const untitled = rows.titles.reduce((count, title) => count + (title.trim() === "" ? 1 : 0), 0);
  return { images: rows.seen.size, untitled, duplicates, rejects };
}

/**
 * Put every grid reference of the table `metadata` on the map: table `squares` (grid_reference, lat, lon; those that
 * name no place, and under the rule "zero" the Irish ones, are not in it).
 */
export async function placeSquares(
  db: Database,
  { irish = "parse" }: { irish?: IrishRule } = {},
): Promise<SquareCounts> {
  const found = await db.columns<{
    reference: string[];
  }>(`SELECT DISTINCT grid_reference AS reference FROM metadata
    WHERE grid_reference IS NOT NULL ORDER BY reference`);
  const counts: SquareCounts = { squares: found.reference.length, irish: 0, unknown: [] };
  const references: string[] = [];
  const lat: number[] = [];
  const lon: number[] = [];
  for (const reference of found.reference) {
    try {
      const point = parseGridReference(reference);
      if (point.grid === "ie") counts.irish++;
      const place = placeUnder(irish, point);
      if (place === null) continue;
      references.push(reference);
      lat.push(place.lat);
      lon.push(place.lon);
    } catch (error) {
      counts.unknown.push({ reference, reason: (error as Error).message });
    }
  }
  await db.run("CREATE OR REPLACE TABLE squares (grid_reference VARCHAR, lat DOUBLE, lon DOUBLE)");
  await db.append("squares", [references, lat, lon]);
  return counts;
}
