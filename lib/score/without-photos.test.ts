/** A small dataset without photos through the whole chain: tables, titles, the 12 heads that see no photo, submissions. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeTitle } from "../../data/draw-sample/titles";
import { countPhotos } from "../data/photos";
import { startClipWorkers, type ClipWorkers } from "../embed/clip-workers";
import { embedSplit, type EmbedSummary } from "../embed/embed";
import { loadFeatures } from "../embed/features";
import { prepareAll } from "../fixtures/prepare-all";
import { modalities } from "../modalities";
import { projectOf, type Split } from "../project";
import { seededRandom } from "../random";
import { experimentNamed, experiments, experimentsOf } from "../train/experiments";
import { settingsFor } from "../train/settings";
import { trainOrLoad, trainOrLoadAll, type KeptHead } from "../train/train-or-load";
import { asTensors, loadTrainingData } from "../train/training-data";
import { evaluateHead } from "./evaluate";
import { loadLogs } from "./scores";
import { validateSubmission } from "./submission";
import { submitAll } from "./submit-all";

const folder = mkdtempSync(join(tmpdir(), "without-photos-"));
afterAll(async () => {
  await workers.close();
  rmSync(folder, { recursive: true });
});
const project = projectOf(relative("data", folder), "mini-clip");
const { dataset, encoder } = project;

const TAGS = ["Canals", "Railways", "Moorland"];
const LABELLED = 300;
const TEST = 40;
const random = seededRandom(3);

/** Kaggle's tables, with titles that speak of the tags. Ids of labelled images are 10000, 10001, … */
function writeInputs(): void {
  const write = (name: string, lines: string[]): void =>
    writeFileSync(join(folder, name), [...lines, ""].join("\n"));
  const tagOf = Array.from({ length: LABELLED + TEST }, () => random.below(TAGS.length));
  const id = (row: number): number => 10_000 + row;
  write("train.csv", [
    "gridimage_id,tag1,tag2,tag3",
    ...tagOf
      .slice(0, LABELLED)
      .map((tag, row) => [id(row), ...TAGS.map((_, i) => Number(i === tag))].join()),
  ]);
  write("test.csv", [
    "gridimage_id",
    ...tagOf.slice(LABELLED).map((_, i) => String(id(LABELLED + i))),
  ]);
  write("tags-top.csv", [
    "tag_id,prefix,tag,col,grouping,description",
    ...TAGS.map((tag, i) => `${i + 1},top,${tag},tag${i + 1},A,B`),
  ]);
  write("metadata.csv", [
    "gridimage_id,user_id,title,grid_reference",
    ...tagOf.map((tag, row) => `${id(row)},1,"${writeTitle([TAGS[tag]], random)}",SU${1000 + row}`),
  ]);
}

/** Started once and kept: loading the encoder takes longer than embedding. */
let workers: ClipWorkers;
const embed = (split: Split): Promise<EmbedSummary> =>
  embedSplit({ dataset, encoder, split, rowsPerShard: 100 }, async () => ({
    ...workers,
    close: async () => undefined,
  }));
const settingsOf = ({ kind }: { kind: "linear" | "mlp" }) => ({
  ...settingsFor(kind, { isSample: true }),
  maxEpochs: 3,
});
let heads: KeptHead[];
/** What there is without photos, and how many heads see nothing else: the paper's 12. */
const unseen = modalities.filter((modality) => modality !== "img");
const count = experiments.filter((one) => !one.modalities.includes("img")).length;

beforeAll(async () => {
  writeInputs();
  await prepareAll(project);
  workers = await startClipWorkers(encoder, { workers: 1 });
  for (const split of ["train", "test"] as const) await embed(split);
  const data = await loadTrainingData(project);
  heads = await trainOrLoadAll(experimentsOf(data.features), data, settingsOf, project);
});

test("all rows train or validate, and the 12 heads that see no photo learn from titles", async () => {
  const data = await loadTrainingData(project);
  expect(Object.keys(data.features)).toEqual(unseen);
  expect([data.trainRows.length, data.validationRows.length]).toEqual([240, 60]);
  expect(heads.map(({ experiment }) => experiment.name)).toHaveLength(count);
  expect((await loadLogs(project)).length).toBe(count);
  const { predicted } = await evaluateHead("linear-txt", data, project);
  expect(predicted.length).toBe(60 * TAGS.length);
  const match = heads.find(({ experiment }) => experiment.name === "linear-txt")!.best
    .valExactMatch;
  expect(match).toBeGreaterThan(0.5); // a third by chance
});

test("a head that needs photos says that there are none", async () => {
  const data = await loadTrainingData(project);
  const experiment = experimentNamed("linear-img-txt");
  const expected = `These data have no features "img", but ${unseen.join(", ")}: the dataset has no photos`;
  await expect(trainOrLoad(experiment, data, settingsOf(experiment), project)).rejects.toThrow(
    expected,
  );
  await expect(trainOrLoadAll([experiment], data, settingsOf, project)).rejects.toThrow(expected);
});

test("valid submissions for every test id", async () => {
  const { ids, ok, features } = await loadFeatures({ dataset, encoder, split: "test" });
  const tagCols = ["tag1", "tag2", "tag3"];
  const names = experimentsOf(features).map(({ name }) => name);
  const written = await submitAll(
    names,
    { ids, features: asTensors(features), ok, tagCols },
    project,
  );
  expect(written.length).toBe(count);
  for (const path of written)
    expect((await validateSubmission(path, { testIds: ids, tagCols })).rows).toBe(TEST);
});

test("photos arrive for some rows: nothing is lost, and heads stay what they were", async () => {
  const before = await loadTrainingData(project);
  const titles = readFileSync(join(project.embeddings("train"), "text_emb/text_emb_0000.npy"));
  mkdirSync(join(folder, "train_images/00001"), { recursive: true });
  for (let row = 0; row < 3; row++)
    writeFileSync(join(folder, `train_images/00001/${10_000 + row}.jpg`), "no picture");

  const { split } = await prepareAll(project);
  expect(split.trainWithImage + split.validationWithImage).toBe(3);
  expect(await countPhotos(project)).toEqual({ rows: LABELLED, photos: 3, enough: false });
  const train = await embed("train");
  expect(train).toMatchObject({ subject: "photos", reused: 2 });
  expect(train.failures.slice(0, 3).map(({ status }) => status)).not.toContain("ok");
  expect(readFileSync(join(project.embeddings("train"), "text_emb/text_emb_0000.npy"))).toEqual(
    titles,
  );

  const after = await loadTrainingData(project);
  expect(Object.keys(after.features)).toEqual(unseen);
  expect(after.validationRows).toEqual(before.validationRows);
  const again = await trainOrLoadAll(experimentsOf(after.features), after, settingsOf, project);
  expect(again.map(({ reused }) => reused)).toEqual(Array(count).fill(true));
});
