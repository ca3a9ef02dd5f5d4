/** Tags for photos of which not everything is known: to each the head that sees what there is. */
import { rescaleLocation } from "../data/location";
import type { LatLon } from "../data/location";
import type { Modality } from "../modalities";
import type { Project } from "../project";
import { experiment, type Experiment } from "../train/experiments";
import type { Weights } from "../train/weights";
import { predictInChunks, sigmoid } from "../train/predict";
import { loadHead } from "../train/saved-heads";
import { tf } from "../tfjs";
import { decide } from "./decide";

/** What is known of a photo, as numbers: null for what is not. */
export interface KnownPhoto {
  /** Embeddings [D] of the photo and of its title. */
  img: Float32Array | null;
  txt: Float32Array | null;
  place: LatLon | null;
}

/** A photo's tags, or why it has none. */
export interface OwnTags {
  /** The head that answered; '' if none could. */
  head: string;
  /** Its probability of each tag; empty if there is no head. */
  probabilities: Float32Array;
  /** The tags given: those above one half, or the likeliest. */
  tags: string[];
  /** '' if there are tags. */
  problem: string;
}

/**
 * The experiment whose head sees just what is known, linear with MixUp (the paper's best on validation); null where
 * that is nothing, or a place alone, which says too little for a tag (notebook 5).
 *
 * ```ts
 * const title = new Float32Array(512);
 * fittingHead({ img: null, txt: title, place: { lat: 52, lon: -2 } })?.name; // → "linear-txt-loc-mixup"
 * fittingHead({ img: null, txt: null, place: { lat: 52, lon: -2 } }); // → null
 * ```
 */
export function fittingHead({ img, txt, place }: KnownPhoto): Experiment | null {
  const known: Modality[] = [];
  if (img) known.push("img");
  if (txt) known.push("txt");
  if (known.length === 0) return null;
  return experiment("linear", place ? [...known, "loc"] : known, true);
}

/**
 * What is known, side by side in the order in which heads see it.
 *
 * ```ts
 * featuresOf({ img: Float32Array.of(1, 2), txt: null, place: { lat: 49.9, lon: 2.1 } }); // → [1, 2, 0, 1]
 * ```
 */
export function featuresOf({ img, txt, place }: KnownPhoto): Float32Array {
  const loc = place ? rescaleLocation(place.lat, place.lon) : [];
  return Float32Array.from([...(img ?? []), ...(txt ?? []), ...loc]);
}

/**
 * A head's logits for rows of features, all of one length: [rows, tags].
 *
 * ```ts
 * const weights = [
 *   { shape: [1, 2], data: Float32Array.of(3, 4) },
 *   { shape: [1], data: Float32Array.of(0.5) },
 * ];
 * headLogits(weights, [Float32Array.of(1, 0), Float32Array.of(0, 1)]); // → [3.5, 4.5]
 * ```
 */
export function headLogits(weights: Weights, rows: readonly Float32Array[]): Float32Array {
  const width = rows[0].length;
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, i) => all.set(row, i * width));
  return predictInChunks(weights, rows.length, ({ start, end }) =>
    tf.tensor2d(all.subarray(start * width, end * width), [end - start, width]),
  );
}

/**
 * A head for features of `width` numbers, of this project's encoder. Throws, saying what to do, if it is missing, or was
 * trained on another number of them or on another encoder's.
 *
 * ```ts
 * const project = { heads: folder, encoder: "mini-clip" };
 * const why = await ownHead("linear-txt-mixup", project, { width: 512, tags: 49 }).catch((error) => error.message);
 * /is missing: train linear-txt-mixup first/.test(why); // → true
 * ```
 */
export async function ownHead(
  name: string,
  project: Pick<Project, "heads" | "encoder">,
  { width, tags }: { width: number; tags: number },
): Promise<Weights> {
  const { weights, metadata } = await loadHead(name, project, tags);
  const inputs = weights[0].shape[1];
  if (metadata.encoder !== undefined && metadata.encoder !== project.encoder)
    throw new Error(
      `the head ${name} in ${project.heads} was trained on embeddings of ${metadata.encoder}, not of ` +
        `${project.encoder}: train it again (notebooks 03 to 06)`,
    );
  if (inputs !== width)
    throw new Error(
      `the head ${name} in ${project.heads} takes ${inputs} numbers, but ${project.encoder} makes ${width} of what is ` +
        "known of this photo: was it trained with another encoder? Train it again (notebooks 03 to 06)",
    );
  return weights;
}

const NOTHING = "nothing is known of it that a head could read: no readable photo and no title";

/**
 * Tags for photos, each by the head that fits what is known of it; heads are read once. A photo without anything known,
 * or whose head is missing or does not fit, has no tags and a reason; the others are tagged all the same.
 *
 * ```ts
 * const unknown = { img: null, txt: null, place: null };
 * const project = { heads: folder, encoder: "mini-clip" };
 * const [{ tags, problem }] = await tagOwnPhotos([unknown], ["Canals"], project);
 * [tags, problem.slice(0, 16)]; // → [[], "nothing is known"]
 * ```
 */
export async function tagOwnPhotos(
  photos: readonly KnownPhoto[],
  tagNames: readonly string[],
  project: Pick<Project, "heads" | "encoder">,
): Promise<OwnTags[]> {
  const tags = tagNames.length;
  const none = (problem: string): OwnTags => ({
    head: "",
    probabilities: new Float32Array(),
    tags: [],
    problem,
  });
  const answers = photos.map(() => none(NOTHING));
  const byHead = new Map<string, number[]>();
  photos.forEach((photo, i) => {
    const head = fittingHead(photo);
    if (head) byHead.set(head.name, [...(byHead.get(head.name) ?? []), i]);
  });
  for (const [head, members] of byHead) {
    const rows = members.map((i) => featuresOf(photos[i]));
    try {
      const weights = await ownHead(head, project, { width: rows[0].length, tags });
      const probabilities = sigmoid(headLogits(weights, rows));
      const given = decide(probabilities, { tags });
      members.forEach((i, row) => {
        const own = probabilities.slice(row * tags, (row + 1) * tags);
        const named = tagNames
          .map((tag, t) => ({ tag, p: own[t], given: given[row * tags + t] === 1 }))
          .filter((each) => each.given)
          .sort((a, b) => b.p - a.p);
        answers[i] = {
          head,
          probabilities: own,
          tags: named.map(({ tag }) => tag),
          problem: "",
        };
      });
    } catch (error) {
      for (const i of members) answers[i] = none((error as Error).message);
    }
  }
  return answers;
}
