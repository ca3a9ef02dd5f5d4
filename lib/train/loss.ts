import { tf, type Tensor2D } from "../tfjs";

/**
 * Binary cross-entropy with logits, averaged over rows and tags (PyTorch's BCEWithLogitsLoss):
 * mean of max(z, 0) − z·y + log(1 + exp(−|z|)), which is −y·log σ(z) − (1 − y)·log(1 − σ(z)) without overflow.
 * `logits` and `labels` [n, tags]; labels from 0 to 1 (MixUp makes them fractional). Returns a scalar tensor.
 */
export function bceWithLogits(logits: Tensor2D, labels: Tensor2D): ReturnType<typeof tf.scalar> {
  return tf.tidy(() =>
    tf
      .relu(logits)
      .sub(tf.mul(logits, labels))
      .add(tf.log1p(tf.exp(tf.neg(tf.abs(logits)))))
      .mean()
      .asScalar(),
  );
}

/** The gradient of `bceWithLogits` with respect to the logits: (σ(z) − y) / (n · tags). Same shape as the logits. */
export function bceGradient(logits: Tensor2D, labels: Tensor2D): Tensor2D {
  return tf.tidy(() => tf.sigmoid(logits).sub(labels).div(logits.size) as Tensor2D);
}
