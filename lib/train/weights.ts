/** A head's weights: their names, their shapes, and how they are taken from a file. Free of TensorFlow.js. */
import type { NamedTensor } from "../files/safetensors-format";
import { inputSize, type Experiment } from "./experiments";

/** Units in the hidden layer of an MLP head (the paper's setting). */
export const hiddenSize = 256;

/**
 * A head's weights and biases as plain numbers with their shapes, in PyTorch's layout [outputs, inputs] and order: of the
 * only layer of a linear head (`weight`, `bias`), or of both layers of an MLP (`0.weight`, `0.bias`, `3.weight`, `3.bias`).
 * They become tensors only where they are used, inside `logits` and `forward` of heads.ts.
 */
export type Weights = NamedTensor[];

export const weightNames = {
  linear: ["weight", "bias"],
  mlp: ["0.weight", "0.bias", "3.weight", "3.bias"],
} as const;

/** What of an experiment decides the shapes of its head's weights. */
export type Sizes = Pick<Experiment, "kind" | "modalities" | "inputs" | "sizes">;

/** The shapes of a head's weights, in the same order. */
export function weightShapes(
  { kind, modalities, sizes, inputs = inputSize(modalities, sizes) }: Sizes,
  tags: number,
): number[][] {
  return kind === "linear"
    ? [[tags, inputs], [tags]]
    : [[hiddenSize, inputs], [hiddenSize], [tags, hiddenSize], [tags]];
}

/**
 * The same numbers in arrays of their own.
 *
 * ```ts
 * const weights = [{ shape: [2], data: Float32Array.of(1, 2) }];
 * copyWeights(weights)[0].data === weights[0].data; // → false
 * ```
 */
export function copyWeights(weights: Weights): Weights {
  return weights.map(({ shape, data }) => ({ shape, data: data.slice() }));
}

/**
 * The weights of a head read from a file. Throws, naming the file, unless its tensors are exactly those of the
 * experiment: the same names and shapes, none missing and none left over, all numbers finite.
 */
export function weightsFrom(
  tensors: Record<string, NamedTensor>,
  experiment: Sizes & Pick<Experiment, "name">,
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
  return names.map((name) => tensors[name]);
}
