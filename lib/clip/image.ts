/** A photo's file → the vision tower's input, as CLIP's own preprocessing by Pillow makes it. */
import { readFile, stat } from "node:fs/promises";
import sharp from "sharp";
import type { Preprocessing } from "./preprocessing";
import { normalise, resizeAndCrop, type RgbImage } from "./resize";
import { rawYCbCr, yCbCrToRgb } from "./tiff";

/** Names the decoding and preprocessing below; change it whenever their result changes, so embeddings are redone. */
export const PREPROCESSING_VERSION = "pillow-bicubic-1";

/**
 * Why a photo has no embedding: "missing" (no file), "empty" (no bytes), "unreadable" (the system refuses to read it, or
 * it is no ordinary file), "not an image" (none of the formats we let through; the file's name does not count: a PNG
 * named .jpg is fine), "unsupported" (an image whose colours would come out wrong), "truncated or corrupt" (it can't be
 * decoded to its end), "too large" (more than MAX_PIXELS or MAX_BYTES, found before decoding).
 */
export type ImageFailure =
  | "missing"
  | "empty"
  | "unreadable"
  | "not an image"
  | "unsupported"
  | "truncated or corrupt"
  | "too large";

/** A photo that cannot be decoded: `reason` is one of a few words, the message adds the file and the detail. */
export class ImageError extends Error {
  constructor(
    readonly file: string,
    readonly reason: ImageFailure,
    detail = "",
  ) {
    super(`${file}: ${reason}${detail ? ` (${detail})` : ""}`);
    this.name = "ImageError";
  }
}

/** The formats we let through: what Pillow also reads. (Not SVG: drawing one can read other files.) */
const FORMATS = ["jpeg", "png", "webp", "gif", "tiff"];
/** From here on Pillow suspects a decompression bomb (`Image.MAX_IMAGE_PIXELS`): a quarter of a GiB as RGB. */
const MAX_PIXELS = 89_478_485;
/** No photo of MAX_PIXELS needs a larger file, and reading one would fill the memory. */
const MAX_BYTES = 3 * MAX_PIXELS;

const detailOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0];

/** A photo's bytes. Looks before it reads: a pipe would keep it waiting for ever, a huge file fill the memory. */
async function readPhoto(file: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    const found = await stat(file);
    if (!found.isFile())
      throw new ImageError(file, "unreadable", "it is a folder or a device, not a file");
    if (found.size > MAX_BYTES) throw new ImageError(file, "too large", `${found.size} bytes`);
    bytes = await readFile(file);
  } catch (error) {
    if (error instanceof ImageError) throw error;
    const missing = ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
    throw new ImageError(file, missing ? "missing" : "unreadable", missing ? "" : detailOf(error));
  }
  if (bytes.length === 0) throw new ImageError(file, "empty");
  return bytes;
}

/** Pillow's CMYK → RGB, which knows no colour profile: R = (255 - C)(255 - K) / 255, rounded. */
function cmykToRgb(cmyk: Buffer): Buffer {
  const rgb = Buffer.allocUnsafe((cmyk.length / 4) * 3);
  for (let i = 0, j = 0; i < cmyk.length; i += 4, j += 3) {
    const light = 255 - cmyk[i + 3];
    for (let c = 0; c < 3; c++) rgb[j + c] = light - Math.round((cmyk[i + c] * light) / 255);
  }
  return rgb;
}

export interface PhotoOptions {
  /**
   * Turn the photo as its EXIF orientation says (default false). Pillow leaves JPEG, PNG and WebP as they are stored, and
   * so did the paper's pipeline: the dataset's photos stay. A photo of one's own, fresh from a phone, wants to be upright.
   */
  upright?: boolean;
}

/**
 * Decode to 8-bit RGB as Pillow's `Image.open(file).convert("RGB")` does: no EXIF rotation (except in TIFF files, which
 * Pillow does turn), embedded colour profiles ignored, alpha dropped (not blended), grey repeated three times. Two kinds
 * of image come out otherwise: 16-bit grey is brought down to 8 bits (Pillow cuts it off at 255, which is white), and
 * transparent pixels of a GIF are black (Pillow shows the colour that was beneath).
 */
async function decodeRgb(file: string, upright: boolean): Promise<RgbImage> {
  const bytes = await readPhoto(file);
  // "truncated" tolerates what Pillow tolerates (stray bytes) and rejects what it rejects (missing data).
  const photo = sharp(bytes, {
    failOn: "truncated",
    ignoreIcc: true,
    limitInputPixels: MAX_PIXELS,
  });
  const meta = await photo.metadata().catch((error: unknown) => {
    const reason = /pixel limit/.test(detailOf(error)) ? "too large" : "not an image";
    throw new ImageError(file, reason, detailOf(error));
  });
  if (!FORMATS.includes(meta.format))
    throw new ImageError(file, "not an image", `format ${meta.format}`);
  if (meta.width * meta.height > MAX_PIXELS)
    throw new ImageError(file, "too large", `${meta.width} x ${meta.height}`);
  const isTiff = meta.format === "tiff";
  const chroma = isTiff ? rawYCbCr(bytes) : null;
  if (chroma === "subsampled")
    throw new ImageError(
      file,
      "unsupported",
      "a TIFF with subsampled YCbCr; save it as JPEG or PNG",
    );
  const cmyk = meta.space === "cmyk";
  try {
    if (upright || isTiff) photo.autoOrient();
    if (cmyk) photo.pipelineColourspace("cmyk").toColourspace("cmyk");
    else photo.toColourspace("srgb").removeAlpha();
    const { data, info } = await photo.raw().toBuffer({ resolveWithObject: true });
    if (chroma) yCbCrToRgb(data);
    return { data: cmyk ? cmykToRgb(data) : data, width: info.width, height: info.height };
  } catch (error) {
    throw new ImageError(file, "truncated or corrupt", detailOf(error));
  }
}

/**
 * A photo as the vision tower's input, Float32Array [3, size, size]. The steps of the encoder's own preprocessing: RGB,
 * resize and centre crop (CLIP: bicubic, the shorter side to `size`), (x / 255 - mean) / std.
 *
 * ```ts
 * const { preprocessing } = await loadClip("mini-clip");
 * const pixels = await clipPixels("lib/fixtures/landscape.jpg", preprocessing);
 * pixels.length; // → 150528
 * 3 * preprocessing.size ** 2; // → 150528
 * ```
 *
 * Throws an ImageError for a file that is missing, empty, truncated, too large or no image.
 */
export async function clipPixels(
  file: string,
  preprocessing: Preprocessing,
  { upright = false }: PhotoOptions = {},
): Promise<Float32Array> {
  return normalise(resizeAndCrop(await decodeRgb(file, upright), preprocessing), preprocessing);
}
