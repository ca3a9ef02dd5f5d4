/** Squares for the sample: 1 km wide, on land, more of them in the south, with empty patches between. */
import { landAt } from "../../lib/data/coast";
import { toLatLon } from "../../lib/data/location";
import type { GridPoint } from "../../lib/data/location";
import type { Random } from "../../lib/random";

/** The grids' alphabet: rows of five from the north-west, without I. */
const ALPHABET = "ABCDEFGHJKLMNOPQRSTUVWXYZ";
const IRISH_SHARE = 0.025;

const letter = (column: number, row: number): string => ALPHABET[(4 - row) * 5 + column];

/** The 1 km square that holds a point: "TQ0775" in Great Britain's grid, "J3373" in the Irish one. */
export function gridReference({ grid, easting, northing }: GridPoint): string {
  const hundred = (metres: number): number => Math.floor((metres % 500_000) / 100_000);
  const digits = (metres: number): string =>
    String(Math.floor((metres % 100_000) / 1000)).padStart(2, "0");
  const square = letter(hundred(easting), hundred(northing));
  // The 500 km squares run by the same pattern; the false origin is the corner of S: column 2, row 1 from the south.
  const big =
    grid === "gb"
      ? letter(Math.floor(easting / 500_000) + 2, Math.floor(northing / 500_000) + 1)
      : "";
  return big + square + digits(easting) + digits(northing);
}

/** How eagerly squares about a point of Great Britain are photographed, 0..1: less in the north, patchy everywhere. */
function eagerness(easting: number, northing: number): number {
  const south = 1 - 0.7 * Math.min(1, northing / 1_000_000);
  // A few sine waves of about 60 to 150 km make patches that have no meaning.
  const patches =
    Math.sin(easting / 21_000 + 1) +
    Math.sin(northing / 17_000 + easting / 40_000) +
    Math.sin((easting - northing) / 27_000);
  return patches < -1.6 ? 0 : south * (0.45 + 0.18 * patches);
}

/** Whether a point is on land, and on Ireland only if it is in the Irish grid. */
export function isOnItsLand(point: GridPoint): boolean {
  const { lat, lon } = toLatLon(point);
  const land = landAt(lon, lat);
  return land !== undefined && (land.name === "ie") === (point.grid === "ie");
}

/** The middle of a random square on land: one in forty in Ireland, the others in Great Britain. */
export function drawSquare(random: Random): GridPoint {
  const grid = random.uniform() < IRISH_SHARE ? "ie" : "gb";
  const side = 1000;
  for (;;) {
    const easting = (random.below(grid === "gb" ? 660 : 360) + 0.5) * side;
    const northing = (random.below(grid === "gb" ? 1220 : 460) + 0.5) * side;
    if (grid === "gb" && random.uniform() > eagerness(easting, northing)) continue;
    if (isOnItsLand({ grid, easting, northing })) return { grid, easting, northing };
  }
}
