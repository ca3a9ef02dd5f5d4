import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { locate, parseGridReference, rescaleLocation, toBritishGrid, toLatLon } from "./location";

interface Point {
  reference: string;
  place: string;
  grid: "gb" | "irish";
  easting: number;
  northing: number;
  lat: number;
  lon: number;
}
const fixture = JSON.parse(readFileSync("lib/fixtures/grid-references.json", "utf8")) as {
  points: Point[];
};

test.each(fixture.points)("$reference ($place) lies where PROJ puts it", (point) => {
  const parsed = parseGridReference(point.reference);
  expect(parsed).toEqual({
    grid: point.grid === "irish" ? "ie" : "gb",
    easting: point.easting,
    northing: point.northing,
  });
  const { lat, lon } = toLatLon(parsed);
  const metres = 111_195; // in a degree of latitude
  const north = (lat - point.lat) * metres;
  const east = (lon - point.lon) * metres * Math.cos((lat * Math.PI) / 180);
  // The same formulas, so centimetres; the fixture's degrees have 7 decimals.
  expect(Math.hypot(north, east)).toBeLessThan(0.1);
});

test.each([
  // Published WGS84 positions: a landmark inside a square of 100 m is within 71 m of its centre, plus the datum's
  // 5 m and the last digit given.
  ["TQ 388 773", 51.4779, -0.0015], // the Airy meridian at Greenwich, which lies 102 m west of WGS84's
  ["NN 166 712", 56.7969, -5.0036], // the summit of Ben Nevis
  ["SH 609 543", 53.0685, -4.0763], // the summit of Snowdon
  ["V 803 844", 51.9992, -9.743], // the summit of Carrauntoohil
])("%s is where maps say it is", (reference, lat, lon) => {
  const found = locate(reference)!;
  const metres = Math.hypot(
    (found.lat - lat) * 111_195,
    (found.lon - lon) * 111_195 * Math.cos((lat * Math.PI) / 180),
  );
  expect(metres).toBeLessThan(90);
});

test("the centre of a square of any precision", () => {
  const centre = (reference: string): number[] => {
    const { easting, northing } = parseGridReference(reference);
    return [easting, northing];
  };
  expect(centre("TQ")).toEqual([550_000, 150_000]);
  expect(centre("TQ07")).toEqual([505_000, 175_000]);
  expect(centre("TQ0775")).toEqual([507_500, 175_500]);
  expect(centre("tq 072 751")).toEqual([507_250, 175_150]);
  expect(centre("TQ 07200 75100")).toEqual([507_200.5, 175_100.5]);
  expect(centre("J3574")).toEqual([335_500, 374_500]);
});

test.each([
  ["", "expected one letter"],
  ["TI1234", "without I"],
  ["TQ077", "even number of digits"],
  ["TQ-077", "such as TQ0775"],
  ["ABC12", "expected one letter"],
  ["TQ010203040506", "at most 10"],
  ["ZZ1234", "no square ZZ"],
  ["WV6548", "no square WV"],
])("%j is refused", (reference, reason) => {
  expect(() => parseGridReference(reference)).toThrow(reason);
});

test("unknown places, and the paper's rule for Ireland", () => {
  expect(locate(null)).toBeNull();
  expect(locate(" ")).toBeNull();
  expect(locate("nonsense")).toBeNull();
  expect(locate("J3574", { irish: "zero" })).toBeNull();
  expect(locate("J3574")!.lat).toBeCloseTo(54.6, 1);
  expect(locate("TQ0775", { irish: "zero" })).toEqual(locate("TQ0775"));
});

test("location features: the bounds become 0 and 1, unknown becomes [0, 0]", () => {
  expect(rescaleLocation(49.9, -8.6)).toEqual([0, 0]);
  expect(rescaleLocation(61.9, 2.1)).toEqual([1, 1]);
  expect(rescaleLocation(55.9, -3.25)).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.5, 12)]);
  expect(rescaleLocation(null, null)).toEqual([0, 0]);
  expect(rescaleLocation(NaN, NaN)).toEqual([0, 0]);
  expect(rescaleLocation(51.9992, -9.743)[1]).toBeLessThan(0);
});

const places = JSON.parse(readFileSync("lib/fixtures/places.json", "utf8")) as {
  grid: { lat: number; lon: number; easting: number; northing: number }[];
};

test.each(places.grid)("$lat, $lon is where PROJ puts it in Britain's grid", (place) => {
  const { grid, easting, northing } = toBritishGrid(place);
  expect(grid).toBe("gb");
  expect(Math.hypot(easting - place.easting, northing - place.northing)).toBeLessThan(0.1);
});
