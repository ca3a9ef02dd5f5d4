/** How an encoder wants its pixels: what preprocessor_config.json says. */
import { readFile } from "node:fs/promises";

export interface Preprocessing {
  /** Side of the square the vision tower looks at, in pixels. */
  size: number;
  /** Per channel (red, green, blue), for values in 0..1. */
  mean: readonly number[];
  std: readonly number[];
}

/** CLIP's own, which transformers' CLIPImageProcessor takes for whatever the file does not say. */
export const CLIP_PREPROCESSING: Preprocessing = {
  size: 224,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/** Means and standard deviations of ImageNet's photos, as torchvision's models expect them. */
export const IMAGENET_PREPROCESSING: Preprocessing = {
  size: 224,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** Pillow's number for bicubic. */
const BICUBIC = 3;

/** Steps of CLIP's preprocessing that a file may switch off or change, and what they are here. */
const STEPS: Readonly<Record<string, unknown>> = {
  do_convert_rgb: true,
  do_resize: true,
  resample: BICUBIC,
  do_center_crop: true,
  do_rescale: true,
  do_normalize: true,
};

/** 224, { height: 224, width: 224 } or { shortest_edge: 224 } → 224; undefined if there is none, NaN if it is no square. */
function sideOf(size: unknown): number | undefined {
  if (size === undefined || size === null) return undefined;
  if (typeof size === "number") return size;
  const { height, width = height, shortest_edge } = size as Record<string, number | undefined>;
  return (height === width ? height : NaN) ?? shortest_edge ?? NaN;
}

/**
 * Read a preprocessor_config.json; what it leaves out is as in `defaults`. Throws, naming the file and the setting, for
 * what is no preprocessing of this kind: other steps, another side to resize to than to crop, means that are no three
 * numbers. (Ignoring such a setting would give other embeddings than the encoder's own without a word.)
 */
export async function readPreprocessing(
  file: string,
  defaults: Preprocessing,
): Promise<Preprocessing> {
  const refuse = (setting: string, value: unknown, wanted: string): never => {
    throw new Error(`${file}: ${setting} is ${JSON.stringify(value)}, and must be ${wanted}`);
  };
  let settings: Record<string, unknown>;
  try {
    settings = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  for (const [step, wanted] of Object.entries(STEPS))
    if (settings[step] !== undefined && settings[step] !== null && settings[step] !== wanted)
      refuse(step, settings[step], `${String(wanted)}: other steps are not supported`);
  const size = sideOf(settings.crop_size) ?? sideOf(settings.size) ?? defaults.size;
  if (!(Number.isInteger(size) && size > 0))
    refuse("crop_size", settings.crop_size ?? settings.size, "the side of a square in pixels");
  if ((sideOf(settings.size) ?? size) !== size)
    refuse("size", settings.size, `crop_size's ${size}: the shorter side is resized to the crop`);
  const perChannel = (setting: "image_mean" | "image_std", otherwise: readonly number[]) => {
    const given = settings[setting] ?? otherwise;
    const isFine = (value: unknown): boolean =>
      Number.isFinite(value) && (setting === "image_mean" || (value as number) > 0);
    if (!Array.isArray(given) || given.length !== 3 || !given.every(isFine))
      refuse(setting, given, "three numbers, one each for red, green and blue");
    return given as readonly number[];
  };
  const factor = settings.rescale_factor;
  if (typeof factor === "number" && Math.abs(factor * 255 - 1) > 1e-6)
    refuse("rescale_factor", factor, "1/255");
  return {
    size,
    mean: perChannel("image_mean", defaults.mean),
    std: perChannel("image_std", defaults.std),
  };
}
