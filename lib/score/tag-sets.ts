/**
 * Decoding whole sets of tags. One half on each tag answers 49 questions one by one; exact match asks which *set* a photo
 * has. A head's logits z make each set S a score, and the scores probabilities:
 *
 *     p(S | x) ∝ exp(scale · (Σ z over S's tags + bias of S))
 *
 * With all 2^tags sets, no bias and scale 1 that is the same as independent tags, p(tag | x) = σ(z), and the best set is
 * that of the tags above one half. Here the sets are those that training photos have, and a bias says how common they are.
 */
import { tf, type Tensor2D } from "../tfjs";
import { chunks } from "../train/predict";
import { decide } from "./decide";

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
  /**
   * The bias of every set that is not among `sets`: below 0, as such a set is rare. Only the sets are given if it is
   * missing.
   */
  novel?: number;
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
  if (!(most >= 1)) throw new Error(`countSets: \`most\` is a number of sets from 1, not ${most}`);
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
 * the logits know nothing of the company that tags keep. In between is a guess to be tuned: `tunePrior`.
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

/** Each row's best set among the decoder's, by its number, and what its logits and bias add up to [rows]. */
function bestKnown(
  logits: Float32Array,
  decoder: SetDecoder,
): { set: Int32Array; score: Float32Array } {
  const rows = Math.ceil(logits.length / decoder.sets.tags);
  const set = new Int32Array(rows);
  const score = new Float32Array(rows);
  withScores(logits, { ...decoder, scale: 1 }, (scores, start) => {
    set.set(scores.argMax(1).dataSync(), start);
    score.set(scores.max(1).dataSync(), start);
  });
  return { set, score };
}

/** Each row's best set of all there are, known or not: the tags above one half, or the best single one. */
function bestOfAll(logits: Float32Array, tags: number): { given: Uint8Array; score: Float32Array } {
  const given = decide(logits, { tags, threshold: 0 });
  const score = new Float32Array(logits.length / tags);
  given.forEach((one, i) => (score[Math.floor(i / tags)] += one * logits[i]));
  return { given, score };
}

/**
 * The tags of each row's best set: 0 or 1, [rows, tags] row by row. Of equals the commonest. A set that is not among the
 * decoder's is given where it is the best of all by its logits alone and stays best with the bias `novel`. Throws if the
 * logits are not whole rows of the decoder's tags, or not all finite.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 0, 0, 1), 2);
 * decodeSets(Float32Array.of(2, 1, -3, -1), priorDecoder(sets, 1)); // → [1, 0, 0, 1]
 * decodeSets(Float32Array.of(2, 1, -3, -1), { ...priorDecoder(sets, 1), novel: -0.9 }); // → [1, 1, 0, 1]
 * ```
 */
export function decodeSets(logits: Float32Array, decoder: SetDecoder): Uint8Array {
  const { novel, sets } = decoder;
  const { members, tags } = sets;
  const best = bestKnown(logits, decoder);
  const all = novel === undefined ? undefined : bestOfAll(logits, tags);
  const known = all && setNumbers(all.given, sets);
  const given = new Uint8Array(logits.length);
  best.set.forEach((set, row) => {
    const isNovel = known?.[row] === -1 && all!.score[row] + novel! > best.score[row];
    const from = isNovel ? all!.given : members;
    const start = (isNovel ? row : set) * tags;
    given.set(from.subarray(start, start + tags), row * tags);
  });
  return given;
}

/**
 * How probable each tag is, [rows, tags] row by row: the probabilities of the decoder's sets that have it, added up.
 * Unlike σ(z) they know which tags keep company.
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

/** What may be tuned of a prior, and how many rows are exactly right with it. */
export interface PriorScore {
  /** How much of the prior counts: see `priorDecoder`. */
  alpha: number;
  /** The bias of sets that are not among the decoder's; missing if they are never given. */
  novel?: number;
  exactMatch: number;
}

/** From none of the prior to all of it. */
export const usualAlphas: readonly number[] = Array.from({ length: 11 }, (_, i) => i / 10);
/** From no reserve against sets that nobody had to never. */
export const usualNovels: readonly (number | undefined)[] = [0, -1, -2, -3, -4, -6, -8, undefined];

/**
 * Exact match with each α and each bias of other sets, on rows whose truth (0/1, [rows, tags] row by row, like the
 * logits) is known. Throws if shapes don't fit.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1), 2);
 * const scores = scorePriors(Float32Array.of(2, 0.1), Uint8Array.of(1, 0), sets, { alphas: [0, 1], novels: [undefined] });
 * scores.map(({ exactMatch }) => exactMatch); // → [0, 1]
 * ```
 */
export function scorePriors(
  logits: Float32Array,
  truth: Uint8Array,
  sets: TagSets,
  { alphas = usualAlphas, novels = usualNovels } = {},
): PriorScore[] {
  const scoresOf = novelScorer("scorePriors", logits, truth, sets);
  return alphas.flatMap((alpha) =>
    scoresOf(priorDecoder(sets, alpha), novels).map((score) => ({ alpha, ...score })),
  );
}

type NovelScore = Omit<PriorScore, "alpha">;

/** Exact match of decoders with other sets' biases; what doesn't depend on the decoder is done once. */
function novelScorer(
  where: string,
  logits: Float32Array,
  truth: Uint8Array,
  sets: TagSets,
): (decoder: SetDecoder, novels: readonly (number | undefined)[]) => NovelScore[] {
  requireSameShape(where, logits, truth);
  const { tags } = sets;
  wholeRows(where, "logits", logits, tags);
  const truths = setNumbers(truth, sets);
  const all = bestOfAll(logits, tags);
  const known = setNumbers(all.given, sets);
  const allRight = known.map((_, row) =>
    Number(isSame(all.given, truth, row * tags, (row + 1) * tags)),
  );
  return (decoder, novels) => {
    const best = bestKnown(logits, decoder);
    return novels.map((novel) => {
      const right = truths.reduce((sum, set, row) => {
        const rises = novel !== undefined && all.score[row] + novel > best.score[row];
        return sum + (known[row] === -1 && rises ? allRight[row] : Number(best.set[row] === set));
      }, 0);
      const exactMatch = right / truths.length;
      return novel === undefined ? { exactMatch } : { novel, exactMatch };
    });
  };
}

/** The best of some scores, the first of equals. */
const bestScore = <Score extends NovelScore>(scores: readonly Score[]): Score =>
  scores.reduce((a, b) => (b.exactMatch > a.exactMatch ? b : a));

function isSame(a: Uint8Array, b: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * The prior with the best exact match on these rows (see `scorePriors`), the first of equals, and its decoder. The score
 * belongs to the rows it was tuned on: tell the decoder's worth by others.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1), 2);
 * const { alpha, decoder } = tunePrior(Float32Array.of(2, 0.1), Uint8Array.of(1, 0), sets);
 * alpha; // → 0.3
 * decodeSets(Float32Array.of(2, 0.1), decoder); // → [1, 0]
 * ```
 */
export function tunePrior(
  logits: Float32Array,
  truth: Uint8Array,
  sets: TagSets,
  options: Parameters<typeof scorePriors>[3] = {},
): PriorScore & { decoder: SetDecoder } {
  const best = bestScore(scorePriors(logits, truth, sets, options));
  return { ...best, decoder: withNovel(priorDecoder(sets, best.alpha), best.novel) };
}

/**
 * A decoder with the bias of other sets that has the best exact match on these rows, or without one if that is best.
 *
 * ```ts
 * const decoder = priorDecoder(countSets(Uint8Array.of(1, 0, 1, 0, 0, 1), 2), 1);
 * tuneNovel(Float32Array.of(2, 1), Uint8Array.of(1, 1), decoder).novel; // → 0
 * ```
 */
export function tuneNovel(
  logits: Float32Array,
  truth: Uint8Array,
  decoder: SetDecoder,
): SetDecoder {
  const scoresOf = novelScorer("tuneNovel", logits, truth, decoder.sets);
  return withNovel(decoder, bestScore(scoresOf(decoder, usualNovels)).novel);
}

function withNovel({ sets, bias, scale }: SetDecoder, novel: number | undefined): SetDecoder {
  return novel === undefined ? { sets, bias, scale } : { sets, bias, scale, novel };
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
