import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toyProject } from "../fixtures/toy-project";
import { seededRandom } from "../random";
import { experimentNamed } from "../train/experiments";
import { settingsFor } from "../train/settings";
import { trainOrLoadAll } from "../train/train-or-load";
import { bestEpoch } from "../train/training-log";
import { ourResults } from "./claims-results";
import { loadLogs } from "./scores";

const folder = mkdtempSync(join(tmpdir(), "claims-results-"));
let toy: Awaited<ReturnType<typeof toyProject>>;
beforeAll(async () => {
  toy = await toyProject(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));
const options = (): Parameters<typeof ourResults>[3] => ({
  random: seededRandom(42),
  resamples: 10,
});

test("heads of another number of tags than the paper's are counted and scored; other experiments are no claim's", async () => {
  const { project, data } = toy;
  const some = ["linear-img", "mlp-img", "linear-img-txt-loc-mixup"].map(experimentNamed);
  await trainOrLoadAll(
    some,
    data,
    ({ kind }) => ({ ...settingsFor(kind, { isSample: true }), maxEpochs: 1 }),
    project,
  );
  const scores = (await loadLogs(project)).map(bestEpoch);
  const ours = await ourResults(
    [...scores, { ...scores[0], experiment: "linear-img-weather", valExactMatch: 1 }],
    data,
    project,
    options(),
  );
  const inputs = data.features.img.shape[1];
  expect([...ours.parameters]).toEqual([
    ["linear-img", (inputs + 1) * 5],
    ["mlp-img", (inputs + 1) * 256 + 257 * 5],
  ]);
  const names = some.map(({ name }) => name).sort();
  expect([...ours.scores.keys()].sort()).toEqual(names);
  expect([...ours.resampled!.keys()].sort()).toEqual(names);
  expect(ours.f1.size).toBe(5);
  expect(ours.rows).toEqual({ train: 200, validation: 100 });
});

test("a head that the paper's numbers are about, but has not been trained, is asked for", async () => {
  const { project, data } = toy;
  const empty = { ...project, heads: join(folder, "none") };
  await expect(ourResults([], data, empty, options())).rejects.toThrow("train linear-img first");
});
