/**
 * The best possible decoder for the made-up features (see reference/make_features.py), whose truth is known: with the
 * prototypes P, Q of image and title, a photo with the set S has
 *
 *     image ~ N(Σ P over S, IMAGE_NOISE² I),     title ~ N(Σ Q over T, TITLE_NOISE² I)
 *
 * where each tag of S is in T with probability 1 − UNTOLD. So log p(S | x) = log p(S) + log p(image | S) + log Σ over
 * T ⊆ S of p(T | S) · p(title | T) + constant, with the frequencies of the training rows for p(S). The location says
 * nothing.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readNpy } from "../../lib/files/npy";
import { tf, type Tensor2D } from "../../lib/tfjs";
import type { TagSets } from "../../lib/score/tag-sets";

const IMAGE_NOISE = 0.48;
const TITLE_NOISE = 0.34;
const UNTOLD = 0.3;
/** So many sets of each row are looked at in full: those that are best if prototypes were orthogonal. */
const SHORTLIST = 64;
const ROWS = 500; // at a time

/** The prototypes of image and title, [2, tags, 512], if the folder of features has them. */
export async function readPrototypes(folder: string): Promise<Float32Array | undefined> {
  const path = join(folder, "prototypes.npy");
  return existsSync(path) ? (await readNpy<Float32Array>(path)).data : undefined;
}

export interface Bayes {
  /** Each row's most probable set, 0 or 1 [rows, tags]. */
  given: Uint8Array;
  /** The probability of each tag [rows, tags]. */
  probabilities: Float32Array;
  /** The mean probability of the sets given: the exact match that it expects of itself. */
  expected: number;
}

/** Decode features `img` and `txt` [rows, 512] of the given rows. */
export function bayes(
  features: { img: Tensor2D; txt: Tensor2D },
  rows: Int32Array,
  prototypes: Float32Array,
  sets: TagSets,
): Bayes {
  const { tags } = sets;
  const size = tags * 512;
  const gram = [0, 1].map((i) => gramMatrix(prototypes.subarray(i * size, (i + 1) * size), tags));
  const lists = setLists(sets);
  // Half the squared length of each set's image, and its log frequency: what of its score doesn't depend on the photo.
  const fixed = lists.map(
    (set, i) =>
      Math.log(sets.counts[i] / sets.rows) - halfSquare(set, gram[0], tags) / IMAGE_NOISE ** 2,
  );
  const members = tf.tensor2d(Float32Array.from(sets.members), [lists.length, tags]);
  const bias = tf.tensor1d(fixed);
  const [P, Q] = [0, 1].map((i) =>
    tf.tensor2d(prototypes.slice(i * size, (i + 1) * size), [tags, 512]),
  );
  const ownSquare = tf.tensor1d(
    Float32Array.from({ length: tags }, (_, t) => gram[1][t * tags + t] / 2),
  );
  const given = new Uint8Array(rows.length * tags);
  const probabilities = new Float32Array(rows.length * tags);
  let expected = 0;
  for (let start = 0; start < rows.length; start += ROWS) {
    const some = tf.tensor1d(rows.subarray(start, start + ROWS), "int32");
    const [image, title, best] = tf.tidy(() => {
      const products = tf
        .matMul(tf.gather(features.img, some), P, false, true)
        .div(IMAGE_NOISE ** 2);
      const told = tf.matMul(tf.gather(features.txt, some), Q, false, true);
      // Of one tag alone: log(UNTOLD + (1 − UNTOLD) · e^gain).
      const gain = told
        .sub(ownSquare)
        .div(TITLE_NOISE ** 2)
        .add(Math.log((1 - UNTOLD) / UNTOLD));
      const single = products.add(tf.softplus(gain)).add(Math.log(UNTOLD)) as Tensor2D;
      const scores = tf.matMul(single, members, false, true).add(bias);
      const { indices } = tf.topk(scores, Math.min(SHORTLIST, lists.length));
      return [products, told, indices].map((tensor) => tensor.dataSync());
    });
    some.dispose();
    const shortlist = best.length / (image.length / tags);
    for (let row = 0; row < image.length / tags; row++) {
      const x = image.subarray(row * tags, (row + 1) * tags);
      const y = title.subarray(row * tags, (row + 1) * tags);
      const candidates = Array.from(best.subarray(row * shortlist, (row + 1) * shortlist));
      const scores = candidates.map(
        (set) =>
          fixed[set] +
          lists[set].reduce((sum, tag) => sum + x[tag], 0) +
          titleScore(lists[set], y, gram[1], tags),
      );
      const highest = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
      expected += 1 / total;
      for (const tag of lists[candidates[scores.indexOf(highest)]])
        given[(start + row) * tags + tag] = 1;
      candidates.forEach((set, i) => {
        for (const tag of lists[set])
          probabilities[(start + row) * tags + tag] += Math.exp(scores[i] - highest) / total;
      });
    }
  }
  tf.dispose([members, bias, P, Q, ownSquare]);
  return {
    given,
    probabilities: probabilities.map((p) => Math.min(1, p)),
    expected: expected / rows.length,
  };
}

function gramMatrix(vectors: Float32Array, n: number): Float64Array {
  const width = vectors.length / n;
  return Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    const [a, b] = [Math.floor(at / n) * width, (at % n) * width];
    for (let i = 0; i < width; i++) sum += vectors[a + i] * vectors[b + i];
    return sum;
  });
}

/** The tags of each set. */
function setLists({ members, tags, counts }: TagSets): number[][] {
  return Array.from(counts, (_, set) =>
    Array.from({ length: tags }, (__, tag) => tag).filter((tag) => members[set * tags + tag]),
  );
}

/** Half the squared length of the sum of a set's prototypes. */
function halfSquare(set: readonly number[], gram: Float64Array, tags: number): number {
  let sum = 0;
  for (const a of set) for (const b of set) sum += gram[a * tags + b];
  return sum / 2;
}

/** log Σ over T ⊆ S of p(T | S) · p(title | T), but for what is the same for all sets. */
function titleScore(
  set: readonly number[],
  products: ArrayLike<number>,
  gram: Float64Array,
  tags: number,
): number {
  let sum = 0;
  for (let subset = 0; subset < 2 ** set.length; subset++) {
    const told = set.filter((_, i) => (subset >> i) & 1);
    const fit =
      told.reduce((total, tag) => total + products[tag], 0) - halfSquare(told, gram, tags);
    const chance = (1 - UNTOLD) ** told.length * UNTOLD ** (set.length - told.length);
    sum += chance * Math.exp(fit / TITLE_NOISE ** 2);
  }
  return Math.log(sum);
}
