import { rescaleLocation } from "../data/location";
import { photosOf } from "../data/photos";
import type { MethodExample } from "../data/types";
import { literal, query } from "../files/table";
import type { Project } from "../project";
import type { Evaluation } from "./evaluate";
import { sigmoid } from "../train/predict";

/** Tags that an example lists. */
const LISTED = 5;

/**
 * An example that shows well what a head does: of the validation photos with two tags and a place whose tags are exactly
 * right, the one of which the head is surest, with its five likeliest tags. Throws if there is none.
 *
 * ```ts
 * const { project } = await toyProject(folder);
 * const truth = Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 0, 0, 0);
 * const logits = Float32Array.from(truth, (tag) => 4 * tag - 2);
 * const evaluation = { ids: [1, 2], tagNames: ["a", "b", "c", "d", "e"], logits, predicted: truth, truth };
 * const { title, tags } = await clearExample(evaluation, project);
 * [title, tags[0]]; // → ["Photo 1", { tag: "a", probability: 0.8808 }]
 * ```
 */
export async function clearExample(
  { ids, tagNames, logits, truth, predicted }: Evaluation,
  project: Project,
): Promise<MethodExample> {
  const width = tagNames.length;
  const placed = await query<{ id: number; reference: string; lat: number; lon: number }>(
    `SELECT gridimage_id AS id, grid_reference AS reference, lat, lon
     FROM ${literal(project.train)} WHERE lat IS NOT NULL AND title <> ''`,
  );
  const places = new Map(placed.map((place) => [place.id, place]));
  let best: number | undefined;
  let surest = -Infinity;
  for (let row = 0; row < ids.length; row++) {
    const own = Array.from({ length: width }, (_, tag) => row * width + tag);
    const given = own.filter((i) => predicted[i]);
    if (given.length !== 2 || own.some((i) => predicted[i] !== truth[i]) || !places.has(ids[row]))
      continue;
    const sure = Math.min(...given.map((i) => logits[i]));
    if (sure > surest) [best, surest] = [row, sure];
  }
  if (best === undefined)
    throw new Error("clearExample: no photo with two tags and a place is exactly right");
  const [{ image, title }] = await photosOf([ids[best]], project);
  const { reference, lat, lon } = places.get(ids[best])!;
  const probabilities = sigmoid(logits.slice(best * width, (best + 1) * width));
  const tags = tagNames.map((tag, i) => ({ tag, probability: probabilities[i] }));
  return {
    image: image!,
    title,
    gridReference: reference,
    location: rescaleLocation(lat, lon),
    encoder: project.encoder.split("/").at(-1)!,
    tagCount: width,
    tags: tags.sort((a, b) => b.probability - a.probability).slice(0, LISTED),
  };
}
