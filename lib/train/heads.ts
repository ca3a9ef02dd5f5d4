import { inputSize, type Experiment } from "./experiments";
import type { Random } from "../random";
import type { NamedTensor } from "../files/safetensors";
import { tf, type Tensor, type Tensor1D, type Tensor2D } from "../tfjs";

/** Units in the hidden layer of an MLP head, half of which dropout silences in each training step (the paper's settings). */
export const hiddenSize = 256;
const dropoutRate = 0.5;

/**
 * A head's weights, in PyTorch's layout [outputs, inputs] and order: weight and bias of the only layer of a linear head
 * (`weight`, `bias`), or of both layers of an MLP (`0.weight`, `0.bias`, `3.weight`, `3.bias`).
 */
export type Weights = [Tensor2D, Tensor1D] | [Tensor2D, Tensor1D, Tensor2D, Tensor1D];

export const weightNames = {
  linear: ["weight", "bias"],
  mlp: ["0.weight", "0.bias", "3.weight", "3.bias"],
} as const;

/** The shapes of a head's weights, in the same order. */
export function weightShapes(
  {
    kind,
    modalities,
    inputs = inputSize(modalities),
  }: Pick<Experiment, "kind" | "modalities" | "inputs">,
  tags: number,
): number[][] {
  return kind === "linear"
    ? [[tags, inputs], [tags]]
    : [[hiddenSize, inputs], [hiddenSize], [tags, hiddenSize], [tags]];
}

/** PyTorch's default start of a linear layer: weights and bias uniform in ±1/√inputs. */
export function initialWeights(experiment: Experiment, tags: number, random: Random): Weights {
  let bound = 0;
  return weightShapes(experiment, tags).map((shape) => {
    if (shape.length === 2) bound = 1 / Math.sqrt(shape[1]);
    const size = shape.reduce((product, n) => product * n, 1);
    const values = Float32Array.from({ length: size }, () => (2 * random.uniform() - 1) * bound);
    return tf.tidy(() => tf.tensor(values).reshape(shape));
  }) as Weights;
}

/**
 * The weights of a head read from a file. Throws, naming the file, unless its tensors are exactly those of the
 * experiment: the same names and shapes, none missing and none left over, all numbers finite.
 */
export function weightsFrom(
  tensors: Record<string, NamedTensor>,
  experiment: Pick<Experiment, "name" | "kind" | "modalities">,
  tags: number,
  path: string,
): Weights {
  const names: readonly string[] = weightNames[experiment.kind];
  const shapes = weightShapes(experiment, tags);
  const list = (all: [name: string, shape: readonly number[]][]): string =>
    all
      .map(([name, shape]) => `${JSON.stringify(name)} ${shape.join(" × ")}`)
      .sort()
      .join(", ") || "nothing";
  const found = list(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
  const wanted = list(names.map((name, i) => [name, shapes[i]]));
  if (found !== wanted) {
    const advice = "is it the head of another experiment, or of other tags?";
    throw new Error(
      `${path}: ${experiment.name} needs ${wanted}, but the file has ${found.slice(0, 500)}; ${advice}`,
    );
  }
  for (const name of names) {
    const odd = tensors[name].data.findIndex((value) => !Number.isFinite(value));
    if (odd >= 0) {
      const value = tensors[name].data[odd];
      throw new Error(
        `${path}: number ${odd} of ${JSON.stringify(name)} is ${value}; fetch or train this head again`,
      );
    }
  }
  return names.map((name, i) =>
    tf.tidy(() => tf.tensor(tensors[name].data).reshape(shapes[i])),
  ) as unknown as Weights;
}

/** A head's weights from their numbers, row by row, in `weightNames`' order. Throws if they don't fit the experiment. */
export function weightsOf(
  arrays: readonly Float32Array[],
  experiment: Experiment,
  tags: number,
): Weights {
  const shapes = weightShapes(experiment, tags);
  return arrays.map((values, i) => tf.tensor(values, shapes[i])) as unknown as Weights;
}

/** x·Wᵀ + b: [n, inputs] → [n, outputs]. */
export function dense(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D {
  return tf.tidy(() => tf.add(tf.matMul(x, weight, false, true), bias) as Tensor2D);
}

/** The head's logits, [n, inputs] → [n, tags], as used for predictions: without dropout. */
export function logits(weights: Weights, x: Tensor2D): Tensor2D {
  if (x.shape[1] !== weights[0].shape[1]) {
    throw new Error(
      `This head takes ${weights[0].shape[1]} numbers a row, but the features have ${x.shape[1]}`,
    );
  }
  if (weights.length === 2) return dense(x, ...weights);
  const [hiddenWeight, hiddenBias, weight, bias] = weights;
  return tf.tidy(() => dense(tf.relu(dense(x, hiddenWeight, hiddenBias)), weight, bias));
}

/** Four bytes of 0 or 1 for each of the sixteen patterns of four bits. */
const fourBytes = Uint32Array.from({ length: 16 }, (_, bits) =>
  [0, 1, 2, 3].reduce((sum, i) => sum + (((bits >> i) & 1) << (8 * i)), 0),
);

/** Which hidden units stay on, bool [n, hidden]: at a rate of one half each random bit decides one unit. */
export function dropoutKeep(n: number, random: Random, hidden = hiddenSize): Tensor2D {
  const keep = new Uint32Array((n * hidden) / 4);
  for (let i = 0; i < keep.length;) {
    const bits = random.below(2 ** 32);
    for (let shift = 0; shift < 32 && i < keep.length; shift += 4)
      keep[i++] = fourBytes[(bits >>> shift) & 15];
  }
  return tf.tensor2d(new Uint8Array(keep.buffer), [n, hidden], "bool");
}

/** Dropout as factors: 0, or 1 / (1 − rate) for the units that stay on, [n, hidden]. */
export function dropoutMask(n: number, random: Random, hidden = hiddenSize): Tensor2D {
  return tf.tidy(
    () =>
      dropoutKeep(n, random, hidden)
        .cast("float32")
        .div(1 - dropoutRate) as Tensor2D,
  );
}

/**
 * One training pass: the logits [n, tags], and a function that turns the gradient of the loss with respect to them into
 * the gradients of the weights, in their order (backpropagation by hand: for x·Wᵀ + b it is dW = dZᵀ·x and db = Σ dZ).
 * Keep both inside one `tf.tidy`. `mask` is an MLP's dropout; without it nothing is dropped.
 */
export function forward(
  weights: Weights,
  x: Tensor2D,
  mask?: Tensor2D,
): { z: Tensor2D; backward: (dz: Tensor2D) => Tensor[] } {
  const layer = (input: Tensor2D, dz: Tensor2D): Tensor[] => [
    tf.matMul(dz, input, true),
    dz.sum(0),
  ];
  if (weights.length === 2) return { z: dense(x, ...weights), backward: (dz) => layer(x, dz) };
  const [hiddenWeight, hiddenBias, weight, bias] = weights;
  const active = tf.relu(dense(x, hiddenWeight, hiddenBias));
  const kept = mask ? (active.mul(mask) as Tensor2D) : active;
  const backward = (dz: Tensor2D): Tensor[] => {
    const dKept = tf.matMul(dz, weight);
    const dActive = (mask ? dKept.mul(mask) : dKept).mul(tf.step(active)) as Tensor2D;
    return [...layer(x, dActive), ...layer(kept, dz)];
  };
  return { z: dense(kept, weight, bias), backward };
}
