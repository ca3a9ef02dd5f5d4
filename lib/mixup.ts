import type { Random } from "./random";
import { tf, type Tensor1D, type Tensor2D } from "./tfjs";

export interface Mix {
  /** λ of each row, in [0.5, 1], shape [n, 1]. */
  lambda: Tensor2D;
  /** Which row each row is mixed with, int32, shape [n]. */
  partner: Tensor1D;
}

/**
 * Draw one batch's MixUp (Zhang et al. 2018): a partner and a λ ~ Beta(α, α) for each of the n rows. As in the paper's code
 * λ = max(λ, 1 − λ), so that a row always keeps the larger share of itself.
 */
export function drawMix(n: number, random: Random, alpha = 0.2): Mix {
  const lambda = Float32Array.from({ length: n }, () => {
    const drawn = random.beta(alpha, alpha);
    return Math.max(drawn, 1 - drawn);
  });
  return { lambda: tf.tensor2d(lambda, [n, 1]), partner: tf.tensor1d(random.permutation(n), "int32") };
}

/** λ·x + (1 − λ)·x[partner], row by row. Used alike for features and for labels. */
export function mix(x: Tensor2D, { lambda, partner }: Mix): Tensor2D {
  return tf.tidy(() => {
    const other = tf.gather(x, partner);
    return other.add(x.sub(other).mul(lambda)) as Tensor2D;
  });
}
