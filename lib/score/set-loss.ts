/** Training a head for whole sets: the surprise at the set that a photo has, not at its 49 answers one by one. */
import { sha256 } from "../files/hash";
import { tf, type Scalar, type Tensor2D } from "../tfjs";
import type { HeadLoss } from "../train/loss";
import { AdamW } from "../train/optimiser";
import { decodeSets, type SetDecoder } from "./tag-sets";

/**
 * The loss of a softmax over a decoder's sets, per tag so that it is as large as `bceWithLogits`:
 *
 *     loss = (log Σ exp(z·S + bias of S) − z·y) / tags,     gradient = (p(tag | x) − y) / tags
 *
 * where the sum is over the sets, and p(tag | x) is what `setProbabilities` gives. With all 2^tags sets and no bias it is
 * `bceWithLogits` and its gradient σ(z) − y. (The true set's own bias, which no head can change, is left out.) Each row's
 * labels must be one of the sets, or a mixture of them. The decoder's scale counts as 1.
 *
 * With a `biasRate` the biases are learned, too: each call moves them by a step of AdamW at that rate, starting from the
 * decoder's. `answer` decodes with the biases as they are then; `matchCounts` finds their best values for the finished
 * head. Not with MixUp, whose mixtures are no sets, and not to be continued from a checkpoint, which has no biases.
 *
 * ```ts
 * import { tf } from "./lib/train";
 * const sets = countSets(Uint8Array.of(1, 0, 0, 1), 2);
 * const { loss, gradient } = setLoss(priorDecoder(sets, 0)).of(tf.tensor2d([[0, 0]]), tf.tensor2d([[1, 0]]));
 * loss; // → 0.3466
 * gradient; // → [[-0.25, 0.25]]
 * ```
 */
export function setLoss(decoder: SetDecoder, { biasRate = 0 } = {}): HeadLoss {
  const { members, tags, counts } = decoder.sets;
  const inSet = Float32Array.from(members);
  const bias = decoder.bias.slice();
  const learner = new AdamW([{ shape: [bias.length], data: bias }], { weightDecay: 0 });
  return {
    name: `sets ${sha256(`${biasRate} ${tags} ${members} ${decoder.bias} ${decoder.novel}`).slice(0, 16)}`,
    of(logits, labels) {
      const [loss, gradient, ofBias] = tf.tidy(() => {
        const m = tf.tensor2d(inSet, [counts.length, tags]);
        const scores = tf.matMul(logits, m, false, true).add(tf.tensor1d(bias));
        const highest = scores.max(1, true);
        const exp = scores.sub(highest).exp();
        const sum = exp.sum(1, true);
        const partition = sum.log().add(highest).sum();
        const mean = partition.sub(logits.mul(labels).sum()).div(logits.size).asScalar();
        const ofSets = exp.div(sum) as Tensor2D;
        const slope = tf.matMul(ofSets, m).sub(labels).div(logits.size);
        if (biasRate === 0) return [mean, slope];
        // 2·|y ∩ S| − |y| is |S| for the true set alone.
        const isTruth = tf.matMul(labels, m.mul(2).sub(1) as Tensor2D, false, true).equal(m.sum(1));
        return [mean, slope, ofSets.sub(isTruth.cast("float32")).mean(0)];
      });
      if (ofBias) {
        learner.update([ofBias], biasRate);
        ofBias.dispose();
      }
      return { loss: loss as Scalar, gradient: gradient as Tensor2D };
    },
    answer: (logits) => decodeSets(logits, { ...decoder, bias }),
  };
}
