import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { withDatabase } from "../files/table";
import { projectOf } from "../project";
import { loadPlaces } from "./places";

const folder = mkdtempSync(join(tmpdir(), "places-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("places and contributors in the order of the table, what is not known as such", async () => {
  const project = { ...projectOf("mini-geograph"), train: join(folder, "train.parquet") };
  await withDatabase((db) =>
    db.copyToParquet(
      `SELECT * FROM (VALUES (9, 'TQ0775', 51.4683, -0.4538, 7), (4, 'J3373', 54.5921, -5.9354, NULL),
       (5, NULL, NULL, NULL, 7), (2, 'TQ0775', 51.4683, -0.4538, 8)) t (gridimage_id, grid_reference, lat, lon, user_id)`,
      project.train,
    ),
  );
  const { ids, lat, easting, northing, square, user } = await loadPlaces(project);
  expect([Array.from(ids), Array.from(user)]).toEqual([
    [9, 4, 5, 2],
    [7, -1, 7, 8],
  ]);
  expect(square[0]).toBe(square[3]);
  expect(square[1]).not.toBe(square[0]);
  expect(square[2]).toBe(-1);
  expect([lat[2], easting[2], northing[2]]).toEqual([NaN, NaN, NaN]);
  expect(Math.hypot(easting[0] - 507_500, northing[0] - 175_500)).toBeLessThan(10);

  const some = await loadPlaces(project, Int32Array.of(2, 9));
  expect([Array.from(some.ids), Array.from(some.user)]).toEqual([
    [2, 9],
    [8, 7],
  ]);
  expect([...some.easting, ...some.square]).toEqual([easting[3], easting[0], square[3], square[0]]);
  await expect(loadPlaces(project, Int32Array.of(9, 3))).rejects.toThrow("has the id 3");
});

test("a table without contributors, and none at all, say what to run", async () => {
  const old = { ...projectOf("mini-geograph"), train: join(folder, "old.parquet") };
  await withDatabase((db) => db.copyToParquet("SELECT 1 AS gridimage_id", old.train));
  await expect(loadPlaces(old)).rejects.toThrow(
    "old.parquet has no contributors: run notebook 01-preprocess again",
  );
  const none = { ...old, train: join(folder, "none.parquet") };
  await expect(loadPlaces(none)).rejects.toThrow(/is missing.*01-preprocess/);
});
