import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { paperExperiments } from "../train/experiments";
import * as paper from "./paper";

/** Scores as the paper prints them: experiment → exact match, macro F1, Kaggle public. */
const PUBLISHED: Record<string, [number, number, number | null]> = {
  "linear-img": [0.2228, 0.4129, 0.26692],
  "linear-img-mixup": [0.2266, 0.4316, 0.26429],
  "mlp-img": [0.2187, 0.3767, 0.27661],
  "linear-txt": [0.2778, 0.5062, 0.30869],
  "linear-txt-mixup": [0.2792, 0.5176, 0.30686],
  "mlp-txt": [0.2869, 0.4951, 0.32696],
  "linear-img-txt": [0.327, 0.585, 0.35334],
  "linear-img-txt-mixup": [0.3274, 0.5949, 0.35082],
  "mlp-img-txt": [0.3243, 0.5404, 0.35873],
  "linear-img-txt-loc": [0.3268, 0.5849, 0.35387],
  "linear-img-txt-loc-mixup": [0.3278, 0.597, 0.35027],
  "mlp-img-txt-loc": [0.3249, 0.5425, 0.36045],
  "linear-loc": [0, 0, null],
  "mlp-loc-mixup": [0, 0, null],
};

describe("results.csv", () => {
  it("has the paper's 28 experiments with the published scores", async () => {
    const results = await paper.results();
    const byName = new Map(results.map((row) => [row.experiment, row]));
    expect([...byName.keys()].sort()).toEqual(paperExperiments.map(({ name }) => name).sort());
    for (const [name, [exactMatch, macroF1, kaggle]] of Object.entries(PUBLISHED)) {
      const row = byName.get(name);
      expect([row?.valExactMatch, row?.valMacroF1, row?.kagglePublic], name).toEqual([
        exactMatch,
        macroF1,
        kaggle,
      ]);
    }
    expect(results.filter(({ kagglePublic }) => kagglePublic !== null)).toHaveLength(24);
    const best = [...results].sort((a, b) => (b.kagglePublic ?? 0) - (a.kagglePublic ?? 0))[0];
    expect(best).toMatchObject({
      experiment: "mlp-img-txt-loc",
      head: "mlp",
      image: true,
      title: true,
      location: true,
      mixup: false,
    });
  });

  it("says which parts an experiment has, as its name does", async () => {
    for (const row of await paper.results()) {
      const { kind, modalities, mixup } = paperExperiments.find(
        ({ name }) => name === row.experiment,
      )!;
      expect([row.head, row.mixup, row.image, row.title, row.location], row.experiment).toEqual([
        kind,
        mixup,
        modalities.includes("img"),
        modalities.includes("txt"),
        modalities.includes("loc"),
      ]);
    }
  });

  it("has the scores that the curves have at the best epoch, which is ten before the last", async () => {
    const curves = await paper.learningCurves();
    for (const row of await paper.results()) {
      const curve = curves.filter(({ experiment }) => experiment === row.experiment);
      expect(curve.map(({ epoch }) => epoch)).toEqual(curve.map((_, i) => i));
      expect(curve).toHaveLength(row.epochs);
      expect(Math.max(...curve.map(({ valExactMatch }) => valExactMatch)), row.experiment).toBe(
        row.valExactMatch,
      );
      if (row.bestEpoch === null) expect(row.experiment).toContain("-loc");
      else {
        expect(row.bestEpoch).toBe(row.epochs - 11);
        expect(curve[row.bestEpoch]).toMatchObject({
          valExactMatch: row.valExactMatch,
          valMacroF1: row.valMacroF1,
        });
      }
    }
  });

  const logs = "../shared/reference/logs";
  it.skipIf(!existsSync(logs))(
    "is what the published logs say (skipped when they are absent)",
    async () => {
      const curves = await paper.learningCurves();
      const results = await paper.results();
      expect(readdirSync(logs)).toHaveLength(28);
      for (const { experiment, valExactMatch, valMacroF1 } of results) {
        const text = readFileSync(`${logs}/${experiment}.txt`, "utf8");
        const curve = curves.filter((point) => point.experiment === experiment);
        const lines = text.matchAll(
          /^Epoch (\d+) \t train_loss (\S+) \t val_acc (\S+) \t macro_f1 (\S+)$/gm,
        );
        expect(
          curve.map((point) => [
            point.epoch,
            point.trainLoss,
            point.valExactMatch,
            point.valMacroF1,
          ]),
        ).toEqual(Array.from(lines, (match) => match.slice(1).map(Number)));
        expect(text).toContain(
          `val_acc ${valExactMatch.toFixed(4)} \t macro_f1 ${valMacroF1.toFixed(4)}`,
        );
      }
    },
  );
});

describe("the data's numbers", () => {
  it("F1 per tag: the paper's best five and worst three, and its macro F1", async () => {
    const f1 = await paper.f1OfTags();
    expect(f1.slice(0, 5).map(({ tag, f1: value }) => [tag.split(",")[0], value])).toEqual([
      ["Canals", 0.894],
      ["Air transport", 0.86],
      ["Railways", 0.855],
      ["Burial ground", 0.839],
      ["Religious sites", 0.833],
    ]);
    expect(f1.slice(-3).map(({ f1: value }) => value)).toEqual([0.255, 0.238, 0.115]);
    expect(f1.reduce((sum, { f1: value }) => sum + value, 0) / 49).toBeCloseTo(0.597, 3);
    const tags = await paper.tags();
    expect(f1.map(({ tag }) => tag).sort()).toEqual(tags.map(({ tag }) => tag).sort());
  });

  it("tags per image: the paper's shares; the competition's counts", async () => {
    const shares = new Map(
      (await paper.tagsPerImage()).map(({ tags, percent }) => [tags, percent]),
    );
    expect([...shares]).toEqual([
      ["1", 42.55],
      ["2", 35.66],
      ["3", 16.13],
      ["4", 4.39],
      ["5", 1.04],
      ["6+", 0.22],
    ]);
    const counts = await paper.competitionTagsPerImage();
    const tags = await paper.tags();
    expect(counts.reduce((sum, { images }) => sum + images, 0)).toBe(609_822);
    expect(counts[0]).toEqual({ tags: 1, images: 264_660 });
    const given = counts.reduce((sum, row) => sum + row.images * row.tags, 0);
    expect(given).toBe(tags.reduce((sum, { images }) => sum + images, 0));
    expect(tags.reduce((sum, { imagesSingleTag }) => sum + imagesSingleTag, 0)).toBe(264_660);
  });

  it("title lengths: ranges without holes from 1 to 128, the notebook's number and mean length", async () => {
    const bins = await paper.titleLengths();
    expect([bins[0].from, bins[29].to]).toEqual([1, 128]);
    bins.slice(1).forEach(({ from }, i) => expect(from).toBe(bins[i].to + 1));
    const titles = bins.reduce((sum, bin) => sum + bin.titles, 0);
    expect(titles).toBe(792_613);
    const mean =
      bins.reduce((sum, bin) => sum + (bin.titles * (bin.from + bin.to)) / 2, 0) / titles;
    expect(Math.abs(mean - 28.206)).toBeLessThan(0.3); // 28.206 characters; a bin's middle stands for its titles here
  });

  it("tag pairs: as many as images with k tags have pairs, k (k - 1) / 2 each", async () => {
    const pairs = await paper.tagPairs();
    const counts = await paper.competitionTagsPerImage();
    const tags = await paper.tags();
    const columns = new Set(tags.map(({ col }) => col));
    expect(
      pairs.every(({ colA, colB }) => columns.has(colA) && columns.has(colB) && colA !== colB),
    ).toBe(true);
    expect(pairs.reduce((sum, { images }) => sum + images, 0)).toBe(
      counts.reduce((sum, row) => sum + (row.images * row.tags * (row.tags - 1)) / 2, 0),
    );
  });

  it("tag pairs under the tags' names: sea and coast are the closest friends of the competition's labels", async () => {
    const { tags, pairs } = await paper.competitionPairs();
    const counts = new Map(tags.map(({ tag, images }) => [tag, images]));
    expect(pairs).toContainEqual({ a: "Coastal", b: "Estuary, Marine", images: 12_947 });
    const shared = pairs.map(
      ({ a, b, images }) => images / (counts.get(a)! + counts.get(b)! - images),
    );
    expect(shared.every((share) => share >= 0 && share < 1)).toBe(true);
    expect(pairs[shared.indexOf(Math.max(...shared))].b).toBe("Estuary, Marine");
  });
});
