/** Where each labelled photo was taken and by whom, as columns. */
import { columns, literal } from "../files/table";
import { type Project, requireFile } from "../project";
import { toBritishGrid } from "./location";

/** Photos as rows. */
export interface Places {
  /** Image ids [n]. */
  ids: Int32Array;
  /** Degrees, WGS84 [n]; NaN where the place is not known. */
  lat: Float64Array;
  lon: Float64Array;
  /** Metres in the British National Grid, for Ireland too [n]; NaN where the place is not known. */
  easting: Float64Array;
  northing: Float64Array;
  /** Rows of one square (an equal grid reference) have one number [n]; −1 where there is no place. */
  square: Int32Array;
  /** The contributor [n]; −1 where that is not known. */
  user: Int32Array;
}

/** What is read; eastings and northings are computed. */
type Read = Omit<Places, "easting" | "northing">;

/**
 * Of all labelled photos, or of those with these ids, in their order. Throws if notebook 01 has not been run, or was run
 * before contributors were kept, and for an id that is not there.
 */
export async function loadPlaces(project: Project, ids?: Int32Array): Promise<Places> {
  const table = literal(requireFile(project.train, "01-preprocess"));
  const { has } = await columns<{ has: Uint8Array }>(
    `SELECT count(*) > 0 AS has FROM (DESCRIBE FROM ${table}) WHERE column_name = 'user_id'`,
  );
  if (!has[0])
    throw new Error(`${project.train} has no contributors: run notebook 01-preprocess again`);
  const all = await columns<Read>(`SELECT gridimage_id::INTEGER AS ids,
    coalesce(lat, 'NaN'::DOUBLE) AS lat, coalesce(lon, 'NaN'::DOUBLE) AS lon,
    CASE WHEN lat IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY grid_reference) END::INTEGER AS square,
    coalesce(user_id, -1)::INTEGER AS user FROM (SELECT *, row_number() OVER () AS row FROM ${table}) ORDER BY row`);
  const read = ids ? rowsWith(ids, all) : all;
  const points = Array.from(read.lat, (lat, row) =>
    Number.isNaN(lat)
      ? { easting: NaN, northing: NaN }
      : toBritishGrid({ lat, lon: read.lon[row] }),
  );
  return {
    ...read,
    easting: Float64Array.from(points, ({ easting }) => easting),
    northing: Float64Array.from(points, ({ northing }) => northing),
  };
}

/** The rows with these ids, in their order. */
function rowsWith(ids: Int32Array, all: Read): Read {
  const rowOf = new Map(Array.from(all.ids, (id, row) => [id, row]));
  const rows = Array.from(ids, (id) => {
    const row = rowOf.get(id);
    if (row === undefined) throw new Error(`loadPlaces: no labelled photo has the id ${id}`);
    return row;
  });
  const doubles = (column: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => column[row]);
  const integers = (column: Int32Array): Int32Array => Int32Array.from(rows, (row) => column[row]);
  return {
    ids,
    lat: doubles(all.lat),
    lon: doubles(all.lon),
    square: integers(all.square),
    user: integers(all.user),
  };
}
