/** A place in words, for a text encoder: the part of the country, and how far it is to the sea. */
import { coastline, landAt, type Ring } from "./coast";
import { BOUNDS } from "./location";

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
