import { aboveThreshold } from "./metrics";
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from "../tfjs";

/**
 * Binary cross-entropy of each answer, [n, tags]: the surprise at the truth y when σ(z) was announced,
 * −y·log σ(z) − (1 − y)·log(1 − σ(z)), which is log(1 + eᶻ) − z·y. `softplus` is that logarithm without overflow.
 * `logits` and `labels` [n, tags]; labels from 0 to 1 (MixUp makes them fractional).
 *
 * ```ts
 * crossEntropy(tf.tensor2d([[0, 9]]), tf.tensor2d([[1, 1]])); // → [[0.6931, 0.0001]]
 * ```
 */
export function crossEntropy(logits: Tensor2D, labels: Tensor2D): Tensor2D {
  return tf.tidy(() => tf.softplus(logits).sub(logits.mul(labels)) as Tensor2D);
}

/**
 * The derivative of `crossEntropy` with respect to the logits, [n, tags]: σ(z) − y, predicted minus true.
 *
 * ```ts
 * crossEntropySlope(tf.tensor2d([[0, 0]]), tf.tensor2d([[1, 0]])); // → [[-0.5, 0.5]]
 * ```
 */
export function crossEntropySlope(logits: Tensor2D, labels: Tensor2D): Tensor2D {
  return tf.tidy(() => tf.sigmoid(logits).sub(labels) as Tensor2D);
}

/** A product of so many factors from one half to one is still a float32. */
const mostFactors = 100;

/**
 * `crossEntropy` summed over rows and tags, for heads whose `tags` logits stand side by side: `logits` and `labels`
 * [n, heads · tags] → [heads]. `chance` is σ(logits).
 *
 * log(1 + eᶻ) is max(z, 0) − log σ(|z|), and σ(|z|) is never below one half, so that those of a row can be multiplied before
 * a logarithm is taken: one for 49. Logarithms are else a tenth of a training step. (Of one head they take no longer than
 * the operations that would save them.)
 *
 * ```ts
 * const z = tf.tensor2d([[0, 9, 0, 0]]);
 * crossEntropySums(z, tf.sigmoid(z), tf.tensor2d([[1, 1, 0, 0]]), 2); // → [0.6933, 1.3863]
 * ```
 */
export function crossEntropySums(
  logits: Tensor2D,
  chance: Tensor2D,
  labels: Tensor2D,
  tags: number,
): Tensor1D {
  return tf.tidy(() => {
    const [n, all] = logits.shape;
    const heads = all / tags;
    if (heads === 1) return crossEntropy(logits, labels).sum().reshape([1]);
    const byHead = (x: Tensor): Tensor1D => x.sum(0).reshape([heads, -1]).sum(1);
    if (tags > mostFactors) return byHead(crossEntropy(logits, labels));
    const surer = tf.maximum(chance, tf.sub(1, chance)).reshape([n * heads, tags]);
    const logarithms = surer.prod(1).log().reshape([n, heads]);
    const rest = tf.relu(logits).sub(logits.mul(labels));
    return byHead(rest).sub(byHead(logarithms)) as Tensor1D;
  });
}

/**
 * The loss that heads are trained with: `crossEntropy` averaged over rows and tags (PyTorch's BCEWithLogitsLoss). Returns
 * a scalar tensor.
 *
 * ```ts
 * bceWithLogits(tf.tensor2d([[0, 0]]), tf.tensor2d([[1, 0]])); // → 0.6931
 * ```
 */
export function bceWithLogits(logits: Tensor2D, labels: Tensor2D): ReturnType<typeof tf.scalar> {
  return tf.tidy(() => crossEntropy(logits, labels).mean().asScalar());
}

/**
 * The gradient of `bceWithLogits` with respect to the logits, of their shape: (σ(z) − y) / (n · tags).
 *
 * ```ts
 * bceGradient(tf.tensor2d([[0, 0]]), tf.tensor2d([[1, 0]])); // → [[-0.25, 0.25]]
 * ```
 */
export function bceGradient(logits: Tensor2D, labels: Tensor2D): Tensor2D {
  return tf.tidy(() => crossEntropySlope(logits, labels).div(logits.size) as Tensor2D);
}

/** What a head is trained to do well. */
export interface HeadLoss {
  /** Tells it from others: `trainOrLoad` takes a saved head for one of the same loss only. */
  name: string;
  /** A batch's mean loss, and its gradient with respect to the logits [n, tags]; labels alike, from 0 to 1. */
  of(logits: Tensor2D, labels: Tensor2D): { loss: Scalar; gradient: Tensor2D };
  /** The tags it gives, 0/1 [rows, tags], from logits of that shape: early stopping counts how many rows are right. */
  answer(logits: Float32Array): Uint8Array;
}

/**
 * The paper's: `bceWithLogits`, and each tag above one half.
 *
 * ```ts
 * const { loss, gradient } = bceLoss.of(tf.tensor2d([[0, 0]]), tf.tensor2d([[1, 0]]));
 * loss; // → 0.6931
 * gradient; // → [[-0.25, 0.25]]
 * ```
 */
export const bceLoss: HeadLoss = {
  name: "bce",
  of: (logits, labels) => ({
    loss: bceWithLogits(logits, labels),
    gradient: bceGradient(logits, labels),
  }),
  answer: aboveThreshold,
};
