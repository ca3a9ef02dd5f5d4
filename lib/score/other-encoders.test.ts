/** Encoders of other sizes through the whole chain: SigLIP's kind in 24 numbers, DINOv2's, which reads no titles, in 20. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { embedSplit } from "../embed/embed";
import { loadFeatures } from "../embed/features";
import { prepareAll } from "../fixtures/prepare-all";
import { modalities } from "../modalities";
import { projectOf } from "../project";
import { experimentNamed, experiments, experimentsOf, parameterCount } from "../train/experiments";
import { loadHead } from "../train/saved-heads";
import { settingsFor } from "../train/settings";
import { trainHead } from "../train/train";
import { trainOrLoadAll } from "../train/train-or-load";
import { asTensors, loadTrainingData, sizesOf } from "../train/training-data";
import { evaluateHead } from "./evaluate";
import { scoresByEncoder } from "./scores";
import { submitAll } from "./submit-all";
import { validateSubmission } from "./submission";

const folder = mkdtempSync(join(tmpdir(), "other-encoders-"));
afterAll(() => rmSync(folder, { recursive: true }));
const dataset = relative("data", folder);
const colours = ["#cc3333", "#33aa33", "#3344cc"]; // one a tag
const LABELLED = 60;
const TEST = 9;

/** Kaggle's tables and photos: three tags, each with a colour of its own. */
async function writeInputs(): Promise<void> {
  const ids = Array.from({ length: LABELLED + TEST }, (_, row) => 10_000 + row);
  const tagOf = (id: number): number => id % 3;
  const write = (name: string, lines: readonly (string | number)[]): void =>
    writeFileSync(join(folder, name), [...lines, ""].join("\n"));
  const labels = ids
    .slice(0, LABELLED)
    .map((id) => [id, ...[0, 1, 2].map((t) => +(t === tagOf(id)))]);
  write("train.csv", ["gridimage_id,tag1,tag2,tag3", ...labels.map((row) => row.join())]);
  write("test.csv", ["gridimage_id", ...ids.slice(LABELLED)]);
  write("tags-top.csv", [
    "tag_id,prefix,tag,col,grouping,description",
    ...["Canals", "Railways", "Moorland"].map((tag, i) => `${i + 1},top,${tag},tag${i + 1},A,B`),
  ]);
  write("metadata.csv", [
    "gridimage_id,user_id,title,grid_reference",
    ...ids.map((id) => `${id},1,"Photo ${id}",SU${1000 + (id % 50)}`),
  ]);
  for (const part of ["train_images/00001", "test_images/00001"])
    mkdirSync(join(folder, part), { recursive: true });
  for (const [row, id] of ids.entries()) {
    const create = { width: 48, height: 36, channels: 3, background: colours[tagOf(id)] } as const;
    const part = row < LABELLED ? "train" : "test";
    await sharp({ create })
      .jpeg()
      .toFile(join(folder, `${part}_images/00001/${id}.jpg`));
  }
}

beforeAll(async () => {
  await writeInputs();
  await prepareAll(projectOf(dataset, "mini-clip"));
});

describe.each([
  ["tiny-siglip", 24, true],
  ["tiny-dinov2", 20, false],
])("%s", (name, size, readsTitles) => {
  const seen = modalities.filter((modality) => readsTitles || modality !== "txt");
  const count = experiments.filter((one) => readsTitles || !one.modalities.includes("txt")).length;
  const encoder = `lib/fixtures/${name}`;
  const project = projectOf(dataset, encoder);
  const settingsOf = ({ kind }: { kind: "linear" | "mlp" }) => ({
    ...settingsFor(kind, { isSample: true }),
    batchSize: 16,
    maxEpochs: 2,
  });

  test("embeds, trains, saves, evaluates and submits in its own size", async () => {
    for (const split of ["train", "test"] as const)
      await embedSplit({ dataset, encoder, split, workers: 1 });
    const data = await loadTrainingData(project);
    expect(Object.keys(data.features)).toEqual(seen);
    expect(sizesOf(data.features)).toMatchObject({
      img: size,
      txt: readsTitles ? size : 512,
      loc: 2,
    });

    const wanted = experimentsOf(data.features);
    const heads = await trainOrLoadAll(wanted, data, settingsOf, project);
    expect(heads.length).toBe(count);
    const again = await trainOrLoadAll(wanted, data, settingsOf, project);
    expect(again.every(({ reused }) => reused)).toBe(true);

    const linear = heads.find(({ experiment }) => experiment.name === "linear-img-loc")!;
    expect(parameterCount(linear.experiment, { tags: 3 })).toBe((size + 2 + 1) * 3);
    const alone = await trainHead(
      experimentNamed("linear-img-loc"),
      data,
      settingsOf(linear.experiment),
    );
    alone.weights[0].data.forEach((weight, i) =>
      expect(linear.weights[0].data[i]).toBeCloseTo(weight, 5),
    );
    const { weights } = await loadHead("linear-img-loc", project, 3);
    expect(weights).toEqual(linear.weights);
    expect((await evaluateHead("mlp-img", data, project)).predicted.length).toBe(
      data.validationRows.length * 3,
    );

    const { ids, ok, features } = await loadFeatures({ dataset, encoder, split: "test" });
    const tagCols = ["tag1", "tag2", "tag3"];
    const tensors = asTensors(features);
    const names = wanted.map((experiment) => experiment.name);
    const written = await submitAll(names, { ids, ok, features: tensors, tagCols }, project);
    expect(written.length).toBe(count);
    const report = await validateSubmission(written[0], { testIds: ids, tagCols });
    expect(report.rows).toBe(TEST);
  });
});

test("the scores of both stand side by side", async () => {
  const rows = await scoresByEncoder(projectOf(dataset), "valExactMatch");
  expect(rows.length).toBe(experiments.length);
  const columns = ["lib--fixtures--tiny-dinov2", "lib--fixtures--tiny-siglip"];
  expect(Object.keys(rows[0])).toEqual(["experiment", ...columns]);
  const titles = rows.find(({ experiment }) => experiment === "linear-txt")!;
  expect(titles[columns[0]]).toBeNull();
  expect(titles[columns[1]]).toBeTypeOf("number");
});

test("an encoder that reads no titles says so, and needs photos", async () => {
  const encoder = "lib/fixtures/tiny-dinov2";
  await expect(
    loadFeatures({ dataset, encoder, split: "train", modalities: ["txt"] }),
  ).rejects.toThrow(/has no embeddings of titles: lib\/fixtures\/tiny-dinov2 sees photos alone/);
  await expect(embedSplit({ dataset, encoder, split: "train", photos: "later" })).rejects.toThrow(
    /sees photos alone, and there are none to embed/,
  );
});
