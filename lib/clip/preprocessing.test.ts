import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readPreprocessing } from "./clip-files";
import { CLIP_PREPROCESSING, IMAGENET_PREPROCESSING, SIGLIP_PREPROCESSING } from "./preprocessing";

const folder = mkdtempSync(join(tmpdir(), "preprocessing-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "preprocessor_config.json");

const read = (settings: unknown, defaults = CLIP_PREPROCESSING) => {
  writeFileSync(file, typeof settings === "string" ? settings : JSON.stringify(settings));
  return readPreprocessing(file, defaults);
};

test("what a file leaves out is as in CLIP", async () => {
  expect(await read({})).toEqual(CLIP_PREPROCESSING);
  expect(await read({ image_mean: null, crop_size: null })).toEqual(CLIP_PREPROCESSING);
  expect(await read({}, IMAGENET_PREPROCESSING)).toEqual(IMAGENET_PREPROCESSING);
  expect(await read({ size: 336 })).toEqual({ ...CLIP_PREPROCESSING, size: 336, resize: 336 });
  expect(await read({}, SIGLIP_PREPROCESSING)).toEqual(SIGLIP_PREPROCESSING);
  expect(await read({ image_std: [1, 1, 1] })).toEqual({ ...CLIP_PREPROCESSING, std: [1, 1, 1] });
});

test("a side may be written in four ways", async () => {
  for (const settings of [
    { crop_size: 32 },
    { crop_size: { height: 32, width: 32 } },
    { size: { shortest_edge: 32 } },
    { size: { shortest_edge: 32 }, crop_size: { height: 32, width: 32 } },
  ])
    expect(await read(settings)).toMatchObject({ size: 32, resize: 32, filter: "bicubic" });
});

test("photos may be resized to more than the crop, stretched, or bilinearly", async () => {
  const dinov2 = { size: { shortest_edge: 256 }, crop_size: { height: 224, width: 224 } };
  expect(await read(dinov2)).toMatchObject({ size: 224, resize: 256, filter: "bicubic" });
  const siglip = { size: { height: 256, width: 256 }, resample: 2, do_center_crop: false };
  expect(await read(siglip)).toMatchObject({ size: 256, resize: "stretch", filter: "bilinear" });
  const cropped = { size: { shortest_edge: 384 } };
  expect(await read(cropped, SIGLIP_PREPROCESSING)).toMatchObject({ size: 384, resize: 384 });
});

test.each([
  [{ crop_size: { height: 32, width: 24 } }, "crop_size"],
  [{ crop_size: "224" }, "crop_size"],
  [{ size: { shortest_edge: 200 }, crop_size: 224 }, 'size is {"shortest_edge":200}'],
  [{ size: { height: 256, width: 256 }, crop_size: 224 }, "size"],
  [{ size: { height: 256, width: 224 } }, "crop_size"],
  [{ image_mean: [0.5, 0.5] }, "image_mean is [0.5,0.5], and must be three numbers"],
  [{ image_mean: 0.5 }, "image_mean"],
  [{ image_std: [0, 1, 1] }, "image_std"],
  [{ do_center_crop: false }, "do_center_crop is false"],
  [{ do_normalize: false }, "do_normalize"],
  [{ resample: 1 }, "resample is 1, and must be 2 (bilinear) or 3 (bicubic)"],
  [{ rescale_factor: 1 }, "rescale_factor"],
  ["{", "cannot be read as JSON"],
])("%j is refused with the file's name", async (settings, message) => {
  await expect(read(settings)).rejects.toThrow(message);
  await expect(read(settings)).rejects.toThrow(file);
});
