/** Where each labelled photo was taken and by whom, as columns. */
import { columns, literal } from "../files/table";
import { type Project, requireFile } from "../project";
import { toBritishGrid } from "./location";

/** The rows of train.parquet, in its order. */
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

/** Throws if notebook 01 has not been run, or was run before contributors were kept. */
export async function loadPlaces(project: Project): Promise<Places> {
  const table = literal(requireFile(project.train, "01-preprocess"));
  const { has } = await columns<{ has: Uint8Array }>(
    `SELECT count(*) > 0 AS has FROM (DESCRIBE FROM ${table}) WHERE column_name = 'user_id'`,
  );
  if (!has[0])
    throw new Error(`${project.train} has no contributors: run notebook 01-preprocess again`);
  type Read = Pick<Places, "ids" | "lat" | "lon" | "square" | "user">;
  const read = await columns<Read>(`SELECT gridimage_id::INTEGER AS ids,
    coalesce(lat, 'NaN'::DOUBLE) AS lat, coalesce(lon, 'NaN'::DOUBLE) AS lon,
    CASE WHEN lat IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY grid_reference) END::INTEGER AS square,
    coalesce(user_id, -1)::INTEGER AS user FROM (SELECT *, row_number() OVER () AS row FROM ${table}) ORDER BY row`);
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
