import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { experimentNamed } from "./experiments";
import { initialWeights } from "./heads";
import { readSafetensors } from "../files/safetensors";
import { seededRandom } from "../random";
import { loadHead, saveHead, type LoggedHead } from "./saved-heads";
import { anEpoch } from "../fixtures/epoch";
import { paperSettings } from "./settings";
import { loadLog } from "./training-log";

let folder = "";
let folders = { heads: "", logs: "" };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heads-"));
  folders = { heads: join(folder, "heads"), logs: join(folder, "logs") };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A weight's numbers, bit by bit. */
const bytes = ({ data }: { data: Float32Array }): Buffer => Buffer.from(data.slice().buffer);

function someHead(name: string): LoggedHead {
  const experiment = experimentNamed(name);
  return {
    experiment,
    settings: paperSettings(experiment.kind),
    weights: initialWeights(experiment, 49, seededRandom(1)),
    log: [anEpoch, { ...anEpoch, epoch: 1, trainLoss: 1 / 3, seconds: 1 }],
    best: anEpoch,
  };
}

test.each(["linear-img", "mlp-img-txt-loc-mixup"])(
  "a head and its log come back as they were saved (%s)",
  async (name) => {
    const head = someHead(name);
    await saveHead(head, folders, { fingerprint: "abc" });
    const loaded = await loadHead(name, folders);
    expect(loaded.experiment).toBe(head.experiment);
    expect(loaded.weights.map((weight) => weight.shape)).toEqual(
      head.weights.map((weight) => weight.shape),
    );
    loaded.weights.forEach((weight, i) =>
      expect(bytes(weight).equals(bytes(head.weights[i]))).toBe(true),
    );
    expect(loaded.metadata.trained_on).toBe("abc");
    expect(await loadLog(name, folders)).toEqual(head.log);
  },
);

test("a safetensors file begins as the format says", async () => {
  await saveHead(someHead("linear-loc"), folders, { fingerprint: "abc" });
  const bytes = readFileSync(join(folders.heads, "linear-loc.safetensors"));
  const length = Number(bytes.readBigUInt64LE(0));
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
  const path = join(folders.heads, "linear-img.safetensors");
  const bytes = readFileSync(path);
  await expect(loadHead("linear-img", folders, 48)).rejects.toThrow(
    'linear-img.safetensors: linear-img needs "bias" 48, "weight" 48 × 512, but the file has "bias" 49, "weight" 49 × 512',
  );
  const broken = Buffer.from(bytes);
  broken.writeFloatLE(NaN, bytes.length - 4); // the tensors lie at the end, bias or weight last
  writeFileSync(path, broken);
  await expect(loadHead("linear-img", folders)).rejects.toThrow(
    /linear-img\.safetensors: number \d+ of "\w+" is NaN/,
  );
  for (const length of [0, 5, 50, bytes.length - 1]) {
    writeFileSync(path, bytes.subarray(0, length));
    await expect(readSafetensors(path)).rejects.toThrow(
      "linear-img.safetensors is not a safetensors file",
    );
  }
});

test("a head's file says what it is of; under another name it does not load", async () => {
  const head = someHead("linear-img");
  const tagNames = ["Canals", 'Lakes; "ponds"'];
  await saveHead(head, folders, { fingerprint: "abc", encoder: "mini-clip", tagNames });
  const { metadata } = await loadHead("linear-img", folders);
  expect(metadata).toMatchObject({
    experiment: "linear-img",
    encoder: "mini-clip",
    finished: "true",
  });
  expect(JSON.parse(metadata.tags)).toEqual(tagNames);
  expect(JSON.parse(metadata.scores)).toEqual(head.best);
  renameSync(
    join(folders.heads, "linear-img.safetensors"),
    join(folders.heads, "linear-txt.safetensors"),
  );
  await expect(loadHead("linear-txt", folders)).rejects.toThrow(
    "is the head of linear-img, not of linear-txt",
  );
});
