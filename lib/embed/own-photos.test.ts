import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeEach, expect, test } from "vitest";
import { loadClip } from "../clip/clip";
import { clipPixels } from "../clip/image";
import { embedOwnPhotos } from "./own-photos";

const root = mkdtempSync(join(tmpdir(), "embed-own-"));
afterAll(() => rmSync(root, { recursive: true }));
const clip = await loadClip("mini-clip");
afterAll(() => clip.dispose());

let folder: string;
let embedded: number;
/** The encoder, and how many photos it was given. */
const counting = {
  ...clip,
  embedImages: (pixels: Float32Array) => {
    embedded++;
    return clip.embedImages(pixels);
  },
};
const embed = (paths: string[], signal?: AbortSignal) =>
  embedOwnPhotos(paths, { encoder: "mini-clip", clip: counting, folder, signal });

beforeEach(() => {
  folder = mkdtempSync(join(root, "kept-"));
  embedded = 0;
});

test("photos are turned upright before they are embedded", async () => {
  const turned = "lib/fixtures/exif-rotated.jpg";
  const [{ embedding }] = await embed([turned]);
  const upright = await clipPixels(turned, clip.preprocessing, { upright: true });
  expect(embedding).toEqual(await clip.embedImages(upright));
  const stored = await clip.embedImages(await clipPixels(turned, clip.preprocessing));
  expect(embedding).not.toEqual(stored);
});

test("what can't be read has a reason, for HEIC with what to do; the rest goes on", async () => {
  const heic = join(root, "boat.HEIC");
  const picture = { create: { width: 40, height: 30, channels: 3 as const, background: "#8a8" } };
  await sharp(picture).heif({ compression: "av1" }).toFile(heic);
  const broken = join(root, "broken.jpg");
  writeFileSync(broken, readFileSync("lib/fixtures/landscape.jpg").subarray(0, 2000));
  const found = await embed([heic, broken, join(root, "gone.jpg"), "lib/fixtures/landscape.jpg"]);
  expect(found.map(({ embedding }) => embedding?.length ?? null)).toEqual([null, null, null, 512]);
  expect(found[0].problem).toMatch(/HEIC .* save it as JPEG/);
  expect(found[1].problem).toMatch(/^truncated or corrupt/);
  expect(found[2].problem).toBe("missing");
  expect(found[3].problem).toBe("");
});

test("a second run embeds nothing again, but a file that has changed", async () => {
  const photo = join(root, "photo.jpg");
  copyFileSync("lib/fixtures/landscape.jpg", photo);
  const [first] = await embed([photo]);
  const [second] = await embed([photo]);
  expect([second, embedded]).toEqual([first, 1]);
  copyFileSync("lib/fixtures/portrait-grey.jpg", photo);
  utimesSync(photo, 1, 1);
  const [third] = await embed([photo]);
  expect(embedded).toBe(2);
  expect(third.embedding).not.toEqual(first.embedding);
});

test("interrupted after a few of many, the next run does the rest only", async () => {
  const photos = Array.from({ length: 40 }, (_, i) => {
    const photo = join(root, `many-${i}.jpg`);
    copyFileSync("lib/fixtures/landscape.jpg", photo);
    return photo;
  });
  const controller = new AbortController();
  const stopAt = embedOwnPhotos(photos, {
    encoder: "mini-clip",
    clip: counting,
    folder,
    signal: controller.signal,
    onProgress: (done, total) => {
      expect(total).toBe(40);
      if (done === 7) controller.abort(new Error("Interrupted"));
    },
  });
  await expect(stopAt).rejects.toThrow("Interrupted");
  expect([embedded, readdirSync(folder).length]).toEqual([7, 7]);
  const seen: number[] = [];
  const all = await embedOwnPhotos(photos, {
    encoder: "mini-clip",
    clip: counting,
    folder,
    onProgress: (done) => seen.push(done),
  });
  expect(all.every(({ embedding }) => embedding?.length === 512)).toBe(true);
  expect([embedded, seen.length, readdirSync(folder).length]).toEqual([40, 40, 40]);
});
