import { tf, type Tensor } from "./tfjs";

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
  private readonly m: Tensor[];
  private readonly v: Tensor[];

  /** `weights` are replaced, not changed, by `update`: read them from there. It goes on `from` a state, if given. */
  constructor(
    public weights: Tensor[],
    private readonly options: AdamWOptions,
    from?: AdamWState,
  ) {
    this.step = from?.step ?? 0;
    this.m = weights.map((weight, i) => (from ? tf.tensor(from.m[i], weight.shape) : tf.zerosLike(weight)));
    this.v = weights.map((weight, i) => (from ? tf.tensor(from.v[i], weight.shape) : tf.zerosLike(weight)));
  }

  /** A copy of what is carried from step to step. */
  state(): AdamWState {
    const copy = (tensor: Tensor): Float32Array => (tensor.dataSync() as Float32Array).slice();
    return { step: this.step, m: this.m.map(copy), v: this.v.map(copy) };
  }

  /** One step with the given gradients (one for each weight, same shapes) and learning rate. */
  update(gradients: readonly Tensor[], learningRate: number): void {
    const { weightDecay, betas: [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8 } = this.options;
    this.step++;
    const stepSize = learningRate / (1 - beta1 ** this.step);
    const correction = Math.sqrt(1 - beta2 ** this.step);
    gradients.forEach((gradient, i) => {
      const [m, v, weight] = tf.tidy(() => {
        const m = this.m[i].mul(beta1).add(gradient.mul(1 - beta1));
        const v = this.v[i].mul(beta2).add(gradient.square().mul(1 - beta2));
        const change = m.mul(stepSize).div(v.sqrt().div(correction).add(epsilon));
        return [m, v, this.weights[i].mul(1 - learningRate * weightDecay).sub(change)];
      });
      tf.dispose([this.m[i], this.v[i], this.weights[i]]);
      [this.m[i], this.v[i], this.weights[i]] = [m, v, weight];
    });
  }

  /** Free the running means; the weights stay. */
  dispose(): void {
    tf.dispose([this.m, this.v]);
  }
}
