/**
 * Decoding whole sets of tags. One half on each tag answers 49 questions one by one; exact match asks which *set* a photo
 * has. A head's logits z make each set S a score, and the scores probabilities:
 *
 *     p(S | x) ∝ exp(scale · (Σ z over S's tags + bias of S))
 *
 * With all 2^tags sets, no bias and scale 1 that is the same as independent tags, p(tag | x) = σ(z), and the best set is
 * that of the tags above one half. Here only sets count that training photos have, and a bias says how common they are.
 */
import { tf, type Tensor2D } from "../tfjs";
import { chunks } from "../train/predict";

/** Sets of tags that occur, the commonest first. */
export interface TagSets {
  /** The number of tags. */
  tags: number;
  /** 0 or 1, [sets, tags] row by row. */
  members: Uint8Array;
  /** How many rows have exactly this set [sets]. */
  counts: Int32Array;
  /** How many rows were counted, those of sets that were left out included. */
  rows: number;
  /**
   * Each set's pointwise mutual information [sets]: log p(S) − Σ log p(tag) over its tags, positive where they keep
   * company more often than chance would have it; 0 for a single tag that always comes alone.
   */
  pmi: Float32Array;
}

/** Which sets there are to choose from, and how they are scored. */
export interface SetDecoder {
  sets: TagSets;
  /** Added to the sum of a set's logits [sets]. */
  bias: Float32Array;
  /** What the sums are multiplied by before they become probabilities; which set is best doesn't depend on it. */
  scale: number;
}

/**
 * Count the sets of tags in training labels (0/1, [rows, tags] row by row), and keep the `most` commonest; of equally
 * common ones those that come first.
 *
 * ```ts
 * const labels = Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1);
 * const { members, counts, pmi } = countSets(labels, 2);
 * [members, counts]; // → [[1, 0, 1, 1, 0, 1], [2, 1, 1]]
 * pmi[1]; // → -0.4055
 * ```
 *
 * Throws if the labels are not whole rows or if there are none.
 */
export function countSets(labels: Uint8Array, tags: number, { most = 5000 } = {}): TagSets {
  const rows = wholeRows("countSets", "labels", labels, tags);
  if (rows === 0) throw new Error("countSets: there are no rows to count sets in");
  if (!(Number.isInteger(most) && most > 0))
    throw new Error(`countSets: \`most\` is a number of sets, not ${most}`);
  const found = new Map<string, { first: number; count: number }>();
  const times = new Float64Array(tags);
  for (let row = 0; row < rows; row++) {
    const set: number[] = [];
    for (let tag = 0; tag < tags; tag++) if (labels[row * tags + tag]) set.push(tag);
    for (const tag of set) times[tag]++;
    const key = set.join();
    const known = found.get(key);
    if (known) known.count++;
    else found.set(key, { first: row, count: 1 });
  }
  const kept = [...found.values()]
    .sort((a, b) => b.count - a.count || a.first - b.first)
    .slice(0, most);
  const members = new Uint8Array(kept.length * tags);
  kept.forEach(({ first }, set) =>
    members.set(labels.subarray(first * tags, (first + 1) * tags), set * tags),
  );
  const pmi = Float32Array.from(kept, ({ count }, set) => {
    let sum = Math.log(count / rows);
    for (let tag = 0; tag < tags; tag++)
      if (members[set * tags + tag]) sum -= Math.log(times[tag] / rows);
    return sum;
  });
  return { tags, members, counts: Int32Array.from(kept, ({ count }) => count), rows, pmi };
}

/**
 * Which set each row of labels (0/1, [rows, tags] row by row) has, as a number in `sets` [rows]; −1 where it is none of
 * them.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1, 1, 0), 2);
 * setNumbers(Uint8Array.of(1, 1, 0, 1), sets); // → [1, -1]
 * ```
 */
export function setNumbers(labels: Uint8Array, { members, tags }: TagSets): Int32Array {
  const key = (all: Uint8Array, row: number): string =>
    all.subarray(row * tags, (row + 1) * tags).join("");
  const rows = wholeRows("setNumbers", "labels", labels, tags);
  const number = new Map(
    Array.from({ length: members.length / tags }, (_, i) => [key(members, i), i]),
  );
  return Int32Array.from({ length: rows }, (_, row) => number.get(key(labels, row)) ?? -1);
}

/**
 * The decoder with bias α · pmi. With α = 0 it takes the best set that occurs, however rarely; with 1 it believes that
 * the logits know nothing of the company that tags keep. In between is a guess to be tuned: `tuneAlpha`.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1), 2);
 * priorDecoder(sets, 0.5).bias[1]; // → -0.2027
 * ```
 */
export function priorDecoder(sets: TagSets, alpha: number): SetDecoder {
  if (!Number.isFinite(alpha)) throw new Error(`priorDecoder: α must be a number, not ${alpha}`);
  return { sets, bias: sets.pmi.map((value) => alpha * value), scale: 1 };
}

/**
 * Work on the scores of all sets, some rows at a time: `scores` [rows, sets] is scale · (Σ z + bias), and is disposed
 * afterwards with whatever else `work` makes.
 */
export function withScores(
  logits: Float32Array,
  { sets: { members, tags }, bias, scale }: SetDecoder,
  work: (scores: Tensor2D, start: number) => void,
): void {
  const rows = wholeRows("decoding", "logits", logits, tags);
  if (bias.length * tags !== members.length)
    throw new Error(
      `decoding: ${bias.length} biases for ${members.length / tags} sets of tags: they must be equally many`,
    );
  const bad = logits.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new Error(`decoding: row ${Math.floor(bad / tags)}, tag ${bad % tags} is ${logits[bad]}`);
  tf.tidy(() => {
    const inSet = tf.tensor2d(Float32Array.from(members), [bias.length, tags]);
    const biases = tf.tensor1d(bias);
    for (const { start, end } of chunks(rows, rowsAtATime(bias.length)))
      tf.tidy(() => {
        const z = tf.tensor2d(logits.subarray(start * tags, end * tags), [end - start, tags]);
        work(tf.matMul(z, inSet, false, true).add(biases).mul(scale) as Tensor2D, start);
      });
  });
}

/** So that the scores of some rows stay below 64 MB. */
const rowsAtATime = (sets: number): number => Math.max(64, Math.floor(2 ** 24 / sets));

/**
 * The best set of each row, by its number in the decoder's sets [rows]. Of equals the commonest. Throws if the logits
 * are not whole rows of the decoder's tags, or not all finite.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1), 2);
 * bestSets(Float32Array.of(2, 0.1), priorDecoder(sets, 0)); // → [1]
 * bestSets(Float32Array.of(2, 0.1), priorDecoder(sets, 1)); // → [0]
 * ```
 */
export function bestSets(logits: Float32Array, decoder: SetDecoder): Int32Array {
  const best = new Int32Array(logits.length / decoder.sets.tags);
  withScores(logits, decoder, (scores, start) => {
    best.set(scores.argMax(1).dataSync(), start);
  });
  return best;
}

/**
 * The tags of each row's best set: 0 or 1, [rows, tags] row by row.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1), 2);
 * decodeSets(Float32Array.of(2, 0.1, -3, -1), priorDecoder(sets, 1)); // → [1, 0, 0, 1]
 * ```
 */
export function decodeSets(logits: Float32Array, decoder: SetDecoder): Uint8Array {
  const { members, tags } = decoder.sets;
  const given = new Uint8Array(logits.length);
  bestSets(logits, decoder).forEach((set, row) =>
    given.set(members.subarray(set * tags, (set + 1) * tags), row * tags),
  );
  return given;
}

/**
 * How probable each tag is, [rows, tags] row by row: the probabilities of all sets that have it, added up. Unlike σ(z)
 * they know which tags keep company.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 0, 1), 2); // one tag or the other, never both
 * setProbabilities(Float32Array.of(1, 1), priorDecoder(sets, 0)); // → [0.5, 0.5]
 * ```
 */
export function setProbabilities(logits: Float32Array, decoder: SetDecoder): Float32Array {
  const { members, tags } = decoder.sets;
  const probabilities = new Float32Array(logits.length);
  withScores(logits, decoder, (scores, start) => {
    const inSet = tf.tensor2d(Float32Array.from(members), [members.length / tags, tags]);
    const p = tf.matMul(tf.softmax(scores), inSet).clipByValue(0, 1); // rounding goes beyond 1
    probabilities.set(p.dataSync(), start * tags);
  });
  return probabilities;
}

/** How many rows are exactly right with one α. */
export interface AlphaScore {
  alpha: number;
  exactMatch: number;
}

/**
 * Exact match of `priorDecoder` with each α, on rows whose truth (0/1, [rows, tags] row by row, like the logits) is
 * known. Throws if shapes don't fit.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1), 2);
 * scoreAlphas(Float32Array.of(2, 0.1), Uint8Array.of(1, 0), sets, [0, 1]).map(({ exactMatch }) => exactMatch); // → [0, 1]
 * ```
 */
export function scoreAlphas(
  logits: Float32Array,
  truth: Uint8Array,
  sets: TagSets,
  alphas: readonly number[] = usualAlphas,
): AlphaScore[] {
  requireSameShape("scoreAlphas", logits, truth);
  const right = alphas.map(() => 0);
  const known = setNumbers(truth, sets);
  withScores(logits, priorDecoder(sets, 0), (scores, start) => {
    alphas.forEach((alpha, i) => {
      const best = scores
        .add(tf.tensor1d(priorDecoder(sets, alpha).bias))
        .argMax(1)
        .dataSync();
      best.forEach((set, row) => (right[i] += Number(set === known[start + row])));
    });
  });
  return alphas.map((alpha, i) => ({ alpha, exactMatch: right[i] / known.length }));
}

/** From none of the prior to all of it. */
export const usualAlphas: readonly number[] = Array.from({ length: 11 }, (_, i) => i / 10);

/**
 * The α with the best exact match on these rows (see `scoreAlphas`), the middle one of equals. The score belongs to the
 * rows it was tuned on: tell the decoder's worth by others.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1), 2);
 * tuneAlpha(Float32Array.of(2, 0.1), Uint8Array.of(1, 0), sets); // → 0.7
 * ```
 */
export function tuneAlpha(
  logits: Float32Array,
  truth: Uint8Array,
  sets: TagSets,
  alphas: readonly number[] = usualAlphas,
): number {
  const scores = scoreAlphas(logits, truth, sets, alphas);
  const most = Math.max(...scores.map(({ exactMatch }) => exactMatch));
  const best = scores.filter(({ exactMatch }) => exactMatch === most);
  return best[Math.floor(best.length / 2)].alpha;
}

/** The number of rows, if `values` are whole rows of so many tags. Throws otherwise, naming them. */
export function wholeRows(
  where: string,
  what: string,
  values: ArrayLike<number>,
  tags: number,
): number {
  if (values.length % tags === 0) return values.length / tags;
  throw new Error(`${where}: ${values.length} ${what} are not whole rows of ${tags} tags`);
}

/** Throws unless there is a label for each logit or probability. */
export function requireSameShape(
  where: string,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): void {
  if (scores.length === labels.length) return;
  throw new Error(
    `${where}: ${scores.length} logits or probabilities beside ${labels.length} labels: both must be [rows, tags] of ` +
      `the same rows and tags`,
  );
}
