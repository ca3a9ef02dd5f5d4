import type { Random } from "../random";
import { hiddenSize, weightShapes, type Sizes, type Weights } from "./weights";
import { tf, type Tensor, type Tensor1D, type Tensor2D } from "../tfjs";

/** The share of an MLP's hidden units that dropout silences in each training step (the paper's setting). */
export const dropoutRate = 0.5;

/**
 * PyTorch's default start of a linear layer: weights and bias uniform in ±1/√inputs.
 *
 * ```ts
 * const [weight, bias] = initialWeights(experimentNamed("linear-img"), 49, seededRandom(42));
 * [weight.shape, bias.shape]; // → [[49, 512], [49]]
 * Math.max(...weight.data) < 1 / Math.sqrt(512); // → true
 * ```
 */
export function initialWeights(experiment: Sizes, tags: number, random: Random): Weights {
  let bound = 0;
  return weightShapes(experiment, tags).map((shape) => {
    if (shape.length === 2) bound = 1 / Math.sqrt(shape[1]);
    const length = shape.reduce((product, n) => product * n, 1);
    return {
      shape,
      data: Float32Array.from({ length }, () => (2 * random.uniform() - 1) * bound),
    };
  });
}

/** x·Wᵀ + b: [n, inputs] → [n, outputs]. */
function dense(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D {
  return tf.matMul(x, weight, false, true).add(bias);
}

/** The gradients of a layer's weight and bias, from that of its outputs: for x·Wᵀ + b they are dW = dZᵀ·x and db = Σ dZ. */
function denseGradients(dz: Tensor2D, x: Tensor2D): [Tensor2D, Tensor1D] {
  return [weightGradient(dz, x), dz.sum(0)];
}

/** Fewer columns than this are few for a matrix product. */
const fewColumns = 32;

/** dZᵀ·x, [outputs, inputs]. Where x has few columns, as for location, (xᵀ·dZ)ᵀ is the same and faster. */
export function weightGradient(dz: Tensor2D, x: Tensor2D): Tensor2D {
  return x.shape[1] < fewColumns ? tf.matMul(x, dz, true).transpose() : tf.matMul(dz, x, true);
}

/**
 * The head's logits, [n, inputs] → [n, tags], as used for predictions: without dropout. Throws if the head takes another
 * number of inputs.
 *
 * ```ts
 * const weights = [
 *   { shape: [1, 2], data: Float32Array.of(3, 4) },
 *   { shape: [1], data: Float32Array.of(0.5) },
 * ];
 * logits(weights, tf.tensor2d([[1, 0], [0, 1]])); // → [[3.5], [4.5]]
 * ```
 */
export function logits(weights: Weights, x: Tensor2D): Tensor2D {
  return tf.tidy(() => forward(weights, x).z);
}

/**
 * One pass through the head: its logits z [n, tags] for x [n, inputs], and `backward`, which turns the gradient of the
 * loss with respect to them into the gradients of the weights, in their order (backpropagation by hand). Keep both inside
 * one `tf.tidy`. `mask` is an MLP's dropout (see `dropoutMask`); without it nothing is dropped.
 *
 * ```ts
 * const weights = initialWeights(experimentNamed("mlp-loc"), 49, seededRandom(42));
 * const gradients = tf.tidy(() => {
 *   const { z, backward } = forward(weights, tf.ones([8, 2]), dropoutMask(8, seededRandom(1)));
 *   return backward(bceGradient(z, tf.zeros([8, 49])));
 * });
 * gradients.map(({ shape }) => shape); // → [[256, 2], [256], [49, 256], [49]]
 * ```
 */
export function forward(
  weights: Weights,
  x: Tensor2D,
  mask?: Tensor2D,
): { z: Tensor2D; backward: (dz: Tensor2D) => Tensor[] } {
  if (x.shape[1] !== weights[0].shape[1]) {
    throw new Error(
      `This head takes ${weights[0].shape[1]} numbers a row, but the features have ${x.shape[1]}`,
    );
  }
  const tensors = weights.map(({ data, shape }) => tf.tensor(data, shape));
  const [weight1, bias1, weight2, bias2] = tensors as [Tensor2D, Tensor1D, Tensor2D, Tensor1D];
  const first = dense(x, weight1, bias1);
  if (tensors.length === 2) return { z: first, backward: (dz) => denseGradients(dz, x) };
  // What each hidden unit's value is multiplied by: 0 where ReLU or dropout silences it.
  const positive = tf.greater(first, 0).cast("float32");
  const passes = mask ? positive.mul(mask) : positive;
  const hidden = first.mul(passes) as Tensor2D;
  const backward = (dz: Tensor2D): Tensor[] => {
    const dFirst = tf.matMul(dz, weight2).mul(passes) as Tensor2D;
    return [...denseGradients(dFirst, x), ...denseGradients(dz, hidden)];
  };
  return { z: dense(hidden, weight2, bias2), backward };
}

/** Eight bytes of 0 or 1 for each of the 256 patterns of eight bits; as one number each, to copy them at once. */
const eightBytes = new Float64Array(
  Uint8Array.from({ length: 8 * 256 }, (_, i) => ((i >> 3) >> (i & 7)) & 1).buffer,
);

/**
 * Dropout as factors: 0, or 1 / (1 − rate) for the units that stay on, [n, hidden]. At a rate of one half each random bit
 * decides one unit.
 *
 * ```ts
 * const mask = dropoutMask(4, seededRandom(42));
 * mask.shape; // → [4, 256]
 * mask.max().dataSync()[0]; // → 2
 * ```
 */
export function dropoutMask(n: number, random: Random, hidden = hiddenSize): Tensor2D {
  const keep = new Float64Array(Math.ceil((n * hidden) / 8));
  for (let i = 0; i < keep.length; i += 4) {
    const bits = random.below(2 ** 32) | 0;
    for (let k = 0; k < 4; k++) keep[i + k] = eightBytes[(bits >>> (8 * k)) & 255]; // beyond the end nothing is kept
  }
  return tf.tidy(() => {
    const kept = tf.tensor2d(new Uint8Array(keep.buffer, 0, n * hidden), [n, hidden], "bool");
    return kept.cast("float32").div(1 - dropoutRate) as Tensor2D;
  });
}
