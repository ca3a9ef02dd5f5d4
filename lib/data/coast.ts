import { readFileSync } from "node:fs";
import { merge } from "topojson-client";
import type { GeometryCollection, MultiPolygon, Polygon, Topology } from "topojson-specification";

/** The British Isles' outline (Natural Earth 1:50 million, public domain, from the npm package world-atlas). */

/** A ring of [longitude, latitude] in degrees, WGS84; the last point repeats the first. */
export type Ring = [number, number][];

export interface Land {
  /** "gb" Great Britain, "ie" the island of Ireland, "im" the Isle of Man, "island" any other island. */
  name: string;
  /** The outline first, then lakes, if any. */
  rings: Ring[];
}

const ATLAS = "node_modules/world-atlas/countries-50m.json";
/** ISO 3166-1 numbers of the United Kingdom, Ireland and the Isle of Man. */
const COUNTRIES = ["826", "372", "833"];
/** A point on each of the islands that have a name here, [longitude, latitude]. */
const NAMED: readonly [string, number, number][] = [
  ["gb", -1.5, 52.5],
  ["ie", -7.5, 53.3],
  ["im", -4.55, 54.2],
];
/** The isles' box: overseas territories are left out. */
const WEST = -11;
const EAST = 2.5;
const SOUTH = 49.5;
const NORTH = 61.5;

let cached: Land[] | undefined;

/** Each island with its outline; borders between countries are dissolved. Throws if the package is not installed. */
export function coastline(): Land[] {
  return (cached ??= readIsles());
}

function readIsles(): Land[] {
  let text: string;
  try {
    text = readFileSync(ATLAS, "utf8");
  } catch (cause) {
    throw new Error(`coastline: cannot read ${ATLAS}; run npm ci in the repository's root`, {
      cause,
    });
  }
  const atlas = JSON.parse(text) as Topology<{ countries: GeometryCollection }>;
  const ours = atlas.objects.countries.geometries.filter((shape) =>
    COUNTRIES.includes(String(shape.id)),
  );
  const isles = merge(atlas, ours as (Polygon | MultiPolygon)[]).coordinates as Ring[][];
  const inside = isles.filter(([outline]) =>
    outline.every(([lon, lat]) => lon > WEST && lon < EAST && lat > SOUTH && lat < NORTH),
  );
  return inside.map((rings) => {
    const named = NAMED.find(([, lon, lat]) => inRing(rings[0], lon, lat));
    return { name: named ? named[0] : "island", rings };
  });
}

/** Even-odd rule: a ray to the east crosses the ring an odd number of times. */
function inRing(ring: Ring, lon: number, lat: number): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [x0, y0] = ring[i];
    const [x1, y1] = ring[j];
    if (y0 > lat !== y1 > lat && lon < ((x1 - x0) * (lat - y0)) / (y1 - y0) + x0) inside = !inside;
  }
  return inside;
}

/** The island under a point in degrees, or undefined at sea. */
export function landAt(lon: number, lat: number): Land | undefined {
  return coastline().find(
    ({ rings: [outline, ...lakes] }) =>
      inRing(outline, lon, lat) && !lakes.some((lake) => inRing(lake, lon, lat)),
  );
}

/** Whether a point in degrees is on land, within the outline's accuracy of a few kilometres. */
export function isOnLand(lon: number, lat: number): boolean {
  return landAt(lon, lat) !== undefined;
}
