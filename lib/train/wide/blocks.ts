import { modalities, type Modality } from "../../modalities";
import { type Experiment } from "../experiments";
import { tf, type Tensor2D } from "../../tfjs";
import type { Features } from "../training-data";

/** Modalities whose numbers lie side by side in one matrix, because each head sees either all of them or none. */
export type Block = readonly Modality[];

/** Some rows' numbers by block, [n, numbers] each; undefined for a block that nobody asked for. */
export type BlockRows = readonly (Tensor2D | undefined)[];

/**
 * The blocks for heads that are trained together. Heads that all see the same have one: for a copy of what they see, kept
 * while they are trained, a step has one gather and one product where it would have one a modality, and takes about a
 * seventh less time. Others have a block for each modality, location last, as all of them see the 1 behind it.
 */
export function blocksFor(experiments: readonly Experiment[]): Block[] {
  const [{ modalities: set }] = experiments;
  const same = experiments.every((other) => other.modalities.join() === set.join());
  if (same) return [set];
  const seen = (modality: Modality): boolean =>
    experiments.some((experiment) => experiment.modalities.includes(modality));
  return modalities
    .filter((modality) => modality === "loc" || seen(modality))
    .map((modality) => [modality]);
}

/**
 * The blocks' numbers, [rows, numbers] each; the last block's rows end with a 1, the input that a layer's biases are the
 * weights of. A modality that is a block of its own is not copied. The caller's to dispose of.
 */
export function joinBlocks(features: Features, blocks: readonly Block[]): Tensor2D[] {
  return tf.tidy(() =>
    blocks.map((block, i) => {
      const parts = block.map((modality) => features[modality]);
      const last = i === blocks.length - 1;
      if (last) parts.push(tf.ones([parts[0].shape[0], 1]));
      return parts.length === 1 ? parts[0].clone() : tf.concat2d(parts, 1);
    }),
  );
}

/** Copies of some rows of the blocks with the wanted indices. */
export function gatherBlocks(
  x: readonly Tensor2D[],
  wanted: readonly number[],
  rows: Int32Array,
): BlockRows {
  return tf.tidy(() => {
    const index = tf.tensor1d(rows, "int32");
    return x.map((all, i) =>
      wanted.includes(i) ? (tf.gather(all, index) as Tensor2D) : undefined,
    ) as Tensor2D[];
  });
}
