/** A head applied to one photo in plain loops, for where there is no TensorFlow.js: a web page. */
import type { Weights } from "./weights";

/** 1 / (1 + e^−z) of each logit. */
export const plainSigmoid = (logits: Float32Array): Float32Array =>
  logits.map((z) => 1 / (1 + Math.exp(-z)));

/** weight [outputs, inputs] · the parts side by side, from column `from` on: [outputs]. */
function product(
  { shape: [outputs, inputs], data }: Weights[number],
  part: Float32Array,
  from: number,
): Float32Array {
  return Float32Array.from({ length: outputs }, (_, output) => {
    let sum = 0;
    for (let i = 0; i < part.length; i++) sum += data[output * inputs + from + i] * part[i];
    return sum;
  });
}

/** What each part adds to the outputs of a layer. Throws if the parts together are no row of it. */
function products(weight: Weights[number], parts: readonly Float32Array[]): Float32Array[] {
  let from = 0;
  const found = parts.map((part) => {
    const of = product(weight, part, from);
    from += part.length;
    return of;
  });
  if (from !== weight.shape[1])
    throw new Error(
      `This head takes ${weight.shape[1]} numbers a row, but the features have ${from}`,
    );
  return found;
}

/** A layer's outputs: what its parts add, and its bias. */
function layer(
  weight: Weights[number],
  bias: Weights[number],
  parts: readonly Float32Array[],
): Float32Array {
  const found = products(weight, parts);
  return bias.data.map((value, i) => found.reduce((sum, part) => sum + part[i], value));
}

/**
 * A head's logits, [tags], for one photo whose features are these parts side by side; equal to `logits` of heads.ts.
 *
 * ```ts
 * const weights = [
 *   { shape: [1, 3], data: Float32Array.of(3, 4, 5) },
 *   { shape: [1], data: Float32Array.of(0.5) },
 * ];
 * plainLogits(weights, [Float32Array.of(1, 0), Float32Array.of(2)]); // → [13.5]
 * ```
 *
 * Throws if the head takes another number of inputs.
 */
export function plainLogits(
  [weight1, bias1, weight2, bias2]: Weights,
  parts: readonly Float32Array[],
): Float32Array {
  const first = layer(weight1, bias1, parts);
  if (!weight2) return first;
  return layer(weight2, bias2, [first.map((value) => Math.max(0, value))]);
}

/**
 * What each part adds to each logit of a linear head, [parts][tags]: with the bias they add up to it. Null for an MLP,
 * where they can't be told apart.
 *
 * ```ts
 * const weights = [
 *   { shape: [1, 3], data: Float32Array.of(3, 4, 5) },
 *   { shape: [1], data: Float32Array.of(0.5) },
 * ];
 * plainParts(weights, [Float32Array.of(1, 0), Float32Array.of(2)]); // → [[3], [10]]
 * ```
 */
export function plainParts(
  weights: Weights,
  parts: readonly Float32Array[],
): Float32Array[] | null {
  return weights.length === 2 ? products(weights[0], parts) : null;
}
