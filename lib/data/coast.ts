/**
 * The British Isles' outline (Natural Earth 1:50 million, public domain, from the npm package world-atlas), how far a
 * place is from the sea, and a place in words for a text encoder. Degrees are WGS84.
 */
import { readFileSync } from "node:fs";
import { merge } from "topojson-client";
import type { GeometryCollection, MultiPolygon, Polygon, Topology } from "topojson-specification";
import { BOUNDS, isNearIsles } from "./location";

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
const LANDS: Readonly<Record<string, string>> = {
  gb: "Great Britain",
  ie: "Ireland",
  im: "the Isle of Man",
};
/** Kilometres of a degree of latitude (and of longitude at the equator). */
const KM = 111.2;
/** Up to how many kilometres from the sea each wording holds. */
const SHORES: readonly [number, string][] = [
  [4, "on the coast"],
  [20, "near the coast"],
  [Infinity, "inland"],
];

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
  const inside = isles.filter(([outline]) => outline.every(([lon, lat]) => isNearIsles(lat, lon)));
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

/** Square of the distance from the origin to the line from a to b. Plain numbers: it is asked millions of times. */
function toSegment(ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : Math.min(1, Math.max(0, -(ax * dx + ay * dy) / square));
  const x = ax + along * dx;
  const y = ay + along * dy;
  return x * x + y * y;
}

/** Kilometres from a point to a ring, on the plane that touches the globe at the point. */
function toRing(ring: Ring, lon: number, lat: number): number {
  const east = KM * Math.cos((lat * Math.PI) / 180);
  let nearest = Infinity;
  for (let i = 1; i < ring.length; i++) {
    const [x0, y0] = ring[i - 1];
    const [x1, y1] = ring[i];
    const square = toSegment(
      (x0 - lon) * east,
      (y0 - lat) * KM,
      (x1 - lon) * east,
      (y1 - lat) * KM,
    );
    if (square < nearest) nearest = square;
  }
  return Math.sqrt(nearest);
}

/**
 * Kilometres to the nearest coast of Britain, Ireland or their islands, from land or sea; lakes don't count. As exact as
 * the outline, a few kilometres. Degrees, WGS84.
 */
export function coastDistance(lat: number, lon: number): number {
  return coastline().reduce(
    (nearest, { rings }) => Math.min(nearest, toRing(rings[0], lon, lat)),
    Infinity,
  );
}

/** "north", "" or "south" (or east, west): the third of the paper's box in which a coordinate lies. */
function third(
  value: number,
  [low, high]: readonly [number, number],
  names: readonly [string, string],
): string {
  const share = (value - low) / (high - low);
  return share < 1 / 3 ? names[0] : share > 2 / 3 ? names[1] : "";
}

/**
 * For example "in the south-east of Great Britain, inland". Degrees, WGS84; an unknown place (NaN or null) is "in an
 * unknown place".
 */
export function describeLocation(lat: number | null, lon: number | null): string {
  if (lat === null || lon === null || Number.isNaN(lat) || Number.isNaN(lon))
    return "in an unknown place";
  const compass = [
    third(lat, BOUNDS.lat, ["south", "north"]),
    third(lon, BOUNDS.lon, ["west", "east"]),
  ];
  const part = compass.filter(Boolean).join("-") || "middle";
  const land = landAt(lon, lat)?.name ?? "";
  const [, shore] = SHORES.find(([km]) => coastDistance(lat, lon) <= km)!;
  return `in the ${part} of ${LANDS[land] ?? "the British Isles"}, ${shore}`;
}
