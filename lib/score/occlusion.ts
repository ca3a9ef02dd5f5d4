/**
 * What in a picture speaks for a tag: a part of it is covered, and the tag's score falls or rises (occlusion
 * sensitivity, Zeiler & Fergus 2014, section 4.2).
 */

export interface OcclusionOptions {
  /** Side of the covered square, in pixels. */
  patch?: number;
  /** Distance between neighbouring squares, in pixels. */
  stride?: number;
}

/** How much each square matters, row by row from the top left: [cells, cells]. */
export interface Occlusion extends Required<OcclusionOptions> {
  cells: number;
  /** The score with nothing covered. */
  score: number;
  /** That, less the score with the square covered: above 0 where what it covers speaks for the tag. */
  drops: Float32Array;
}

/** Copies of a picture's pixels [3, side, side], each with a square covered: [cells · cells, 3, side, side]. */
export function coverSquares(
  pixels: Float32Array,
  side: number,
  { patch, stride }: Required<OcclusionOptions>,
): { covered: Float32Array; cells: number } {
  if (pixels.length !== 3 * side * side)
    throw new Error(`coverSquares: ${pixels.length} numbers are not 3 × ${side} × ${side} pixels`);
  if (!(patch >= 1 && patch <= side && stride >= 1))
    throw new Error(
      `coverSquares: squares of ${patch} pixels, ${stride} apart, do not fit into ${side} pixels`,
    );
  const cells = Math.floor((side - patch) / stride) + 1;
  const covered = new Float32Array(cells * cells * pixels.length);
  for (let cell = 0; cell < cells * cells; cell++) {
    const copy = covered.subarray(cell * pixels.length, (cell + 1) * pixels.length);
    copy.set(pixels);
    const [top, left] = [Math.floor(cell / cells) * stride, (cell % cells) * stride];
    for (let c = 0; c < 3; c++)
      for (let y = top; y < top + patch; y++) {
        const start = (c * side + y) * side + left;
        copy.fill(0, start, start + patch); // zero is the mean colour of the encoder's training photos
      }
  }
  return { covered, cells };
}

/**
 * The occlusion map of one tag. `scores` answers for n pictures [n, 3, side, side] with n numbers: the tag's logit by
 * encoder and head. (A probability near 0 or 1 would hardly move.)
 *
 * ```ts
 * const redness = async (pixels: Float32Array) =>
 *   Float32Array.from({ length: pixels.length / 12 }, (_, i) => pixels[i * 12]); // of the first pixel
 * const { cells, drops } = await occlusion(new Float32Array(12).fill(1), 2, redness, { patch: 1, stride: 1 });
 * [cells, ...drops]; // → [2, 1, 0, 0, 0]
 * ```
 */
export async function occlusion(
  pixels: Float32Array,
  side: number,
  scores: (pixels: Float32Array) => Promise<Float32Array>,
  { patch = 48, stride = 22 }: OcclusionOptions = {},
): Promise<Occlusion> {
  const { covered, cells } = coverSquares(pixels, side, { patch, stride });
  const [score] = await scores(pixels);
  const without = await scores(covered);
  const drops = without.map((value) => score - value);
  return { cells, patch, stride, score, drops };
}
