/** How an encoder wants its pixels: what preprocessor_config.json says. */

/** Pillow's BILINEAR (a triangle) or BICUBIC. Both widen when shrinking, which is the antialiasing. */
export type ResizeFilter = "bilinear" | "bicubic";

export interface Preprocessing {
  /** Side of the square the vision tower looks at, in pixels. */
  size: number;
  /**
   * What the photo's shorter side is resized to before the central square is cut out; at least `size`. "stretch": both
   * sides are resized to `size`, so that nothing is cut off and the photo's shape is lost.
   */
  resize: number | "stretch";
  /** How pixels are weighted when resizing, see `resizeAndCrop`. */
  filter: ResizeFilter;
  /** Per channel (red, green, blue), for values in 0..1. */
  mean: readonly number[];
  std: readonly number[];
}

/** CLIP's own, which transformers' CLIPImageProcessor takes for whatever the file does not say. */
export const CLIP_PREPROCESSING: Preprocessing = {
  size: 224,
  resize: 224,
  filter: "bicubic",
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/** Means and standard deviations of ImageNet's photos, as torchvision's models expect them. */
export const IMAGENET_PREPROCESSING: Preprocessing = {
  size: 224,
  resize: 224,
  filter: "bicubic",
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** Means and standard deviations of 1/2, as SigLIP's image processor has them. */
export const SIGLIP_PREPROCESSING: Preprocessing = {
  size: 224,
  resize: "stretch",
  filter: "bilinear",
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};

/** Pillow's numbers of the filters. */
const FILTERS: Readonly<Record<number, ResizeFilter>> = { 2: "bilinear", 3: "bicubic" };

/** Steps that a file may switch off, and that are always done here. */
const STEPS = ["do_convert_rgb", "do_resize", "do_rescale", "do_normalize"];

type Size = number | Partial<Record<"height" | "width" | "shortest_edge", number>> | null;

/** 224, { height: 224, width: 224 } or { shortest_edge: 224 } → 224; undefined if there is none, NaN if it is no square. */
function sideOf(size?: Size): number | undefined {
  if (size === undefined || size === null) return undefined;
  if (typeof size === "number") return size;
  const { height, width = height, shortest_edge } = size;
  return (height === width ? height : NaN) ?? shortest_edge ?? NaN;
}

/** Whether both sides of a photo become this long, as { height, width } means, and not the shorter one. */
const stretches = (size?: Size): boolean => typeof size === "object" && size?.height !== undefined;

/** What of a preprocessor_config.json is looked at. */
export type ProcessorSettings = Record<string, unknown> & { size?: Size; crop_size?: Size };

/**
 * What a preprocessor_config.json says; what it leaves out is as in `defaults`. Throws, naming `file` and the setting, for
 * what is no preprocessing of this kind: other steps, a crop that is larger than what it is cut from, means that are no
 * three numbers. (Ignoring such a setting would give other embeddings than the encoder's own without a word.)
 *
 * ```ts
 * const settings = { size: { shortest_edge: 256 }, crop_size: 224 };
 * const { size, resize } = preprocessingOf(settings, CLIP_PREPROCESSING, "preprocessor_config.json");
 * [size, resize]; // → [224, 256]
 * ```
 */
export function preprocessingOf(
  settings: ProcessorSettings,
  defaults: Preprocessing,
  file: string,
): Preprocessing {
  const refuse = (setting: string, value: unknown, wanted: string): never => {
    throw new Error(`${file}: ${setting} is ${JSON.stringify(value)}, and must be ${wanted}`);
  };
  for (const step of STEPS)
    if ((settings[step] ?? true) !== true)
      refuse(step, settings[step], "true: other steps are not supported");
  const filter =
    settings.resample === undefined || settings.resample === null
      ? defaults.filter
      : (FILTERS[settings.resample as number] ??
        refuse("resample", settings.resample, "2 (bilinear) or 3 (bicubic)"));
  const { size: resized, crop_size: crop } = settings;
  const size = sideOf(crop) ?? sideOf(resized) ?? defaults.size;
  if (!(Number.isInteger(size) && size > 0))
    refuse("crop_size", crop ?? resized, "the side of a square in pixels");
  const stretched = resized ? stretches(resized) : !crop && defaults.resize === "stretch";
  const side = sideOf(resized) ?? size;
  if (stretched ? side !== size : !(Number.isInteger(side) && side >= size))
    refuse("size", resized, `crop_size's ${size}${stretched ? "" : " or more"}`);
  if (settings.do_center_crop === false && !stretched)
    refuse("do_center_crop", false, "true, unless size has a height and a width");
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
    resize: stretched ? "stretch" : side,
    filter,
    mean: perChannel("image_mean", defaults.mean),
    std: perChannel("image_std", defaults.std),
  };
}
