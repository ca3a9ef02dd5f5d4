import { tf, type Tensor } from "../tfjs";

export interface AdamWOptions {
  weightDecay: number;
  /** Decay rates of the running means of the gradient and of its square. */
  betas?: readonly [number, number];
  epsilon?: number;
}

/** What AdamW carries from step to step, as plain numbers: m and v of each weight, row by row. */
export interface AdamWState {
  step: number;
  m: Float32Array[];
  v: Float32Array[];
}

/**
 * AdamW (Loshchilov & Hutter 2019), with PyTorch's defaults and order of operations. TensorFlow.js has Adam only:
 * there weight decay would have to go through the gradient, where Adam's scaling undoes most of it.
 *
 *     w ← w − η·λ·w                            weight decay, apart from the gradient
 *     m ← β₁·m + (1 − β₁)·g                    running mean of the gradient
 *     v ← β₂·v + (1 − β₂)·g²                   running mean of its square
 *     w ← w − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 */
export class AdamW {
  private step: number;
  /** The weights as numbers, which `update` changes: reading them back from the tensors would be a copy more. */
  private readonly values: Float32Array[];
  private readonly m: Float32Array[];
  private readonly v: Float32Array[];

  /** `weights` are replaced, not changed, by `update`: read them from there. It goes on `from` a state, if given. */
  constructor(
    public weights: Tensor[],
    private readonly options: AdamWOptions,
    from?: AdamWState,
  ) {
    this.values = weights.map((weight) => (weight.dataSync() as Float32Array).slice());
    const zeros = ({ size }: Tensor): Float32Array => new Float32Array(size);
    this.step = from?.step ?? 0;
    this.m = from ? from.m.map((array) => array.slice()) : weights.map(zeros);
    this.v = from ? from.v.map((array) => array.slice()) : weights.map(zeros);
  }

  /** A copy of what is carried from step to step. */
  state(): AdamWState {
    const copy = (array: Float32Array): Float32Array => array.slice();
    return { step: this.step, m: this.m.map(copy), v: this.v.map(copy) };
  }

  /** One step with the given gradients (one for each weight, same shapes), each times `scale`, and learning rate. */
  update(gradients: readonly Tensor[], learningRate: number, scale = 1): void {
    this.step++;
    this.weights = this.weights.map((weight, i) => {
      this.change(
        this.values[i],
        gradients[i].dataSync() as Float32Array,
        this.m[i],
        this.v[i],
        learningRate,
        scale,
      );
      weight.dispose();
      return tf.tensor(this.values[i].slice(), weight.shape);
    });
  }

  /** In one loop over plain numbers: as tensor operations it would be a dozen passes, most of them shorter than their start. */
  private change(
    w: Float32Array,
    g: Float32Array,
    m: Float32Array,
    v: Float32Array,
    learningRate: number,
    scale: number,
  ): void {
    const { weightDecay, betas: [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8 } = this.options;
    const keep = 1 - learningRate * weightDecay;
    const new1 = 1 - beta1;
    const new2 = 1 - beta2;
    // The last line of the formula above, numerator and denominator times √(1 − β₂ᵗ).
    const correction = Math.sqrt(1 - beta2 ** this.step);
    const small = epsilon * correction;
    const stepSize = (learningRate * correction) / (1 - beta1 ** this.step);
    for (let j = 0; j < w.length; j++) {
      const gradient = scale * g[j];
      const mean = beta1 * m[j] + new1 * gradient;
      const square = beta2 * v[j] + new2 * gradient * gradient;
      w[j] = keep * w[j] - (stepSize * mean) / (Math.sqrt(square) + small);
      m[j] = mean;
      v[j] = square;
    }
  }
}
