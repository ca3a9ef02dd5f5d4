/** From a decoded photo to an encoder's pixels. Resizing is Pillow's, bit for bit: sharp's own is close, but not equal. */
import type { Preprocessing, ResizeFilter } from "./preprocessing";

/** An 8-bit RGB image: `data` has height * width * 3 bytes, rows first. */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
}

/** A filter's weight at a distance, and the distance from which on it is 0. */
const FILTERS: Readonly<Record<ResizeFilter, { weight(x: number): number; support: number }>> = {
  bilinear: { weight: (x) => Math.max(0, 1 - Math.abs(x)), support: 1 },
  bicubic: { weight: cubic, support: 2 },
};

/** Keys' cubic with a = -0.5 (Catmull-Rom). */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/** Pillow computes with integers: weights in 1/2^22, so that a sum of 8-bit pixels still fits 32 bits. */
const WEIGHT_BITS = 22;
const clip8 = (x: number): number => (x < 0 ? 0 : x > 255 ? 255 : x);

interface Weights {
  first: number;
  weights: Int32Array;
}

/** Which input pixels make up the output pixels `from`..`from + count - 1`, when `input` pixels become `output`. */
function resampleWeights(
  filter: ResizeFilter,
  input: number,
  output: number,
  from: number,
  count: number,
): Weights[] {
  const { weight, support } = FILTERS[filter];
  const scale = input / output;
  const stretch = Math.max(1, scale); // when shrinking, the filter widens
  return Array.from({ length: count }, (_, i) => {
    const centre = (from + i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support * stretch + 0.5));
    const end = Math.min(input, Math.floor(centre + support * stretch + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) =>
      weight((first + k - centre + 0.5) / stretch),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    return {
      first,
      weights: Int32Array.from(raw, (w) => Math.round((w / sum) * 2 ** WEIGHT_BITS)),
    };
  });
}

/** One pass along one axis: `lines` lines of pixels `step` bytes apart, each line `pitch` bytes after the other. */
function resampleAxis(
  source: Uint8Array,
  lines: number,
  pitch: number,
  step: number,
  table: Weights[],
  target: Uint8Array,
  targetPitch: number,
  targetStep: number,
): void {
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < table.length; i++) {
      const { first, weights } = table[i];
      let r = 1 << (WEIGHT_BITS - 1);
      let g = r;
      let b = r;
      for (let k = 0, p = line * pitch + first * step; k < weights.length; k++, p += step) {
        const w = weights[k];
        r += source[p] * w;
        g += source[p + 1] * w;
        b += source[p + 2] * w;
      }
      const q = line * targetPitch + i * targetStep;
      target[q] = clip8(r >> WEIGHT_BITS);
      target[q + 1] = clip8(g >> WEIGHT_BITS);
      target[q + 2] = clip8(b >> WEIGHT_BITS);
    }
}

/** The central `size` x `size` square of an image. */
function centreCrop({ data, width, height }: RgbImage, size: number): Uint8Array {
  const left = Math.floor((width - size) / 2);
  const top = Math.floor((height - size) / 2);
  const square = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const start = ((top + y) * width + left) * 3;
    square.set(data.subarray(start, start + size * 3), y * size * 3);
  }
  return square;
}

/** What `resizeAndCrop` makes of an image's width and height, before the crop. */
function resizedSides(
  { width, height }: RgbImage,
  { size, resize }: Pick<Preprocessing, "size" | "resize">,
): [width: number, height: number] {
  if (resize === "stretch") return [size, size];
  const short = Math.min(width, height);
  return [Math.floor((resize * width) / short), Math.floor((resize * height) / short)];
}

/**
 * An encoder's resize and crop: the shorter side becomes `resize` (the longer in proportion, rounded down), or both sides
 * `size` if it says "stretch"; then the central `size` x `size` square. Returns size * size * 3 bytes, equal to Pillow's
 * bit for bit (J. Clark and contributors, Pillow, `Resample.c`: both passes round to 8 bits, the horizontal one first;
 * from version 13 on Pillow takes the vertical one first where the height shrinks by much more than the width, as it may
 * in a photo that is stretched: then a few levels differ).
 */
export function resizeAndCrop(
  image: RgbImage,
  { size, resize, filter }: Pick<Preprocessing, "size" | "resize" | "filter">,
): Uint8Array {
  const { data, width, height } = image;
  const [w, h] = resizedSides(image, { size, resize });
  if (w === width && h === height) return centreCrop(image, size);
  const columns = resampleWeights(filter, width, w, Math.floor((w - size) / 2), size);
  const rows = resampleWeights(filter, height, h, Math.floor((h - size) / 2), size);
  const narrow = new Uint8Array(height * size * 3);
  const square = new Uint8Array(size * size * 3);
  resampleAxis(data, height, width * 3, 3, columns, narrow, size * 3, 3);
  resampleAxis(narrow, size, 3, size * 3, rows, square, 3, size * 3);
  return square;
}

/**
 * A square of 8-bit RGB, [size, size, 3], as the vision tower's input: Float32Array [3, size, size], (x / 255 - mean) / std.
 *
 * ```ts
 * const halves = { size: 1, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
 * normalise(Uint8Array.of(0, 255, 51), halves); // → [-1, 1, -0.6]
 * ```
 */
export function normalise(
  rgb: Uint8Array,
  { size, mean, std }: Pick<Preprocessing, "size" | "mean" | "std">,
): Float32Array {
  const area = size * size;
  const pixels = new Float32Array(3 * area);
  for (let c = 0; c < 3; c++) {
    const scale = 1 / (255 * std[c]);
    const shift = -mean[c] / std[c];
    for (let i = 0; i < area; i++) pixels[c * area + i] = rgb[i * 3 + c] * scale + shift;
  }
  return pixels;
}
