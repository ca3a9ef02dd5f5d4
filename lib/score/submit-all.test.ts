import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { anEpoch } from "../fixtures/epoch";
import { experimentNamed, experiments } from "../train/experiments";
import { saveHead } from "../train/saved-heads";
import { initialWeights } from "../train/heads";
import { seededRandom } from "../random";
import { decide } from "./decide";
import { logitsOfAll, submitAll, withoutPhoto } from "./submit-all";
import { readSubmission } from "./submission";
import { countSets, decodeSets, priorDecoder, type SetDecoder } from "./tag-sets";
import { predictLogits } from "../train/predict";
import { paperSettings } from "../train/settings";
import { asTensors } from "../train/training-data";

const root = mkdtempSync(join(tmpdir(), "submit-all-"));
afterAll(() => rmSync(root, { recursive: true }));
const folders = {
  heads: join(root, "heads"),
  logs: join(root, "logs"),
  submissions: join(root, "submissions"),
};
const names = ["linear-loc", "mlp-loc", "linear-loc-mixup"];
const tagCols = ["tag1", "tag2", "tag3"];
const random = seededRandom(3);
const rows = 50;
const loc = Float32Array.from({ length: 2 * rows }, () => 4 * random.normal());
const ids = Int32Array.from({ length: rows }, (_, row) => 1000 - row);
const features = asTensors({
  img: new Float32Array(rows * 512),
  txt: new Float32Array(rows * 512),
  loc,
});

/** Save a head of three tags with random weights. */
async function saveUntrained(name: string, seed: number): Promise<void> {
  const experiment = experimentNamed(name);
  const weights = initialWeights(experiment, 3, seededRandom(seed));
  const settings = paperSettings(experiment.kind);
  const head = { experiment, settings, weights, log: [anEpoch], best: anEpoch };
  await saveHead(head, folders, { fingerprint: "test" });
}

/** Tags of one row by a linear head, in plain numbers. */
function byHand([w, b]: Float32Array[], row: number): number[] {
  const z = tagCols.map(
    (_, tag) => w[2 * tag] * loc[2 * row] + w[2 * tag + 1] * loc[2 * row + 1] + b[tag],
  );
  const best = z.indexOf(Math.max(...z));
  return z.map((value, tag) => (value > 0 || tag === best ? 1 : 0));
}

test("each head's file holds its own answers, with a tag for every photo", async () => {
  for (const [i, name] of names.entries()) await saveUntrained(name, i);
  const heard: string[] = [];
  const written = await submitAll(names, { ids, features, tagCols }, folders, {
    onHead: (i, name) => heard.push(`${i} ${name}`),
  });
  expect(written).toEqual(names.map((name) => `${folders.submissions}/${name}.csv.zip`));
  expect(heard).toEqual(["1 linear-loc", "2 mlp-loc", "3 linear-loc-mixup"]);
  for (const [i, name] of [
    [0, names[0]],
    [2, names[2]],
  ] as const) {
    const { entry, tagCols: columns, ids: found, labels } = await readSubmission(written[i]);
    expect([entry, columns, found]).toEqual([`${name}.csv`, tagCols, ids]);
    const weights = initialWeights(experimentNamed(name), 3, seededRandom(i)).map(
      ({ data }) => data,
    );
    expect(Array.from(labels)).toEqual(Array.from(ids, (_, row) => byHand(weights, row)).flat());
  }
});

test("with a decoder of sets, files hold its sets, each head's own", async () => {
  const sets = countSets(Uint8Array.of(1, 0, 1, 0, 1, 0), 3);
  const others = countSets(Uint8Array.of(1, 1, 1), 3);
  const decoderOf = (name: string): SetDecoder =>
    priorDecoder(name === "mlp-loc" ? others : sets, 1);
  const test = { ids, features, tagCols };
  const written = await submitAll(["linear-loc", "mlp-loc"], test, folders, { decoderOf });
  const [one, two] = await Promise.all(written.map(readSubmission));
  const weights = initialWeights(experimentNamed("linear-loc"), 3, seededRandom(0));
  const z = predictLogits(experimentNamed("linear-loc"), weights, features);
  expect(one.labels).toEqual(decodeSets(z, priorDecoder(sets, 1)));
  expect(two.labels).toEqual(new Uint8Array(3 * rows).fill(1));
});

test("an untrained head, a head of other tags and an interrupt stop it, by name", async () => {
  await expect(submitAll(["linear-img"], { ids, features, tagCols }, folders)).rejects.toThrow(
    "train linear-img first",
  );
  const four = [...tagCols, "tag4"];
  await expect(submitAll(names, { ids, features, tagCols: four }, folders)).rejects.toThrow(
    'linear-loc needs "bias" 4',
  );
  const signal = AbortSignal.abort(new Error("Interrupted"));
  await expect(submitAll(names, { ids, features, tagCols }, folders, { signal })).rejects.toThrow(
    "Interrupted",
  );
});

test("a photo that can't be read is answered for by the head that needs none", async () => {
  const txt = Float32Array.from({ length: rows * 512 }, () => random.normal());
  const img = Float32Array.from({ length: rows * 512 }, () => random.normal());
  const ok = new Uint8Array(rows).fill(1);
  img.fill(0, 7 * 512, 8 * 512);
  ok[7] = 0;
  const photos = asTensors({ img, txt, loc });
  for (const [i, name] of ["mlp-img-txt", "mlp-txt", "mlp-img", "mlp-txt-loc"].entries())
    await saveUntrained(name, 10 + i);
  const logits = (name: string, seen = ok): Promise<Float32Array> =>
    logitsOfAll(name, { features: photos, ok: seen, tags: 3 }, folders);
  for (const [name, other] of [
    ["mlp-img-txt", "mlp-txt"],
    ["mlp-img", "mlp-txt-loc"],
  ]) {
    const expected = await logits(name, new Uint8Array(rows).fill(1));
    const theirs = await logits(other);
    expected.set(theirs.subarray(21, 24), 21);
    expect(await logits(name)).toEqual(expected);
    const [path] = await submitAll([name], { ids, features: photos, ok, tagCols }, folders);
    expect((await readSubmission(path)).labels).toEqual(
      decide(expected, { tags: 3, threshold: 0 }),
    );
  }
  await expect(logits("linear-img-txt")).rejects.toThrow("train linear-img-txt first");
});

test("whoever answers instead sees all but the photo, if such a head is trained, else title and location", () => {
  const instead = (name: string): string | undefined => withoutPhoto(experimentNamed(name))?.name;
  expect(instead("linear-img-txt-loc-mixup")).toBe("linear-txt-loc-mixup");
  expect(instead("mlp-img-loc")).toBe("mlp-loc");
  expect(instead("linear-img")).toBe("linear-txt-loc");
  expect(instead("mlp-txt-loc")).toBeUndefined();
  for (const { name } of experiments)
    if (name.includes("img"))
      expect(experimentNamed(instead(name)!).modalities).not.toContain("img");
});
