/** A decoder fitted to rows whose truth is known: how much logits, company and size of a set should count. */
import { tf, type Tensor2D } from "../tfjs";
import { rowsOf } from "./halves";
import {
  priorDecoder,
  requireSameShape,
  setNumbers,
  withScores,
  type SetDecoder,
  type TagSets,
} from "./tag-sets";

/** What each part of a set's score counts, and the decoder that it makes. */
export interface FittedSets extends SetDecoder {
  weights: {
    /** The sum of its logits. */
    logits: number;
    /** Its pointwise mutual information. */
    pmi: number;
    /** The logarithm of how common it is. */
    prior: number;
    /** Having 2, 3, … tags, against having one. */
    sizes: number[];
  };
  /** Rows whose set is one of those to choose from: only they can be learned from. */
  rows: number;
}

/** Keeps weights finite that the rows say nothing about: the prior of a weight is normal with variance 1 / RIDGE. */
const RIDGE = 0.1;
const STEPS = 25;

/**
 * Fit a logistic regression over the sets by Newton's method (a conditional logit, McFadden 1974): of all sets the true
 * one should be most probable, where a set's score is a weighted sum of its logits' sum, its pmi, its log frequency and
 * its size. At most eight numbers are learned, so that some hundred rows do. The rows must be others than those the
 * decoder is scored on. Throws if shapes don't fit, or if no row's set is among `sets`.
 *
 * ```ts
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1), 2);
 * const z = Float32Array.of(1, -1, 1, 1, 1, -1, -1, 1, 1, -1, 1, 1);
 * const { weights } = fitSetWeights(z, Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0), sets);
 * weights.logits > 0.2; // → true
 * ```
 */
export function fitSetWeights(logits: Float32Array, truth: Uint8Array, sets: TagSets): FittedSets {
  requireSameShape("fitSetWeights", logits, truth);
  const { tags } = sets;
  const numbers = setNumbers(truth, sets);
  const [known, z] = rowsAmong(numbers, logits, tags);
  if (known.length === 0)
    throw new Error(
      `fitSetWeights: none of ${numbers.length} rows has one of the ${sets.counts.length} sets: nothing can be learned`,
    );
  const right = known.map((row) => numbers[row]);
  const { values: f, width } = setFeatures(sets);
  const size = width + 1; // the weight of the logits' sum is first
  let weights = new Float64Array(size).fill(0);
  weights[0] = 1;
  for (let step = 0; step < STEPS; step++) {
    const { gradient, hessian } = derivatives(z, right, sets, f, weights);
    for (let i = 0; i < size; i++) {
      gradient[i] -= RIDGE * (weights[i] - (i === 0 ? 1 : 0));
      hessian[i][i] += RIDGE;
    }
    const move = solve(hessian, gradient);
    const length = Math.max(...move.map(Math.abs));
    const damped = Math.min(1, 2 / length); // Newton's first step may be too long
    weights = weights.map((weight, i) => weight + damped * move[i]);
    if (length < 1e-6) break;
  }
  const [own, pmi, prior, ...sizes] = weights;
  if (!(own > 0))
    throw new Error(
      `fitSetWeights: the logits count ${own.toFixed(3)}, less than nothing: do they belong to these rows?`,
    );
  const bias = biasOf(sets, f, weights).map((value) => value / own);
  return {
    sets,
    bias,
    scale: own,
    weights: { logits: own, pmi, prior, sizes },
    rows: known.length,
  };
}

/**
 * Move each set's bias until the set is expected as often as it happens on these rows: in each round by the logarithm of
 * counted over expected (iterative proportional fitting), which is what makes the rows' sets most probable. `smoothing` is
 * added to both counts, so that a set that few rows have keeps most of its bias. There are thousands of biases to learn,
 * so it takes many rows; training rows do where a head has hardly learned them by heart. Throws if shapes don't fit.
 *
 * ```ts
 * const decoder = priorDecoder(countSets(Uint8Array.of(1, 0, 0, 1), 2), 0);
 * const z = new Float32Array(6); // says nothing, and two in three have the first tag
 * const matched = matchCounts(z, Uint8Array.of(1, 0, 1, 0, 0, 1), decoder, { smoothing: 0 });
 * setProbabilities(Float32Array.of(0, 0), matched); // → [0.6667, 0.3333]
 * ```
 */
export function matchCounts(
  logits: Float32Array,
  truth: Uint8Array,
  decoder: SetDecoder,
  { rounds = 5, smoothing = 1 } = {},
): SetDecoder {
  requireSameShape("matchCounts", logits, truth);
  const counted = new Float64Array(decoder.bias.length);
  const numbers = setNumbers(truth, decoder.sets);
  const [known, z] = rowsAmong(numbers, logits, decoder.sets.tags);
  for (const row of known) counted[numbers[row]]++;
  let bias = decoder.bias;
  for (let round = 0; round < rounds; round++) {
    const expected = new Float64Array(bias.length);
    withScores(z, { ...decoder, bias }, (scores) => {
      const sums = tf.softmax(scores).sum(0).dataSync();
      sums.forEach((sum, set) => (expected[set] += sum));
    });
    bias = bias.map((value, set) => {
      const factor = (counted[set] + smoothing) / (expected[set] + smoothing);
      return value + Math.log(factor) / decoder.scale;
    });
  }
  return { ...decoder, bias };
}

/** The rows whose set is one of those to choose from, and their logits. */
function rowsAmong(
  numbers: Int32Array,
  logits: Float32Array,
  tags: number,
): [known: Int32Array, z: Float32Array] {
  const known = Int32Array.from(numbers.keys()).filter((row) => numbers[row] >= 0);
  return [known, rowsOf(logits, tags, known)];
}

/** What is known of each set, [sets, width]: pmi, log frequency, and 1 for its size if it has 2, 3, … tags. */
function setFeatures({ members, counts, pmi, rows, tags }: TagSets): {
  values: Float64Array[];
  width: number;
} {
  const sizes = Array.from(counts, (_, set) =>
    members.subarray(set * tags, (set + 1) * tags).reduce((sum, value) => sum + value, 0),
  );
  const largest = sizes.reduce((a, b) => Math.max(a, b), 1);
  const values = Array.from(counts, (count, set) =>
    Float64Array.from({ length: largest + 1 }, (_, i) => {
      if (i === 0) return pmi[set];
      if (i === 1) return Math.log(count / rows);
      return Number(sizes[set] === i);
    }),
  );
  return { values, width: largest + 1 };
}

/** The part of each set's score that doesn't depend on the logits [sets]. */
function biasOf(sets: TagSets, f: readonly Float64Array[], weights: Float64Array): Float32Array {
  return Float32Array.from(f, (row) =>
    row.reduce((sum, value, i) => sum + value * weights[i + 1], 0),
  );
}

/**
 * Gradient and negative Hessian of the log-likelihood at these weights: what the true sets have of each feature less
 * what is expected of them, and the covariance of the features, both summed over the rows.
 */
function derivatives(
  z: Float32Array,
  right: Int32Array,
  sets: TagSets,
  f: readonly Float64Array[],
  weights: Float64Array,
): { gradient: Float64Array; hessian: Float64Array[] } {
  const size = weights.length;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  const width = size - 1;
  const expectedOfSets = new Float64Array(f.length); // how often each set is expected
  const flat = Float32Array.from(f.flatMap((row) => [...row]));
  const own = biasOf(sets, f, weights);
  withScores(z, priorDecoder(sets, 0), (sums, start) => {
    const features = tf.tensor2d(flat, [f.length, width]);
    const p = tf.softmax(sums.mul(weights[0]).add(tf.tensor1d(own))) as Tensor2D;
    const pz = p.mul(sums) as Tensor2D;
    const [ofFeatures, ofBoth, ofSums, ofSquares, ofSets, all] = [
      tf.matMul(p, features),
      tf.matMul(pz, features),
      pz.sum(1),
      pz.mul(sums).sum(1),
      p.sum(0),
      sums,
    ].map((tensor) => tensor.dataSync());
    ofSets.forEach((value, set) => (expectedOfSets[set] += value));
    ofSums.forEach((mean, row) => {
      const set = right[start + row];
      gradient[0] += all[row * f.length + set] - mean;
      hessian[0][0] += ofSquares[row] - mean * mean;
      for (let i = 0; i < width; i++) {
        const expected = ofFeatures[row * width + i];
        gradient[i + 1] += f[set][i] - expected;
        hessian[0][i + 1] += ofBoth[row * width + i] - mean * expected;
        for (let j = 0; j <= i; j++)
          hessian[i + 1][j + 1] -= expected * ofFeatures[row * width + j];
      }
    });
  });
  for (let i = 0; i < width; i++) {
    hessian[i + 1][0] = hessian[0][i + 1];
    for (let j = 0; j <= i; j++) {
      for (let set = 0; set < f.length; set++)
        hessian[i + 1][j + 1] += expectedOfSets[set] * f[set][i] * f[set][j];
      hessian[j + 1][i + 1] = hessian[i + 1][j + 1];
    }
  }
  return { gradient, hessian };
}

/** x with A·x = b, for a positive definite A: Gauss's elimination. */
function solve(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const rows = a.map((row, i) => [...row, b[i]]);
  for (let i = 0; i < rows.length; i++)
    for (let j = i + 1; j < rows.length; j++) {
      const factor = rows[j][i] / rows[i][i];
      for (let k = i; k <= rows.length; k++) rows[j][k] -= factor * rows[i][k];
    }
  const x = new Float64Array(rows.length);
  for (let i = rows.length - 1; i >= 0; i--) {
    let rest = rows[i][rows.length];
    for (let j = i + 1; j < rows.length; j++) rest -= rows[i][j] * x[j];
    x[i] = rest / rows[i][i];
  }
  return x;
}
