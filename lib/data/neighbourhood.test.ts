import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { tagsNearby } from "./neighbourhood";

const reference = JSON.parse(readFileSync("lib/fixtures/places.json", "utf8")) as {
  points: [east: number, north: number][];
  labels: number[][];
  tellers: number[];
  radius: number;
  photos: number[];
  withTag: number[][];
  photosElsewhere: number[];
  withTagElsewhere: number[][];
};
const easting = Float64Array.from(reference.points, ([east]) => east);
const northing = Float64Array.from(reference.points, ([, north]) => north);
const labels = Uint8Array.from(reference.labels.flat());
const tellers = Int32Array.from(reference.tellers);
const near = { easting, northing, labels, tellers, radius: reference.radius };

test("counts what SciPy's k-d tree finds", () => {
  const { photos, withTag } = tagsNearby(near);
  expect(Array.from(photos)).toEqual(reference.photos);
  expect(Array.from(withTag)).toEqual(reference.withTag.flat());
});

test("leaves out the own square", () => {
  const squareOf = (row: number): string =>
    reference.points[row].map((m) => Math.floor(m / 1000)).join();
  const { photos, withTag } = tagsNearby({
    ...near,
    leaveOut: (row, other) => squareOf(row) === squareOf(other),
  });
  expect(Array.from(photos)).toEqual(reference.photosElsewhere);
  expect(Array.from(withTag)).toEqual(reference.withTagElsewhere.flat());
});

test("no label but the tellers' matters, and the own one never", () => {
  const other = labels.slice();
  const silent = Array.from(easting.keys()).filter((row) => !reference.tellers.includes(row));
  for (const row of silent) other.fill(1, row * 5, (row + 1) * 5);
  expect(tagsNearby({ ...near, labels: other })).toEqual(tagsNearby(near));
  const [own] = reference.tellers;
  const changed = labels.slice();
  changed.fill(1, own * 5, (own + 1) * 5);
  const of = (which: Uint8Array): Float32Array =>
    tagsNearby({ ...near, labels: which }).withTag.subarray(own * 5, (own + 1) * 5);
  expect(of(changed)).toEqual(of(labels));
});

test("a place that is not known has no neighbours and is nobody's neighbour", () => {
  const lost = { ...near, easting: easting.slice(), northing: northing.slice() };
  lost.easting[3] = lost.northing[3] = NaN;
  const { photos } = tagsNearby({ ...lost, tellers: Int32Array.of(3) });
  expect(Math.max(...photos)).toBe(0);
  expect(tagsNearby(lost).photos[3]).toBe(0);
});

test("lengths that don't fit are refused", () => {
  expect(() => tagsNearby({ ...near, northing: new Float64Array(3) })).toThrow(
    "80 eastings, 3 northings and 400 labels",
  );
  expect(() => tagsNearby({ ...near, radius: 0 })).toThrow("the radius (0 m) is not above 0");
});
