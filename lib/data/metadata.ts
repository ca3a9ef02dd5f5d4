/** Titles and places: Kaggle's metadata files, with their bad lines, and the grid squares put on the map. */
import { readCsv, type Reject } from "../files/csv";
import type { Database } from "../files/table";
import { readText } from "../files/text";
import { possiblyZipped } from "../files/zipped";
import { idProblem, isMissing, looksMissing, MAX_ID, wholeNumber } from "../files/values";
import type { Project } from "../project";
import {
  isNearIsles,
  parseGridReference,
  placeUnder,
  type IrishRule,
  type LatLon,
} from "./location";

/** How one file was read. */
export interface MetadataFile {
  file: string;
  /** What its bytes were found to be, see `DecodedText`. */
  encoding: string;
  /** Records that were accepted, those that came again included. */
  records: number;
  /** Of these, those that end before the last column: what they lack is taken for empty. */
  short: number;
}

export interface MetadataCounts {
  files: MetadataFile[];
  /** Images described, each counted once. */
  images: number;
  /** Of these, those without a title: it is empty or a mark such as "NA" (see `isMissing`). */
  untitled: number;
  /** Titles kept although they resemble such a mark, for example "Na". */
  likeMissing: number;
  /** Titles from which control characters, such as NUL, were removed. */
  cleaned: number;
  /** Images whose contributor (`user_id`) is known. */
  users: number;
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
  /** References that name no place, or one that can't be meant, with the reason. */
  unknown: { reference: string; reason: string }[];
}

const FILES = ["metadata.csv", "metadata-extra.csv"];
/** Geograph's titles have at most this many characters. */
const MAX_TITLE = 128;
/** Control characters that no title needs (all but tab and line ends). */
const CONTROL = /(?![\t\n\r])\p{Cc}/gu;

/** The good records of all files, the first of each image. */
interface Descriptions {
  ids: Set<number>;
  titles: string[];
  references: (string | null)[];
  users: (number | null)[];
}

/** Read one file's good records into `found`, counting in `counts`. */
function readFile(file: string, found: Descriptions, counts: MetadataCounts): void {
  const { text, encoding } = readText(file);
  const read = readCsv(text, {
    file,
    columns: ["gridimage_id", "title", "grid_reference"],
    optional: ["user_id"],
    id: "gridimage_id",
    onRecord: ([idText, title, reference, user]) => {
      const problem = idProblem(idText);
      if (problem) return `gridimage_id: ${problem}`;
      if (title.length > MAX_TITLE && title.includes("\n"))
        return `a title of ${title.length} characters on several lines: is a quote not closed?`;
      const id = wholeNumber(idText)!;
      if (found.ids.has(id)) {
        counts.duplicates++;
        return undefined;
      }
      const clean = title.replace(CONTROL, "");
      if (clean !== title) counts.cleaned++;
      if (looksMissing(clean)) counts.likeMissing++;
      const userId = wholeNumber(user);
      found.ids.add(id);
      found.titles.push(isMissing(clean) && clean.trim() !== "" ? "" : clean);
      found.references.push(isMissing(reference) ? null : reference.trim());
      found.users.push(userId !== null && userId <= MAX_ID ? userId : null);
      return undefined;
    },
    onReject: (reject) => counts.rejects.push(reject),
  });
  counts.files.push({ file, encoding, ...read });
}

/**
 * Read metadata.csv and, if it is there, metadata-extra.csv, in whatever encoding they are, into the table `metadata`:
 * gridimage_id, title ('' if missing), grid_reference and user_id (NULL if missing or no whole number). Bad lines are
 * skipped and listed, ids that come again counted. Throws if a file lacks one of the first three columns, or if most of
 * its lines are bad.
 */
export async function readMetadata(db: Database, project: Project): Promise<MetadataCounts> {
  const found: Descriptions = { ids: new Set(), titles: [], references: [], users: [] };
  const counts: MetadataCounts = {
    files: [],
    images: 0,
    untitled: 0,
    likeMissing: 0,
    cleaned: 0,
    users: 0,
    duplicates: 0,
    rejects: [],
  };
  for (const name of FILES) {
    const path = `${project.inputs}/${name}`;
    if (name === "metadata.csv" || possiblyZipped(path) !== null) readFile(path, found, counts);
  }
  await db.run(`CREATE OR REPLACE TABLE metadata (gridimage_id INTEGER, title VARCHAR, grid_reference VARCHAR,
    user_id INTEGER)`);
  // A Set keeps the order in which its members came, so it is the column of ids.
  await db.append("metadata", [
    Int32Array.from(found.ids),
    found.titles,
    found.references,
    found.users,
  ]);
  const countWhere = <T>(values: readonly T[], is: (value: T) => boolean): number =>
    values.reduce((sum, value) => sum + Number(is(value)), 0);
  return {
    ...counts,
    images: found.ids.size,
    untitled: countWhere(found.titles, (title) => title.trim() === ""),
    users: countWhere(found.users, (user) => user !== null),
  };
}

/** Throws, saying why, if a reference can't be meant, although it is well formed. */
function checkPlace(reference: string, place: LatLon | null): void {
  const fail = (what: string): never => {
    throw new Error(`Grid reference "${reference}": ${what}`);
  };
  if (!/\d/.test(reference)) fail("a square of 100 km, where one of 1 km is expected");
  if (place && !isNearIsles(place.lat, place.lon))
    fail(`${place.lat.toFixed(1)}° N ${place.lon.toFixed(1)}° E is not in the British Isles`);
}

/**
 * Put every grid reference of the table `metadata` on the map: table `squares` (grid_reference, lat, lon in degrees;
 * those that name no place, and under the rule "zero" the Irish ones, are not in it). A reference without digits is no
 * place: in a data set of squares of 1 km it is a mistake, and such a square is 100 km wide. Throws if not a single image
 * has a place.
 */
export async function placeSquares(
  db: Database,
  { irish = "parse" }: { irish?: IrishRule } = {},
): Promise<SquareCounts> {
  const found = await db.columns<{
    reference: string[];
  }>(`SELECT DISTINCT grid_reference AS reference FROM metadata
    WHERE grid_reference IS NOT NULL ORDER BY reference`);
  const [{ images }] = await db.query<{ images: number }>(
    "SELECT count(*)::INTEGER AS images FROM metadata",
  );
  const counts: SquareCounts = { squares: found.reference.length, irish: 0, unknown: [] };
  const references: string[] = [];
  const lat: number[] = [];
  const lon: number[] = [];
  for (const reference of found.reference) {
    try {
      const point = parseGridReference(reference);
      const place = placeUnder(irish, point);
      checkPlace(reference, place);
      if (point.grid === "ie") counts.irish++;
      if (!place) continue;
      references.push(reference);
      lat.push(place.lat);
      lon.push(place.lon);
    } catch (error) {
      counts.unknown.push({ reference, reason: (error as Error).message });
    }
  }
  if (references.length === 0 && images > 0) {
    const [first] = counts.unknown;
    throw new Error(
      `None of the ${images} images described in metadata.csv has a place: ` +
        (first
          ? `"${first.reference}" (${first.reason}). `
          : "the column grid_reference is empty. ") +
        "It should name squares such as TQ0775 or J3373; the heads of title and photo are compared with those of location",
    );
  }
  await db.run("CREATE OR REPLACE TABLE squares (grid_reference VARCHAR, lat DOUBLE, lon DOUBLE)");
  await db.append("squares", [references, lat, lon]);
  return counts;
}
