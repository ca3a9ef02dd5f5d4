import { describe, expect, it, test } from "vitest";
import { coastDistance, coastline, describeLocation, landAt } from "./coast";

const TOWNS: [string, number, number, string][] = [
  ["Birmingham", -1.9, 52.48, "gb"],
  ["Inverness", -4.22, 57.46, "gb"],
  ["Truro", -5.05, 50.26, "gb"],
  ["Athlone", -7.94, 53.42, "ie"],
  ["Omagh", -7.3, 54.6, "ie"],
  ["Dundalk's border", -6.4, 54.1, "ie"],
  ["Snaefell", -4.46, 54.26, "im"],
  ["Skye's Cuillin", -6.2, 57.3, "island"],
  ["Lewis", -6.6, 58.2, "island"],
];
const SEA: [string, number, number][] = [
  ["Dogger Bank", 2, 54.8],
  ["Irish Sea", -5.2, 53.6],
  ["Channel", -1.5, 50.2],
  ["Minch", -5.7, 58.1],
  ["Atlantic", -10.9, 52],
];

describe("coastline", () => {
  it.each(TOWNS)("%s is on the right island", (_, lon, lat, name) =>
    expect(landAt(lon, lat)?.name).toBe(name),
  );
  it.each(SEA)("%s is at sea", (_, lon, lat) => expect(landAt(lon, lat)).toBeUndefined());

  it("has each named island once, closed rings, and no overseas territory", () => {
    const names = coastline().map((land) => land.name);
    for (const name of ["gb", "ie", "im"]) expect(names.filter((n) => n === name)).toHaveLength(1);
    for (const { rings } of coastline()) {
      expect(rings[0][0]).toEqual(rings[0][rings[0].length - 1]);
      for (const [lon, lat] of rings[0])
        expect(lon > -11 && lon < 2.5 && lat > 49.5 && lat < 61.5).toBe(true);
    }
  });

  it("has Great Britain's area to 4 %", () => {
    // Spherical polygon area by the trapezium rule; 209,331 km² is the Ordnance Survey's figure for the main island.
    const [outline] = coastline().find((land) => land.name === "gb")!.rings;
    const rad = Math.PI / 180;
    const R = 6371;
    let area = 0;
    for (let i = 1; i < outline.length; i++) {
      const [x0, y0] = outline[i - 1];
      const [x1, y1] = outline[i];
      area += ((x1 - x0) * rad * (Math.sin(y0 * rad) + Math.sin(y1 * rad))) / 2;
    }
    expect(Math.abs((Math.abs(area) * R * R) / 209_331 - 1)).toBeLessThan(0.04);
  });
});

test.each([
  ["Heathrow", 51.47, -0.45, "in the south-east of Great Britain, inland"],
  ["Redruth", 50.23, -5.23, "in the south-west of Great Britain, near the coast"],
  ["Birmingham", 52.48, -1.9, "in the south of Great Britain, inland"],
  ["Fort William", 56.82, -5.1, "in the west of Great Britain, near the coast"],
  ["Galway", 53.27, -9.05, "in the south-west of Ireland, on the coast"],
  ["Lerwick, Shetland", 60.15, -1.15, "in the north-east of the British Isles, on the coast"],
  ["Douglas", 54.16, -4.5, "in the middle of the Isle of Man, on the coast"],
])("%s", (_, lat, lon, words) => {
  expect(describeLocation(lat, lon)).toBe(words);
});

test("an unknown place is said to be unknown", () => {
  expect(describeLocation(null, null)).toBe("in an unknown place");
  expect(describeLocation(NaN, NaN)).toBe("in an unknown place");
});

// Coton in the Elms is known as the place in Britain farthest from the sea: 113 km from mean low water (Ordnance Survey).
// Tides reach far up the estuaries, which this outline shows only in part.
test("kilometres to the sea", () => {
  expect(coastDistance(52.73, -1.64)).toBeGreaterThan(80);
  expect(coastDistance(52.73, -1.64)).toBeLessThan(120);
  // Dover to Calais is 34 km; half-way it is 17 km to Dover, a little north-west.
  expect(coastDistance(51.04, 1.6)).toBeGreaterThan(12);
  expect(coastDistance(51.04, 1.6)).toBeLessThan(22);
});
