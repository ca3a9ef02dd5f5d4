import { expect, test } from "vitest";
import { coastDistance, describeLocation } from "./location-words";

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
