import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rescaleLocation } from "../data/location";
import { seededRandom } from "../random";
import { experiment } from "../train/experiments";
import { initialWeights } from "../train/heads";
import type { Weights } from "../train/weights";
import { saveHead } from "../train/saved-heads";
import { settingsFor } from "../train/settings";
import { tf } from "../tfjs";
import { featuresOf, fittingHead, tagOwnPhotos, type KnownPhoto } from "./own-photos";

const root = mkdtempSync(join(tmpdir(), "tag-own-"));
afterAll(() => rmSync(root, { recursive: true }));
const tagNames = ["Canals", "Railways", "Paths"];
const project = { heads: join(root, "heads"), logs: join(root, "logs"), encoder: "mini-clip" };

const random = seededRandom(4);
const vector = (size = 512): Float32Array =>
  Float32Array.from({ length: size }, () => random.normal());
const place = { lat: 54.5, lon: -2.26 };
const weightsOf = new Map<string, Weights>();

async function writeHead(head: string, encoder: string): Promise<void> {
  const modalities = (["img", "txt", "loc"] as const).filter((each) => head.includes(each));
  const own = experiment("linear", modalities, true);
  const weights = initialWeights(own, tagNames.length, seededRandom(weightsOf.size + 1));
  const best = { epoch: 0, learningRate: 0, trainLoss: 1, valExactMatch: 0, valMacroF1: 0 };
  const settings = settingsFor("linear", { isSample: true });
  const log = [{ ...best, seconds: 0 }];
  weightsOf.set(head, weights);
  await saveHead({ experiment: own, settings, weights, log, best }, project, {
    fingerprint: "none",
    encoder,
  });
}

beforeAll(async () => {
  await tf.ready();
  for (const head of ["linear-img-mixup", "linear-txt-mixup", "linear-img-txt-loc-mixup"])
    await writeHead(head, "mini-clip");
  await writeHead("linear-img-loc-mixup", "another");
});

/** σ(x·Wᵀ + b) as one would write it down. */
function plainProbabilities(head: string, x: Float32Array): number[] {
  const [weight, bias] = weightsOf.get(head)!;
  return Array.from(bias.data, (b, tag) => {
    const row = weight.data.subarray(tag * x.length, (tag + 1) * x.length);
    return 1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * row[i], b)));
  });
}

test.each<[boolean, boolean, boolean, string | null]>([
  [true, false, false, "linear-img-mixup"],
  [false, true, false, "linear-txt-mixup"],
  [true, true, false, "linear-img-txt-mixup"],
  [true, false, true, "linear-img-loc-mixup"],
  [false, true, true, "linear-txt-loc-mixup"],
  [true, true, true, "linear-img-txt-loc-mixup"],
  [false, false, true, null],
  [false, false, false, null],
])("photo %s, title %s, place %s: %s", (img, txt, loc, name) => {
  const one = vector();
  const known = { img: img ? one : null, txt: txt ? one : null, place: loc ? place : null };
  expect(fittingHead(known)?.name ?? null).toBe(name);
});

describe("tagging", () => {
  test("each photo by its own head, as by hand, the likeliest tag first", async () => {
    const photos: KnownPhoto[] = [
      { img: vector(), txt: null, place: null },
      { img: vector(), txt: vector(), place },
      { img: null, txt: vector(), place: null },
      { img: vector(), txt: null, place: null },
    ];
    const answers = await tagOwnPhotos(photos, tagNames, project);
    const heads = ["img", "img-txt-loc", "txt", "img"].map((set) => `linear-${set}-mixup`);
    expect(answers.map(({ head }) => head)).toEqual(heads);
    answers.forEach(({ probabilities, tags, problem }, i) => {
      expect(problem).toBe("");
      const wanted = plainProbabilities(heads[i], featuresOf(photos[i]));
      wanted.forEach((p, tag) => expect(probabilities[tag]).toBeCloseTo(p, 5));
      const order = [...tagNames.keys()].sort((a, b) => wanted[b] - wanted[a]);
      const given = order.filter((tag) => wanted[tag] > 0.5);
      expect(tags).toEqual((given.length > 0 ? given : order.slice(0, 1)).map((t) => tagNames[t]));
    });
    expect([...featuresOf(photos[1])].slice(-2)).toEqual(
      Array.from(Float32Array.from(rescaleLocation(place.lat, place.lon))),
    );
  });

  test("what no head can read has a reason, and the rest is tagged", async () => {
    const photos: KnownPhoto[] = [
      { img: null, txt: null, place },
      { img: vector(), txt: vector(), place: null }, // its head was not trained
      { img: vector(), txt: null, place }, // its head is another encoder's
      { img: vector(24), txt: null, place: null }, // an encoder of another size
      { img: null, txt: vector(), place: null },
    ];
    const answers = await tagOwnPhotos(photos, tagNames, project);
    expect(answers.map(({ tags }) => tags.length > 0)).toEqual([false, false, false, false, true]);
    expect(answers[0].problem).toMatch(/nothing is known of it/);
    expect(answers[1].problem).toMatch(/linear-img-txt-mixup.*missing.*train/);
    expect(answers[2].problem).toMatch(/embeddings of another, not of mini-clip: train it again/);
    expect(answers[3].problem).toMatch(/takes 512 numbers, but mini-clip makes 24/);
  });
});
