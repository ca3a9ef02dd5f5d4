/** Tags without a trained head: compare an embedding with the embeddings of sentences about each tag. */
import { EMBEDDING_SIZE, type Clip } from "./clip";
import { tf, type Tensor2D } from "../tfjs";

/** Sentences about a tag, in lower case as CLIP's tokenizer has it: each template with the tag in place of "{tag}". */
export function promptsFor(tag: string, templates: readonly string[]): string[] {
  return templates.map((template) => {
    if (!template.includes("{tag}"))
      throw new Error(`The template "${template}" has no {tag} in it`);
    return template.replace("{tag}", tag.toLowerCase());
  });
}

/** Each row of [n, size] divided by its length, so that a dot product of two rows is their cosine. A new array. */
export function normaliseRows(rows: Float32Array, size = EMBEDDING_SIZE): Float32Array {
  if (rows.length % size !== 0)
    throw new Error(`normaliseRows: ${rows.length} numbers are not rows of ${size}`);
  const unit = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += size) {
    const row = rows.subarray(start, start + size);
    const length = Math.hypot(...row);
    if (length > 0)
      unit.set(
        row.map((value) => value / length),
        start,
      );
  }
  return unit;
}

/**
 * One direction for each tag, [tags, 512] of length 1: the mean over the templates of the prompts' directions (the
 * ensemble of Radford et al. 2021, section 3.1.4, averaged in embedding space).
 */
export async function tagDirections(
  clip: Pick<Clip, "embedTitles">,
  tags: readonly string[],
  templates: readonly string[],
): Promise<Float32Array> {
  if (templates.length === 0) throw new Error("tagDirections: at least one template is needed");
  const prompts = tags.flatMap((tag) => promptsFor(tag, templates));
  const unit = normaliseRows(await clip.embedTitles(prompts));
  const sums = new Float32Array(tags.length * EMBEDDING_SIZE);
  unit.forEach((value, i) => {
    const prompt = Math.floor(i / EMBEDDING_SIZE);
    const tag = Math.floor(prompt / templates.length);
    sums[tag * EMBEDDING_SIZE + (i % EMBEDDING_SIZE)] += value;
  });
  return normaliseRows(sums);
}

/** Cosines of embeddings [n, 512] with directions [tags, 512] of length 1: [n, tags], row by row. */
export function cosines(embeddings: Tensor2D, directions: Float32Array): Float32Array {
  const size = embeddings.shape[1];
  return tf.tidy(() => {
    const lengths = embeddings.norm("euclidean", 1, true).maximum(1e-12);
    const towards = tf.tensor2d(directions, [directions.length / size, size]);
    return tf
      .matMul(embeddings.div(lengths) as Tensor2D, towards, false, true)
      .dataSync() as Float32Array;
  });
}

/**
 * Between `min` and `max` tags a row, the highest scores first: as many as pass `threshold`, but no fewer and no more.
 * With min = max = 1 it is the single best tag; the original's location notebook uses 0.5, 1 and 3 on probabilities.
 * Scores [rows, tags] → 0/1 [rows, tags]; of equal scores the earlier column wins.
 */
export function highestTags(
  scores: Float32Array,
  tags: number,
  { threshold = 0.5, min = 1, max = 3 } = {},
): Uint8Array {
  if (scores.length % tags !== 0)
    throw new Error(`highestTags: ${scores.length} scores don't fit ${tags} tags a row`);
  if (min > max || max > tags)
    throw new Error(`highestTags: ${min} to ${max} of ${tags} tags cannot be given`);
  const given = new Uint8Array(scores.length);
  for (let start = 0; start < scores.length; start += tags) {
    const row = scores.subarray(start, start + tags);
    const order = Array.from(row.keys()).sort((a, b) => row[b] - row[a]);
    const passing = row.reduce((count, score) => count + (score > threshold ? 1 : 0), 0);
    for (const tag of order.slice(0, Math.min(max, Math.max(min, passing)))) given[start + tag] = 1;
  }
  return given;
}
