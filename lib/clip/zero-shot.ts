/** Tags without a trained head: compare an embedding with the embeddings of sentences about each tag. */
import type { Clip } from "./clip";

/**
 * Sentences about a tag, in lower case as CLIP's tokenizer has it: each template with the tag in place of "{tag}".
 *
 * ```ts
 * promptsFor("Air, Sky, Weather", ["a photo of {tag}"]); // → ["a photo of air, sky, weather"]
 * ```
 */
export function promptsFor(tag: string, templates: readonly string[]): string[] {
  return templates.map((template) => {
    if (!template.includes("{tag}"))
      throw new Error(`The template "${template}" has no {tag} in it`);
    return template.replace("{tag}", tag.toLowerCase());
  });
}

/** A vector divided by its length, as doubles; one of zeros stays as it is. */
export function unitVector(vector: Float32Array): number[] {
  const length = Math.hypot(...vector);
  return Array.from(vector, (value) => (length > 0 ? value / length : 0));
}

/** Each row of [n, size] divided by its length, so that a dot product of two rows is their cosine. A new array. */
export function normaliseRows(rows: Float32Array, size: number): Float32Array {
  if (rows.length % size !== 0)
    throw new Error(`normaliseRows: ${rows.length} numbers are not rows of ${size}`);
  const unit = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += size)
    unit.set(unitVector(rows.subarray(start, start + size)), start);
  return unit;
}

/**
 * One direction for each tag, [tags, D] of length 1: the mean over the templates of the prompts' directions (the ensemble
 * of Radford et al. 2021, section 3.1.4, averaged in embedding space).
 *
 * ```ts
 * const clip = await loadClip("mini-clip");
 * const directions = await tagDirections(clip, ["Canals", "Railways"], ["a drawing of {tag}"]);
 * const boats = await clip.embedTitles(["Narrowboats on the canal"]);
 * const [canals, railways] = cosines(boats, directions, clip.size);
 * canals > railways; // → true
 * await clip.dispose();
 * ```
 */
export async function tagDirections(
  clip: Pick<Clip, "embedTitles" | "size">,
  tags: readonly string[],
  templates: readonly string[],
): Promise<Float32Array> {
  if (templates.length === 0) throw new Error("tagDirections: at least one template is needed");
  const { size } = clip;
  const prompts = tags.flatMap((tag) => promptsFor(tag, templates));
  const unit = normaliseRows(await clip.embedTitles(prompts), size);
  const sums = new Float32Array(tags.length * size);
  unit.forEach((value, i) => {
    const prompt = Math.floor(i / size);
    const tag = Math.floor(prompt / templates.length);
    sums[tag * size + (i % size)] += value;
  });
  return normaliseRows(sums, size);
}

/**
 * Cosines of embeddings [n, size] with directions [tags, size] of length 1: [n, tags], row by row. Rows of zeros have
 * cosine 0 with everything.
 *
 * ```ts
 * cosines(Float32Array.of(3, 4), Float32Array.of(1, 0, 0, 1), 2); // → [0.6, 0.8]
 * ```
 */
export function cosines(
  embeddings: Float32Array,
  directions: Float32Array,
  size: number,
): Float32Array {
  if (embeddings.length % size !== 0 || directions.length % size !== 0)
    throw new Error(
      `cosines: ${embeddings.length} and ${directions.length} numbers are not rows of ${size}`,
    );
  const rows = embeddings.length / size;
  const tags = directions.length / size;
  const found = new Float32Array(rows * tags);
  for (let row = 0; row < rows; row++) {
    const unit = unitVector(embeddings.subarray(row * size, (row + 1) * size));
    for (let tag = 0; tag < tags; tag++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += unit[i] * directions[tag * size + i];
      found[row * tags + tag] = sum;
    }
  }
  return found;
}
