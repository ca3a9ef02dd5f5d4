/** From grid references to latitude and longitude, and to the two location features of the paper. */
import proj4 from "proj4";

export type Grid = "gb" | "ie";

/** A point in a national grid: metres east and north of the grid's false origin. */
export interface GridPoint {
  grid: Grid;
  easting: number;
  northing: number;
}

export interface LatLon {
  /** Degrees north, WGS84. */
  lat: number;
  /** Degrees east, WGS84. */
  lon: number;
}

/** "parse" places Irish references too; "zero" is the paper's way: its table of squares held Great Britain only. */
export type IrishRule = "parse" | "zero";

/** The paper's bounds of the location features, in degrees. */
export const BOUNDS = { lat: [49.9, 61.9], lon: [-8.6, 2.1] } as const;

/** The British Isles' box in degrees. */
const ISLES = { lat: [49.5, 61.5], lon: [-11, 2.5] } as const;

/** Whether a place is in the isles' box: on one of them, or on the sea around them. */
export function isNearIsles(lat: number, lon: number): boolean {
  const within = (value: number, [low, high]: readonly [number, number]): boolean =>
    value > low && value < high;
  return within(lat, ISLES.lat) && within(lon, ISLES.lon);
}

/**
 * The two grids as proj4 definitions: EPSG:27700 (British National Grid, OSGB36) and EPSG:29902 (Irish Grid, TM65),
 * each with the seven-parameter shift to WGS84 that the EPSG registry gives (1314 and 1954): within about 5 m of the
 * surveyors' own grids, and the squares are 1 km wide.
 */
const DEFINITIONS: Record<Grid, string> = {
  gb:
    "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy " +
    "+towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489 +units=m +no_defs",
  ie:
    "+proj=tmerc +lat_0=53.5 +lon_0=-8 +k=1.000035 +x_0=200000 +y_0=250000 +ellps=mod_airy " +
    "+towgs84=482.5,-130.6,564.6,-1.042,-0.214,-0.631,8.15 +units=m +no_defs",
};

const converters = new Map<Grid, proj4.Converter>();

/** Position of a letter in the grids' alphabet, which has no I: A = 0 … H = 7, J = 8 … Z = 24. */
function letterIndex(letter: string): number {
  const code = letter.charCodeAt(0) - 65;
  return code > 8 ? code - 1 : code;
}

/** South-west corner of a lettered 100 km square in metres. Letters run in rows of five from the north-west. */
function squareOrigin(letters: string, reference: string): GridPoint {
  const index = letterIndex(letters[letters.length - 1]);
  const easting = (index % 5) * 100_000;
  const northing = (4 - Math.floor(index / 5)) * 100_000;
  if (letters.length === 1) return { grid: "ie", easting, northing };
  const first = letterIndex(letters[0]);
  // The first letter names a 500 km square of the same pattern; the false origin is the corner of square S.
  const east = ((first % 5) - 2) * 500_000;
  const north = (3 - Math.floor(first / 5)) * 500_000;
  if (!"HJNOST".includes(letters[0])) {
    throw new Error(
      `Grid reference "${reference}": there is no square ${letters} in Great Britain's grid`,
    );
  }
  return { grid: "gb", easting: east + easting, northing: north + northing };
}

/**
 * The centre of the square that a grid reference names: "TQ0775" (a 1 km square of Great Britain) or "J3574" (of
 * Ireland), also with 0 to 10 digits in all. Spaces and lower case are tolerated. Throws an error that says what is
 * wrong.
 */
export function parseGridReference(reference: string): GridPoint {
  const compact = reference.replace(/\s+/g, "").toUpperCase();
  const match = /^([A-HJ-Z]{1,2})(\d*)$/.exec(compact);
  if (!match) {
    throw new Error(
      `Grid reference "${reference}": expected one letter (Ireland) or two (Great Britain), without I, ` +
        "then digits, such as TQ0775",
    );
  }
  const [, letters, digits] = match;
  const half = digits.length / 2;
  if (digits.length % 2 !== 0 || digits.length > 10) {
    throw new Error(
      `Grid reference "${reference}": expected an even number of digits, at most 10, ` +
        `not ${digits.length}`,
    );
  }
  const corner = squareOrigin(letters, reference);
  const side = 100_000 / 10 ** half;
  return {
    grid: corner.grid,
    easting: corner.easting + Number(digits.slice(0, half)) * side + side / 2,
    northing: corner.northing + Number(digits.slice(half)) * side + side / 2,
  };
}

function converterOf(grid: Grid): proj4.Converter {
  let converter = converters.get(grid);
  if (!converter) converters.set(grid, (converter = proj4(DEFINITIONS[grid], "WGS84")));
  return converter;
}

/** Latitude and longitude of a point in a national grid. */
export function toLatLon({ grid, easting, northing }: GridPoint): LatLon {
  const [lon, lat] = converterOf(grid).forward([easting, northing]);
  return { lat, lon };
}

/**
 * Metres east and north in Great Britain's grid, for Ireland too: one flat map of all islands, on which distances are right
 * to some parts in a thousand (most in the far west).
 */
export function toBritishGrid({ lat, lon }: LatLon): GridPoint {
  const [easting, northing] = converterOf("gb").inverse([lon, lat]);
  return { grid: "gb", easting, northing };
}

/** Where a point is, or null under the rule that does not know it. */
export function placeUnder(irish: IrishRule, point: GridPoint): LatLon | null {
  return irish === "zero" && point.grid === "ie" ? null : toLatLon(point);
}

/**
 * Where a photo is, or null if that is unknown: the reference is missing or does not parse, or it is Irish and `irish`
 * is "zero".
 */
export function locate(
  reference: string | null,
  { irish = "parse" }: { irish?: IrishRule } = {},
): LatLon | null {
  if (!reference?.trim()) return null;
  let point: GridPoint;
  try {
    point = parseGridReference(reference);
  } catch {
    return null; // counted by the caller, which knows the row
  }
  return placeUnder(irish, point);
}

/**
 * The paper's location features [lat, lon], each rescaled by BOUNDS so that Great Britain fills 0 to 1 (the west of
 * Ireland lies a little below 0). An unknown place (NaN or null) becomes [0, 0], as in the paper.
 */
export function rescaleLocation(lat: number | null, lon: number | null): [number, number] {
  if (lat === null || lon === null || Number.isNaN(lat) || Number.isNaN(lon)) return [0, 0];
  const scale = (value: number, [low, high]: readonly [number, number]): number =>
    (value - low) / (high - low);
  return [scale(lat, BOUNDS.lat), scale(lon, BOUNDS.lon)];
}
