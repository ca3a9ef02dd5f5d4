import { describe, expect, it } from "vitest";
import { coastline, isOnLand, landAt } from "./coast";

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
  it.each(SEA)("%s is at sea", (_, lon, lat) => expect(isOnLand(lon, lat)).toBe(false));

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
