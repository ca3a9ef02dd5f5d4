import type { Experiment } from "../experiments";
import { dropoutRate, weightGradient } from "../heads";
import { weightShapes, type Weights } from "../weights";
import { StackLayout, type Arrays, type Block, type BlockRows, type Span } from "./layout";
import { crossEntropySums } from "../loss";
import { mix, unmix, type DrawnMix } from "../mixup";
import { AdamW } from "../optimiser";
import type { Settings } from "../settings";
import { reluGradient, tf, type Tensor, type Tensor1D, type Tensor2D } from "../../tfjs";
import type { TrainState } from "../train-state";

/** One batch, as all heads share it. */
export interface Batch {
  /** The rows' features by block, of those that any head sees (see `joinBlocks`). */
  x: BlockRows;
  /** Labels [n, tags]. */
  y: Tensor2D;
  /** This batch's MixUp and the labels after it, if any head is trained with it. */
  mixup?: { drawn: DrawnMix; y: Tensor2D };
  /** Dropout as factors, [n, hidden] (see `dropoutMask`), if any head is an MLP. */
  dropout?: Tensor2D;
}

/** A head's numbers: its weights and what its optimiser carries. */
export type HeadNumbers = Pick<TrainState, "weights" | "optimiser">;

/** What a stack is made from: a head, how it is trained, and its numbers so far. */
export interface StackedHead extends HeadNumbers {
  experiment: Experiment;
  settings: Settings;
}

/**
 * Heads of one kind, all with the same settings, the same steps behind them, and all with or all without MixUp, trained
 * side by side on the same batches. Each block takes part in one matrix product with the weights of all heads that see it:
 * `forward` of lib/train/heads.ts, wide. MixUp blends the first layer's outputs instead of its inputs. As that layer is
 * linear and the shares λ and 1 − λ add up to one, W·(λx + (1 − λ)x') + b = λ(W·x + b) + (1 − λ)(W·x' + b): the same, with
 * 49 numbers a row to blend, not 1026.
 *
 * An MLP is wide enough (256) to stand alone; only linear heads are stacked. While heads are in a stack, their newest
 * numbers are here and nowhere else.
 */
export class HeadStack {
  /** The names of its heads. */
  readonly names: readonly string[];
  readonly settings: Settings;
  private readonly layout: StackLayout;
  /** Of the layout's wide matrices. */
  private readonly optimiser: AdamW;
  /** For each of these 0 for the blocks that a head inside a span does not see, else 1; none where all is seen. */
  private readonly masks: (Tensor | undefined)[];
  private readonly mixes: boolean;

  constructor(
    heads: readonly StackedHead[],
    private readonly tags: number,
    blocks: readonly Block[],
  ) {
    const [{ experiment, settings, optimiser }] = heads;
    this.settings = settings;
    this.mixes = experiment.mixup;
    this.layout = new StackLayout(
      heads.map((head) => head.experiment),
      tags,
      blocks,
    );
    this.names = this.layout.experiments.map(({ name }) => name);
    const { shapes } = this.layout;
    const sorted = this.names.map((name) => heads.find((head) => head.experiment.name === name)!);
    const packed = (arraysOf: (head: StackedHead) => Arrays): Arrays =>
      this.layout.pack(sorted.map(arraysOf));
    this.optimiser = new AdamW(
      packed(({ weights }) => weights.map(({ data }) => data)).map((data, i) => ({
        shape: shapes[i],
        data,
      })),
      settings,
      {
        step: optimiser.step,
        m: packed((head) => head.optimiser.m),
        v: packed((head) => head.optimiser.v),
      },
    );
    this.masks = this.layout
      .seen()
      .map((array, i) => (array.includes(0) ? tf.tensor(array, shapes[i]) : undefined));
  }

  /** The indices of the blocks that any of its heads sees. */
  get blocks(): number[] {
    return this.layout.spans.map(({ block }) => block);
  }

  /** One training step. Returns each head's loss, summed over the batch's rows and tags, in the order of `names`. */
  step(batch: Batch, learningRate: number): number[] {
    const { tags } = this;
    const h = this.names.length;
    const [loss, ...gradients] = tf.tidy(() => {
      const { z, backward } = this.forward(batch);
      const labels = this.mixes ? batch.mixup!.y : batch.y;
      const y = h === 1 ? labels : tf.tile(labels, [1, h]);
      const masked = (gradient: Tensor, mask?: Tensor): Tensor =>
        mask ? gradient.mul(mask) : gradient;
      const chance = tf.sigmoid(z);
      const loss = crossEntropySums(z, chance, y, tags);
      const dz = chance.sub(y) as Tensor2D; // `crossEntropySlope`
      return [loss, ...backward(dz).map((gradient, i) => masked(gradient, this.masks[i]))];
    });
    this.optimiser.update(gradients, learningRate, 1 / batch.y.size);
    const sums = [...loss.dataSync()];
    tf.dispose([loss, gradients]);
    return sums;
  }

  /** The heads' logits for some rows, as used for predictions: one tensor [n, tags] a head, in the order of `names`. */
  logits(x: BlockRows): Tensor2D[] {
    return tf.tidy(() => {
      const { first, second } = this.layers();
      const outputs = this.firstLayer(first, x);
      if (!second) return tf.split(outputs, this.names.length, 1);
      const hidden = tf.relu(outputs);
      return [tf.matMul(hidden, second.weight, false, true).add(second.bias) as Tensor2D];
    });
  }

  /** A copy of a head's weights as they are now. */
  weights(name: string): Weights {
    const { arrays, shapes } = this.unpacked(name);
    const weights = this.optimiser.weights.map(({ data }) => data);
    return arrays(weights).map((data, i) => ({ shape: shapes[i], data }));
  }

  /** A copy of a head's numbers as they are now. */
  numbers(name: string): HeadNumbers {
    const { arrays } = this.unpacked(name);
    const { step, m, v } = this.optimiser.state();
    return { weights: this.weights(name), optimiser: { step, m: arrays(m), v: arrays(v) } };
  }

  dispose(): void {
    tf.dispose(this.masks.flatMap((mask) => mask ?? []));
  }

  /** A head's shapes, and what takes its arrays out of the wide ones. */
  private unpacked(name: string): { shapes: number[][]; arrays: (packed: Arrays) => Arrays } {
    const head = this.names.indexOf(name);
    const shapes = weightShapes(this.layout.experiments[head], this.tags);
    return { shapes, arrays: (packed) => this.layout.unpack(packed, head) };
  }

  /** The optimiser's weights as tensors, by layer. */
  private layers(): { first: Tensor2D[]; second?: { weight: Tensor2D; bias: Tensor1D } } {
    const tensors = this.optimiser.weights.map(({ data, shape }) => tf.tensor(data, shape));
    const at = this.layout.spans.length;
    const [weight, bias] = tensors.slice(at) as [Tensor2D, Tensor1D];
    return { first: tensors.slice(0, at) as Tensor2D[], second: weight && { weight, bias } };
  }

  /** W·x + b of the first layer, [n, heads · width], from its weights for each span. */
  private firstLayer(first: readonly Tensor2D[], x: BlockRows): Tensor2D {
    const { spans, width } = this.layout;
    const products = spans.map((span, i) => {
      const product = tf.matMul(x[span.block]!, first[i], false, true);
      const before = span.first * width;
      const after = (this.names.length - 1 - span.last) * width;
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
  private forward({ x, mixup, dropout }: Batch): {
    z: Tensor2D;
    backward: (dz: Tensor2D) => Tensor[];
  } {
    const { first, second } = this.layers();
    const outputs = this.firstLayer(first, x);
    const mixed = this.mixes ? mix(outputs, mixup!.drawn) : outputs;
    const firstBackward = (d: Tensor2D): Tensor[] => {
      const unmixed = this.mixes ? unmix(d, mixup!.drawn) : d;
      return this.layout.spans.map((span) =>
        weightGradient(this.partOf(unmixed, span), x[span.block]!),
      );
    };
    if (!second) return { z: mixed, backward: firstBackward };
    const hidden = tf.relu(mixed).mul(dropout!) as Tensor2D;
    const backward = (dz: Tensor2D): Tensor[] => {
      // Above zero are the units that neither ReLU nor dropout silenced; dropout multiplies all of those by the same.
      const dHidden = tf.matMul(dz, second.weight.div(1 - dropoutRate)) as Tensor2D;
      const first = firstBackward(reluGradient(dHidden, hidden));
      return [...first, tf.matMul(dz, hidden, true), dz.sum(0)];
    };
    return {
      z: tf.add(tf.matMul(hidden, second.weight, false, true), second.bias) as Tensor2D,
      backward,
    };
  }

  /** The columns of the first layer's outputs (or their gradient) that belong to the heads of a span. */
  private partOf(d: Tensor2D, span: Span): Tensor2D {
    const { layout } = this;
    const [n, all] = d.shape;
    const columns = layout.rows(span);
    return columns === all ? d : tf.slice(d, [0, span.first * layout.width], [n, columns]);
  }
}
