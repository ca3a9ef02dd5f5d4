import { AdamW } from "../adamw";
import type { Block, BlockRows } from "./blocks";
import type { Experiment } from "../experiments";
import { mix, unmix, type DrawnMix } from "../mixup";
import { StackLayout, type Arrays, type Run } from "./stack-layout";
import { tf, type Tensor, type Tensor1D, type Tensor2D } from "../../tfjs";

/** One batch, as all heads share it. */
export interface Batch {
  /** The rows' features by block, of those that any head sees (see `joinBlocks`). */
  x: BlockRows;
  /** Labels [n, tags]. */
  y: Tensor2D;
  /** This batch's MixUp and the labels after it, if any head is trained with it. */
  mixup?: { drawn: DrawnMix; y: Tensor2D };
  /** Which hidden units stay on, bool [n, hidden], if any head is an MLP. */
  keep?: Tensor2D;
}

/** What a stack is made from and gives back: a head with what its optimiser carries. */
export interface StackedHead {
  experiment: Experiment;
  weights: Arrays;
  m: Arrays;
  v: Arrays;
}

/**
 * Heads of one kind, all with or all without MixUp, trained side by side on the same batches. Each block takes part in
 * one matrix product with the weights of all heads that see it: `forward` of lib/train/heads.ts, wide. MixUp blends the first
 * layer's outputs instead of its inputs. As that layer is linear and the shares λ and 1 − λ add up to one,
 * W·(λx + (1 − λ)x') + b = λ(W·x + b) + (1 − λ)(W·x' + b): the same, with 49 numbers a row to blend, not 1026.
 *
 * An MLP is wide enough (256) to stand alone; only linear heads are stacked.
 */
export class HeadStack {
  readonly heads: readonly StackedHead[];
  private readonly layout: StackLayout;
  /** Its weights: the layout's wide matrices. */
  private readonly optimiser: AdamW;
  /** For each of these 0 for the blocks that a head inside a run does not see, else 1; none where all is seen. */
  private readonly masks: (Tensor | undefined)[];

  constructor(
    heads: readonly StackedHead[],
    private readonly tags: number,
    blocks: readonly Block[],
    { weightDecay, step }: { weightDecay: number; step: number },
  ) {
    this.layout = new StackLayout(
      heads.map(({ experiment }) => experiment),
      tags,
      blocks,
    );
    this.heads = this.layout.experiments.map((wanted) =>
      heads.find(({ experiment }) => experiment === wanted)!,
    );
    const {
      layout: { shapes },
    } = this;
    const packed = (key: "weights" | "m" | "v"): Arrays =>
      this.layout.pack(this.heads.map((head) => head[key]));
    const weights = packed("weights").map((array, i) => tf.tensor(array, shapes[i]));
    this.optimiser = new AdamW(weights, { weightDecay }, { step, m: packed("m"), v: packed("v") });
    this.masks = this.layout
      .seen()
      .map((array, i) => (array.includes(0) ? tf.tensor(array, shapes[i]) : undefined));
  }

  /** The indices of the blocks that any of its heads sees. */
  get blocks(): number[] {
    return this.layout.runs.map(({ block }) => block);
  }

  /** One training step. Returns each head's loss, summed over the batch's rows and tags. */
  step(batch: Batch, learningRate: number): number[] {
    const { tags } = this;
    const h = this.heads.length;
    const [loss, ...gradients] = tf.tidy(() => {
      const { z, backward } = this.forward(batch);
      const labels = this.mixes ? batch.mixup!.y : batch.y;
      const y = h === 1 ? labels : tf.tile(labels, [1, h]);
      const masked = (gradient: Tensor, mask?: Tensor): Tensor =>
        mask ? gradient.mul(mask) : gradient;
      // Binary cross-entropy with logits: −y·log σ(z) − (1 − y)·log(1 − σ(z)) = log(1 + eᶻ) − z·y; its derivative is σ(z) − y.
      const loss = tf.softplus(z).sub(z.mul(y)).sum(0);
      const dz = tf.sigmoid(z).sub(y) as Tensor2D;
      return [loss, ...backward(dz).map((gradient, i) => masked(gradient, this.masks[i]))];
    });
    this.optimiser.update(gradients, learningRate, 1 / batch.y.size);
    const sums = loss.dataSync() as Float32Array;
    tf.dispose([loss, gradients]);
    return this.heads.map((_, i) =>
      sums.subarray(i * tags, (i + 1) * tags).reduce((sum, value) => sum + value, 0),
    );
  }

  /** The heads' logits for some rows, as used for predictions: one tensor [n, tags] a head, in the order of `heads`. */
  logits(x: BlockRows): Tensor2D[] {
    return tf.tidy(() => {
      const first = this.firstLayer(x);
      const { second } = this.parts();
      if (second)
        return [
          tf.add(tf.matMul(tf.relu(first), second.weight, false, true), second.bias) as Tensor2D,
        ];
      return tf.split(first, this.heads.length, 1);
    });
  }

  /** A copy of each head's weights as they are now, in the order of `heads`. */
  weights(): Float32Array[][] {
    return this.layout.unpack(
      this.optimiser.weights.map((weight) => weight.dataSync() as Float32Array),
    );
  }

  /** Copies of the heads as they are now: of all, or of this one, if it is here. */
  current(only?: Experiment): StackedHead[] {
    if (only && !this.heads.some(({ experiment }) => experiment === only)) return [];
    const { m, v } = this.optimiser.state();
    const all = [this.weights(), this.layout.unpack(m), this.layout.unpack(v)];
    const heads = this.heads.map(({ experiment }, i) => ({
      experiment,
      weights: all[0][i],
      m: all[1][i],
      v: all[2][i],
    }));
    return only ? heads.filter(({ experiment }) => experiment === only) : heads;
  }

  dispose(): void {
    tf.dispose(this.optimiser.weights);
    tf.dispose(this.masks.flatMap((mask) => mask ?? []));
  }

  private get mixes(): boolean {
    return this.heads[0].experiment.mixup;
  }

  /** The optimiser's weights by layer. */
  private parts(): { first: Tensor2D[]; second?: { weight: Tensor2D; bias: Tensor1D } } {
    const { weights } = this.optimiser;
    const at = this.layout.runs.length;
    const [weight, bias] = weights.slice(at) as [Tensor2D, Tensor1D];
    return { first: weights.slice(0, at) as Tensor2D[], second: weight && { weight, bias } };
  }

  /** W·x + b of the first layer, [n, heads · width]. */
  private firstLayer(x: BlockRows): Tensor2D {
    const { first } = this.parts();
    const { runs, width } = this.layout;
    const products = runs.map((run, i) => {
      const product = tf.matMul(x[run.block]!, first[i], false, true);
      const before = run.first * width;
      const after = (this.heads.length - 1 - run.last) * width;
      return before + after === 0
        ? product
        : tf.pad(product, [
            [0, 0],
            [before, after],
          ]);
    });
    return (products.length === 1 ? products[0] : tf.addN(products)) as Tensor2D;
  }

  /** The logits while training, [n, heads · tags], and what turns their gradient into those of the optimiser's weights. */
  private forward({ x, mixup, keep }: Batch): {
    z: Tensor2D;
    backward: (dz: Tensor2D) => Tensor[];
  } {
    const outputs = this.firstLayer(x);
    const mixed = this.mixes ? mix(outputs, mixup!.drawn) : outputs;
    const firstBackward = (d: Tensor2D): Tensor[] => {
      const unmixed = this.mixes ? unmix(d, mixup!.drawn) : d;
      return this.layout.runs.map((run) => this.weightGradient(unmixed, x[run.block]!, run));
    };
    const { second } = this.parts();
    if (!second) return { z: mixed, backward: firstBackward };
    // Dropout silences half of the units and doubles the others: here the doubling is in the second layer's weights.
    const on = tf.logicalAnd(tf.greater(mixed, 0), keep!);
    const none = tf.zerosLike(mixed);
    const doubled = second.weight.mul(2) as Tensor2D;
    const kept = tf.where(on, mixed, none) as Tensor2D;
    const backward = (dz: Tensor2D): Tensor[] => {
      const hidden = tf.where(on, tf.matMul(dz, doubled), none) as Tensor2D;
      return [...firstBackward(hidden), tf.matMul(dz, kept, true).mul(2), dz.sum(0)];
    };
    return { z: tf.add(tf.matMul(kept, doubled, false, true), second.bias) as Tensor2D, backward };
  }

  /** dW = dZᵀ·x, for the heads of the run. Where x has few columns, as for location, (xᵀ·dZ)ᵀ is the same and faster. */
  private weightGradient(d: Tensor2D, x: Tensor2D, run: Run): Tensor2D {
    const { layout } = this;
    const rows = layout.rows(run);
    const [n, all] = d.shape;
    const own = rows === all ? d : tf.slice(d, [0, run.first * layout.width], [n, rows]);
    return run.size < layout.width
      ? (tf.matMul(x, own, true).transpose() as Tensor2D)
      : tf.matMul(own, x, true);
  }
}
