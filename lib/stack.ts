import { AdamW } from "./adamw";
import { inputSize, modalities, modalitySize, type Experiment, type Modality } from "./experiments";
import { hiddenSize, weightShapes } from "./heads";
import { mix, unmix, type DrawnMix } from "./mixup";
import { tf, type Tensor, type Tensor1D, type Tensor2D } from "./tfjs";
import type { Features } from "./training-data";

/** One batch, as all heads share it. */
export interface Batch {
  /** The rows' features, for each modality any head sees. */
  x: Partial<Features>;
  /** Labels [n, tags]. */
  y: Tensor2D;
  /** This batch's MixUp and the labels after it, if any head is trained with it. */
  mixup?: { drawn: DrawnMix; y: Tensor2D };
  /** Which hidden units stay on, bool [n, hidden], if any head is an MLP. */
  keep?: Tensor2D;
}

/** A head's arrays in `weightNames`' order: its weights, or AdamW's m or v of them. */
type Arrays = Float32Array[];

/** What a stack is made from and gives back: a head with what its optimiser carries. */
export interface StackedHead {
  experiment: Experiment;
  weights: Arrays;
  m: Arrays;
  v: Arrays;
}

/** Where a modality's weights lie: for the heads `first` to `last` (the stack's order), from `offset` of the flat vector. */
interface Run {
  modality: Modality;
  first: number;
  last: number;
  offset: number;
  /** Numbers a row: the modality's, or what a head that stands alone says of its one modality. */
  size: number;
}

const sees = (head: StackedHead, modality: Modality): boolean => head.experiment.modalities.includes(modality);

/** Photo, photo and title, title, neither: so the heads that see the photo stand side by side, and those that see the title. */
const place = ({ modalities: set }: Experiment): number =>
  set.includes("img") ? (set.includes("txt") ? 1 : 0) : set.includes("txt") ? 2 : 3;

/**
 * Heads of one kind, all with or all without MixUp, trained side by side on the same batches. Each modality takes part in
 * one matrix product with the weights of all heads that see it. It is `forward` of lib/heads.ts and AdamW, wide:
 *
 * - All weights are one flat vector, so that AdamW is a few operations whatever the number of heads.
 * - MixUp blends the first layer's outputs instead of its inputs. As that layer is linear and the shares λ and 1 − λ add
 *   up to one, W·(λx + (1 − λ)x') + b = λ(W·x + b) + (1 − λ)(W·x' + b): the same, with 49 numbers a row to blend, not 1026.
 *
 * An MLP is wide enough (256) to stand alone; only linear heads are stacked.
 */
export class HeadStack {
  readonly heads: readonly StackedHead[];
  private readonly runs: Run[] = [];
  /** Outputs of a head's first layer. */
  private readonly width: number;
  private readonly biasOffset: number;
  private readonly optimiser: AdamW;
  /** 0 for the weights of modalities that a head inside a run does not see, else 1; only if there are any. */
  private readonly mask?: Tensor;

  constructor(
    heads: readonly StackedHead[],
    private readonly tags: number,
    { weightDecay, step }: { weightDecay: number; step: number },
  ) {
    this.heads = [...heads].sort((a, b) => place(a.experiment) - place(b.experiment));
    const linear = heads[0].experiment.kind === "linear";
    this.width = linear ? tags : hiddenSize;
    let offset = 0;
    for (const modality of modalities) {
      const seeing = this.heads.flatMap((head, i) => (sees(head, modality) ? [i] : []));
      if (seeing.length === 0) continue;
      const { inputs = modalitySize[modality] } = heads.length === 1 ? heads[0].experiment : {};
      const run = { modality, first: seeing[0], last: seeing[seeing.length - 1], offset, size: inputs };
      this.runs.push(run);
      offset += this.rows(run) * run.size;
    }
    this.biasOffset = offset;
    const flat = (key: "weights" | "m" | "v"): Float32Array => this.pack(this.heads.map((head) => head[key]));
    this.optimiser = new AdamW([tf.tensor1d(flat("weights"))], { weightDecay }, { step, m: [flat("m")], v: [flat("v")] });
    const seen = this.pack(this.heads.map((head) => head.weights.map((array) => new Float32Array(array.length).fill(1))));
    if (seen.includes(0)) this.mask = tf.tensor1d(seen);
  }

  /** One training step. Returns each head's mean loss on the batch, [heads]. */
  step(batch: Batch, learningRate: number): Tensor1D {
    const [loss, gradient] = tf.tidy(() => {
      const { z, backward } = this.forward(batch), n = z.shape[0], h = this.heads.length;
      const y = (this.mixes ? batch.mixup!.y : batch.y).reshape([n, 1, this.tags]), answers = z.reshape([n, h, this.tags]);
      // Binary cross-entropy with logits is log(1 + eᶻ) − z·y; its derivative is σ(z) − y.
      const losses = tf.sub(tf.softplus(z).sum(0), answers.mul(y).reshape([n, h * this.tags]).sum(0));
      const dz = tf.sigmoid(answers).sub(y).reshape([n, h * this.tags]) as Tensor2D;
      const gradient = tf.concat(backward(dz).map((part) => part.flatten())).div(n * this.tags);
      return [losses.reshape([h, this.tags]).sum(1).div(n * this.tags), this.mask ? gradient.mul(this.mask) : gradient];
    });
    this.optimiser.update([gradient], learningRate);
    gradient.dispose();
    return loss as Tensor1D;
  }

  /** The heads' logits for some rows, as used for predictions: one tensor [n, tags] a head, in the order of `heads`. */
  logits(x: Partial<Features>): Tensor2D[] {
    return tf.tidy(() => {
      const first = this.firstLayer(x), { second } = this.parts();
      if (second) return [tf.add(tf.matMul(tf.relu(first), second.weight, false, true), second.bias) as Tensor2D];
      return tf.split(first, this.heads.length, 1);
    });
  }

  /** A copy of each head's weights as they are now, in the order of `heads`. */
  weights(): Float32Array[][] {
    return this.unpack(this.optimiser.weights[0].dataSync() as Float32Array);
  }

  /** Copies of the heads as they are now: of all, or of this one, if it is here. */
  current(only?: Experiment): StackedHead[] {
    if (only && !this.heads.some(({ experiment }) => experiment === only)) return [];
    const { m, v } = this.optimiser.state(), all = [this.weights(), this.unpack(m[0]), this.unpack(v[0])];
    const heads = this.heads.map(({ experiment }, i) => ({ experiment, weights: all[0][i], m: all[1][i], v: all[2][i] }));
    return only ? heads.filter(({ experiment }) => experiment === only) : heads;
  }

  dispose(): void {
    tf.dispose(this.optimiser.weights);
    tf.dispose(this.mask ?? []);
    this.optimiser.dispose();
  }

  private get mixes(): boolean {
    return this.heads[0].experiment.mixup;
  }

  private rows({ first, last }: Run): number {
    return (last - first + 1) * this.width;
  }

  /** The weights, as pieces of the flat vector. */
  private parts(): { first: Tensor2D[]; bias: Tensor1D; second?: { weight: Tensor2D; bias: Tensor1D } } {
    const flat = this.optimiser.weights[0] as Tensor1D, { width, tags } = this;
    const piece = (offset: number, ...shape: number[]): Tensor =>
      tf.slice(flat, offset, shape.reduce((a, b) => a * b)).reshape(shape);
    const first = this.runs.map((run) => piece(run.offset, this.rows(run), run.size) as Tensor2D);
    const bias = piece(this.biasOffset, this.heads.length * width) as Tensor1D;
    if (this.heads[0].experiment.kind === "linear") return { first, bias };
    const offset = this.biasOffset + width;
    const weight = piece(offset, tags, width) as Tensor2D;
    return { first, bias, second: { weight, bias: piece(offset + tags * width, tags) as Tensor1D } };
  }

  /** W·x + b of the first layer, [n, heads · width]. */
  private firstLayer(x: Partial<Features>): Tensor2D {
    const { first, bias } = this.parts(), { width } = this;
    const products = this.runs.map((run, i) => {
      const product = tf.matMul(x[run.modality]!, first[i], false, true);
      const before = run.first * width, after = (this.heads.length - 1 - run.last) * width;
      return before + after === 0 ? product : tf.pad(product, [[0, 0], [before, after]]);
    });
    return tf.add(products.length === 1 ? products[0] : tf.addN(products), bias) as Tensor2D;
  }

  /** The logits while training, [n, heads · tags], and what turns their gradient into those of the flat vector's pieces. */
  private forward({ x, mixup, keep }: Batch): { z: Tensor2D; backward: (dz: Tensor2D) => Tensor[] } {
    const outputs = this.firstLayer(x), mixed = this.mixes ? mix(outputs, mixup!.drawn) : outputs;
    const firstBackward = (d: Tensor2D): Tensor[] => {
      const unmixed = this.mixes ? unmix(d, mixup!.drawn) : d;
      return [...this.runs.map((run) => this.weightGradient(unmixed, x[run.modality]!, run)), unmixed.sum(0)];
    };
    const { second } = this.parts();
    if (!second) return { z: mixed, backward: firstBackward };
    // Dropout silences half of the units and doubles the others: here the doubling is in the second layer's weights.
    const on = tf.logicalAnd(tf.greater(mixed, 0), keep!), none = tf.zerosLike(mixed), doubled = second.weight.mul(2) as Tensor2D;
    const kept = tf.where(on, mixed, none) as Tensor2D;
    const backward = (dz: Tensor2D): Tensor[] => {
      const hidden = tf.where(on, tf.matMul(dz, doubled), none) as Tensor2D;
      return [...firstBackward(hidden), tf.matMul(dz, kept, true).mul(2), dz.sum(0)];
    };
    return { z: tf.add(tf.matMul(kept, doubled, false, true), second.bias) as Tensor2D, backward };
  }

  /** dWᵀ = xᵀ·dZ or dW = dZᵀ·x, for the heads of the run: the same numbers, but one is faster for wide layers. */
  private weightGradient(d: Tensor2D, x: Tensor2D, run: Run): Tensor2D {
    const whole = this.rows(run) === d.shape[1];
    const dz = whole ? d : tf.slice(d, [0, run.first * this.width], [d.shape[0], this.rows(run)]);
    return this.width === this.tags ? tf.matMul(dz, x, true) : (tf.matMul(x, dz, true).transpose() as Tensor2D);
  }

  /** The heads' arrays as one vector: the first layer by modality and head, its biases, then the second layer. */
  private pack(heads: readonly Arrays[]): Float32Array {
    const parts = this.blocks(heads), flat = new Float32Array(parts.reduce((end, { at, part }) => Math.max(end, at + part.length), 0));
    for (const { at, part } of parts) flat.set(part, at);
    return flat;
  }

  private unpack(flat: Float32Array): Arrays[] {
    const heads = this.heads.map(({ experiment }) =>
      weightShapes(experiment, this.tags).map((shape) => new Float32Array(shape.reduce((a, b) => a * b))));
    for (const { at, part } of this.blocks(heads)) part.set(flat.subarray(at, at + part.length));
    return heads;
  }

  /** Which part of the heads' arrays lies where in the flat vector. */
  private blocks(heads: readonly Arrays[]): { at: number; part: Float32Array }[] {
    const { width } = this;
    return heads.flatMap(([weight, bias, ...second], i) => {
      const { modalities: set, inputs = inputSize(set) } = this.heads[i].experiment;
      const rows = this.runs.flatMap(({ modality, first, offset, size }) => {
        if (!set.includes(modality)) return [];
        const column = inputSize(set.slice(0, set.indexOf(modality)));
        return Array.from({ length: width }, (_, row) => ({
          at: offset + ((i - first) * width + row) * size,
          part: weight.subarray(row * inputs + column, row * inputs + column + size),
        }));
      });
      const end = this.biasOffset + this.heads.length * width;
      const rest = second.map((part, j) => ({ at: end + (j === 0 ? 0 : second[0].length), part }));
      return [...rows, { at: this.biasOffset + i * width, part: bias }, ...rest];
    });
  }
}
