import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { experimentNamed } from "./experiments";
import { loadHead, loadLog, saveHead, trainOrLoad } from "./head-files";
import { initialWeights } from "./heads";
import { seededRandom } from "./random";
import { readSafetensors } from "./safetensors";
import { tf, type Tensor2D } from "./tfjs";
import { paperSettings, type TrainedHead } from "./train";
import type { TrainingData } from "./training-data";

let folder = "",
  folders = { heads: "", logs: "" };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heads-"));
  folders = { heads: join(folder, "heads"), logs: join(folder, "logs") };
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry = { epoch: 0, learningRate: 0.005, trainLoss: 0.1, valExactMatch: 0.25, valMacroF1: 0.5 };

function someHead(name: string): TrainedHead {
  const experiment = experimentNamed(name);
  return {
    experiment,
    settings: paperSettings(experiment.kind),
    weights: initialWeights(experiment, 49, seededRandom(1)),
    log: [entry, { ...entry, epoch: 1, trainLoss: 1 / 3 }],
    best: entry,
  };
}

test.each(["linear-img", "mlp-img-txt-loc-mixup"])(
  "a head and its log come back as they were saved (%s)",
  async (name) => {
    const head = someHead(name);
    await saveHead(head, folders, { fingerprint: "abc" });
    const loaded = await loadHead(name, folders);
    expect(loaded.experiment).toBe(head.experiment);
    expect(loaded.weights.map((weight) => weight.shape)).toEqual(head.weights.map((weight) => weight.shape));
    loaded.weights.forEach((weight, i) => expect(weight.dataSync()).toEqual(head.weights[i].dataSync()));
    expect(loaded.metadata.trained_on).toBe("abc");
    expect(await loadLog(name, folders)).toEqual(head.log);
  },
);

test("a safetensors file begins as the format says", async () => {
  await saveHead(someHead("linear-loc"), folders, { fingerprint: "abc" });
  const bytes = readFileSync(join(folders.heads, "linear-loc.safetensors")),
    length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, unknown>;
  expect(length % 8).toBe(0);
  expect(header.weight).toEqual({ dtype: "F32", shape: [49, 2], data_offsets: [0, 392] });
  expect(header.bias).toEqual({ dtype: "F32", shape: [49], data_offsets: [392, 588] });
  expect(bytes.length).toBe(8 + length + 588);
});

test("what is missing, cut off or of another size is an error that names the file", async () => {
  await expect(loadHead("linear-img", folders)).rejects.toThrow(
    "linear-img.safetensors is missing: train linear-img first",
  );
  await expect(loadHead("linear", folders)).rejects.toThrow('no experiment "linear"');
  await saveHead(someHead("linear-img"), folders, { fingerprint: "abc" });
  const path = join(folders.heads, "linear-img.safetensors"),
    bytes = readFileSync(path);
  await expect(loadHead("linear-img", folders, 48)).rejects.toThrow(
    'linear-img.safetensors: linear-img needs "bias" 48, "weight" 48 × 512, but the file has "bias" 49, "weight" 49 × 512',
  );
  for (const length of [0, 5, 50, bytes.length - 1]) {
    writeFileSync(path, bytes.subarray(0, length));
    await expect(readSafetensors(path)).rejects.toThrow("linear-img.safetensors is not a safetensors file");
  }
});

test("a head is reused for equal data and settings, and trained again for others", async () => {
  const random = seededRandom(5),
    rows = Int32Array.from({ length: 40 }, (_, row) => row);
  const draw = (n: number, width: number): Tensor2D =>
    tf.tensor2d(
      Float32Array.from({ length: n * width }, () => random.normal()),
      [n, width],
    );
  const data: TrainingData = {
    features: { img: tf.zeros([40, 512]), txt: tf.zeros([40, 512]), loc: draw(40, 2) },
    labels: tf.cast(tf.greater(draw(40, 3), 0), "float32") as Tensor2D,
    trainRows: rows.subarray(0, 30),
    validationRows: rows.subarray(30),
    validationLabels: new Uint8Array(30),
    tags: 3,
    fingerprint: "one",
  };
  const experiment = experimentNamed("linear-loc"),
    settings = { ...paperSettings("linear"), maxEpochs: 2 };
  const first = await trainOrLoad(experiment, data, settings, folders),
    again = await trainOrLoad(experiment, data, settings, folders);
  expect([first.reused, again.reused]).toEqual([false, true]);
  expect(again.log).toEqual(first.log);
  expect(again.best).toEqual(first.best);
  expect(again.weights[0].dataSync()).toEqual(first.weights[0].dataSync());
  expect((await trainOrLoad(experiment, { ...data, fingerprint: "two" }, settings, folders)).reused).toBe(false);
  expect(
    (await trainOrLoad(experiment, { ...data, fingerprint: "two" }, { ...settings, seed: 1 }, folders)).reused,
  ).toBe(false);
});
