/** Where in Britain and Ireland things are: how well a place suits a tag. The regions are kept in regions.json. */
import { readFileSync } from "node:fs";
import { coastDistance, landAt } from "../../lib/data/coast";
import type { LatLon } from "../../lib/data/location";

/** A kind of place. "low" is all that is not "uplands"; "centres" are the inner parts of "cities". */
export type Where =
  | "sea"
  | "islands"
  | "uplands"
  | "low"
  | "flat"
  | "heath"
  | "cities"
  | "centres"
  | "ports"
  | "canals";

/** How a tag is bound to kinds of places. */
export interface TagPlaces {
  /** Any of these suits it. */
  where: Where[];
  /** How strongly it is bound, 0 (not at all) to 1. */
  pull: number;
}

/** A circle. */
interface Region extends LatLon {
  name: string;
  /** Radius. */
  km: number;
}

interface Geography {
  /** Tags that are not named here may be anywhere. */
  tags: Record<string, TagPlaces>;
  uplands: Region[];
  flat: Region[];
  heath: Region[];
  cities: Region[];
  ports: Region[];
  /** Lines through [latitude, longitude]. */
  canals: { name: string; points: [number, number][] }[];
}

const FILE = "data/draw-sample/regions.json";
/** Kilometres outside of a kind of place over which it fades to a third. */
const FADE = {
  sea: 2.5,
  uplands: 5,
  flat: 5,
  heath: 4,
  cities: 5,
  centres: 2,
  ports: 3,
  canals: 2,
};
/** The part of a city's radius that is its centre. */
const CENTRE = 0.3;

let cached: Geography | undefined;

function geography(): Geography {
  return (cached ??= JSON.parse(readFileSync(FILE, "utf8")) as Geography);
}

/** What a tag asks of its place: nothing, if regions.json doesn't name it. */
export function placesOf(tag: string): TagPlaces {
  return geography().tags[tag] ?? { where: [], pull: 0 };
}

/** Kilometres east and north from one place to another, on the plane. */
function offset(from: LatLon, to: LatLon): [number, number] {
  const km = 111.2; // of a degree of latitude
  return [
    (to.lon - from.lon) * km * Math.cos((from.lat * Math.PI) / 180),
    (to.lat - from.lat) * km,
  ];
}

/** Kilometres from one place to another. */
export function distance(from: LatLon, to: LatLon): number {
  return Math.hypot(...offset(from, to));
}

/** Kilometres from a place to the nearest of some circles, 0 inside. */
function toRegions(place: LatLon, regions: readonly Region[], part = 1): number {
  const distances = regions.map((region) => distance(place, region) - region.km * part);
  return Math.max(0, Math.min(...distances));
}

/** Kilometres from a place to the nearest canal. */
function toCanals(place: LatLon): number {
  let nearest = Infinity;
  for (const { points } of geography().canals) {
    const at = points.map(([lat, lon]) => offset(place, { lat, lon }));
    for (let i = 1; i < at.length; i++) {
      const [x, y] = at[i - 1];
      const dx = at[i][0] - x;
      const dy = at[i][1] - y;
      const along = Math.max(0, Math.min(1, -(x * dx + y * dy) / (dx * dx + dy * dy)));
      nearest = Math.min(nearest, Math.hypot(x + along * dx, y + along * dy));
    }
  }
  return nearest;
}

/** How well a place on land suits each kind: 1 inside, falling to 0 outside. */
export function suitability(place: LatLon): Record<Where, number> {
  const { uplands, flat, heath, cities, ports } = geography();
  const fade = (kind: keyof typeof FADE, km: number): number => Math.exp(-km / FADE[kind]);
  const high = fade("uplands", toRegions(place, uplands));
  const land = landAt(place.lon, place.lat)?.name;
  return {
    sea: fade("sea", coastDistance(place.lat, place.lon)),
    islands: land === "island" || land === "im" ? 1 : 0,
    uplands: high,
    low: 1 - high,
    flat: fade("flat", toRegions(place, flat)),
    heath: fade("heath", toRegions(place, heath)),
    cities: fade("cities", toRegions(place, cities)),
    centres: fade("centres", toRegions(place, cities, CENTRE)),
    ports: fade("ports", toRegions(place, ports)),
    canals: fade("canals", toCanals(place)),
  };
}
