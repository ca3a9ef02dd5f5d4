import type { Random } from "../random";
import { tf, type Tensor1D, type Tensor2D } from "../tfjs";

export interface Mix {
  /** λ of each row, in [0.5, 1], shape [n, 1]. */
  lambda: Tensor2D;
  /** Which row each row is mixed with, int32, shape [n]. */
  partner: Tensor1D;
}

/** A Mix as drawn, which knows its way back. */
export interface DrawnMix extends Mix {
  /** The row that each row is the partner of, int32, shape [n]. */
  partnerOf: Tensor1D;
}

/**
 * Draw one batch's MixUp (Zhang et al. 2018): a partner and a λ ~ Beta(α, α) for each of the n rows. As in the paper's code
 * λ = max(λ, 1 − λ), so that a row always keeps the larger share of itself.
 *
 * ```ts
 * const { lambda, partner } = drawMix(4, seededRandom(42));
 * [lambda.shape, partner.shape]; // → [[4, 1], [4]]
 * lambda.min().dataSync()[0] >= 0.5; // → true
 * ```
 */
export function drawMix(n: number, random: Random, alpha = 0.2): DrawnMix {
  const lambda = new Float32Array(n);
  for (let row = 0; row < n; row++) {
    const drawn = random.beta(alpha, alpha);
    lambda[row] = Math.max(drawn, 1 - drawn);
  }
  const partner = random.permutation(n);
  const partnerOf = new Int32Array(n);
  for (let row = 0; row < n; row++) partnerOf[partner[row]] = row;
  return {
    lambda: tf.tensor2d(lambda, [n, 1]),
    partner: tf.tensor1d(partner),
    partnerOf: tf.tensor1d(partnerOf),
  };
}

/**
 * λ·x + (1 − λ)·x[partner], row by row, [n, …] like x. Used alike for features and for labels.
 *
 * ```ts
 * const x = tf.tensor2d([[1, 10], [2, 20]]);
 * const half = { lambda: tf.tensor2d([[0.75], [0.5]]), partner: tf.tensor1d([1, 0], "int32") };
 * mix(x, half); // → [[1.25, 12.5], [1.5, 15]]
 * ```
 */
export function mix(x: Tensor2D, { lambda, partner }: Mix): Tensor2D {
  return tf.tidy(() => {
    const other = tf.gather(x, partner);
    return other.add(x.sub(other).mul(lambda)) as Tensor2D;
  });
}

/** The gradient with respect to x, from that with respect to `mix(x)`: each row's share goes to it, the rest to its partner. */
export function unmix(gradient: Tensor2D, { lambda, partnerOf }: DrawnMix): Tensor2D {
  return tf.tidy(() => {
    const own = gradient.mul(lambda);
    return own.add(tf.gather(gradient.sub(own), partnerOf)) as Tensor2D;
  });
}
