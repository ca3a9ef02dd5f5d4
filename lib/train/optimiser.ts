import type { Weights } from "./weights";
import type { Tensor } from "../tfjs";

/**
 * Cosine annealing (Loshchilov & Hutter 2017, without restarts), as PyTorch's CosineAnnealingLR: the learning rate of an
 * epoch (from 0), falling from `peak` to 0 in epoch `period`. After that it rises again, to `peak` at 2 · `period`: the
 * paper trains for up to 200 epochs with a period of 50, so long runs feel it.
 *
 * ```ts
 * [0, 25, 50, 75, 100].map((epoch) => cosineAnnealing(epoch, 1)); // → [1, 0.5, 0, 0.5, 1]
 * ```
 */
export function cosineAnnealing(epoch: number, peak: number, period = 50): number {
  return (peak * (1 + Math.cos((Math.PI * epoch) / period))) / 2;
}

export interface AdamWOptions {
  weightDecay: number;
  /** Decay rates of the running means of the gradient and of its square. */
  betas?: readonly [number, number];
  epsilon?: number;
}

/** What AdamW carries from step to step: m and v of each weight, row by row. */
export interface AdamWState {
  step: number;
  m: Float32Array[];
  v: Float32Array[];
}

/** What AdamW begins with: no steps, and zeros. */
export function zeroState(weights: Weights): AdamWState {
  const zeros = (): Float32Array[] => weights.map(({ data }) => new Float32Array(data.length));
  return { step: 0, m: zeros(), v: zeros() };
}

/**
 * AdamW (Loshchilov & Hutter 2019), with PyTorch's defaults and order of operations. TensorFlow.js has Adam only:
 * there weight decay would have to go through the gradient, where Adam's scaling undoes most of it.
 *
 *     w ← w − η·λ·w                            weight decay, apart from the gradient
 *     m ← β₁·m + (1 − β₁)·g                    running mean of the gradient
 *     v ← β₂·v + (1 − β₂)·g²                   running mean of its square
 *     w ← w − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * The rates are per weight: the first step moves each by η, however small its gradient.
 *
 * ```ts
 * const weights = [{ shape: [2], data: Float32Array.of(1, 1) }];
 * const optimiser = new AdamW(weights, { weightDecay: 0 });
 * optimiser.update([tf.tensor1d([0.001, -7])], 0.1);
 * weights[0].data; // → [0.9, 1.1]
 * ```
 */
export class AdamW {
  private readonly carried: AdamWState;

  /** `update` changes the numbers of these `weights` in place. It goes on `from` a state, if given. */
  constructor(
    readonly weights: Weights,
    private readonly options: AdamWOptions,
    from: AdamWState = zeroState(weights),
  ) {
    this.carried = copyState(from);
  }

  /** A copy of what is carried from step to step. */
  state(): AdamWState {
    return copyState(this.carried);
  }

  /** One step with the given gradients (one for each weight, same shapes), each times `scale`, and learning rate. */
  update(gradients: readonly Tensor[], learningRate: number, scale = 1): void {
    const { m, v } = this.carried;
    this.carried.step++;
    for (const [i, { data }] of this.weights.entries()) {
      const gradient = gradients[i].dataSync() as Float32Array;
      this.change(data, gradient, m[i], v[i], learningRate, scale);
    }
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
    const { step } = this.carried;
    const correction = Math.sqrt(1 - beta2 ** step);
    const small = epsilon * correction;
    const stepSize = (learningRate * correction) / (1 - beta1 ** step);
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

function copyState({ step, m, v }: AdamWState): AdamWState {
  return { step, m: m.map((each) => each.slice()), v: v.map((each) => each.slice()) };
}
