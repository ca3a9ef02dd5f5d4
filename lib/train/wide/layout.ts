/**
 * Where the numbers of heads that are trained together lie: their features in blocks of modalities, their weights side by
 * side in wide matrices, one for each block and the heads that see it.
 */
import { modalities, type Modality } from "../../modalities";
import { inputSize, type Experiment } from "../experiments";
import { hiddenSize, weightShapes } from "../weights";
import { tf, type Tensor2D } from "../../tfjs";
import { featuresOf, sideBySide, type Features } from "../training-data";

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

/** Numbers in 64 bytes, a line of the processor's cache. */
const LINE = 16;

/** Numbers in a row of the last block: its inputs, the 1, and zeros up to a whole line, so that each row begins with one. */
const paddedSize = (inputs: number): number =>
  inputs < LINE ? inputs + 1 : LINE * Math.ceil((inputs + 1) / LINE);

/**
 * The blocks' numbers, [rows, numbers] each; in the last block each row's are followed by a 1, the input that a layer's
 * biases are the weights of, and zeros (see `paddedSize`). A modality that is a block of its own is not copied. The
 * caller's to dispose of.
 */
export function joinBlocks(features: Features, blocks: readonly Block[]): Tensor2D[] {
  return tf.tidy(() =>
    blocks.map((block, i) => {
      const parts = block.map((modality) => featuresOf(features, modality));
      if (i < blocks.length - 1) return sideBySide(parts);
      const [n] = parts[0].shape;
      const inputs = parts.reduce((sum, { shape }) => sum + shape[1], 0);
      return sideBySide([
        ...parts,
        tf.ones([n, 1]),
        tf.zeros([n, paddedSize(inputs) - inputs - 1]),
      ]);
    }),
  );
}

/** Copies of some rows of the blocks with the wanted indices. */
export function gatherBlocks(
  x: readonly Tensor2D[],
  wanted: readonly number[],
  rows: Int32Array,
): BlockRows {
  return x.map((all, i) => (wanted.includes(i) ? tf.gather(all, rows) : undefined));
}

/** A head's arrays in `weightNames`' order: its weights, or AdamW's m or v of them. */
export type Arrays = Float32Array[];

/**
 * A block and the heads whose weights for it are one matrix: `first` to `last`, in the layout's order. The last block is
 * every head's: the 1 at its end is the input that the biases are the weights of.
 */
export interface Span {
  /** Its index. */
  block: number;
  first: number;
  last: number;
  /** Features a row. */
  inputs: number;
  /** Numbers a row: the last block has more than features. */
  size: number;
}

/** Photo, photo and title, title, neither: so the heads that see the photo stand side by side, and those that see the title. */
const sortKey = ({ modalities: set }: Experiment): number =>
  set.includes("img") ? (set.includes("txt") ? 1 : 0) : set.includes("txt") ? 2 : 3;

const sees = ({ modalities: set }: Experiment, [modality]: Block): boolean =>
  set.includes(modality);

const zeros = (shapes: readonly number[][]): Arrays =>
  shapes.map((shape) => new Float32Array(shape.reduce((a, b) => a * b)));

/** How the weights of heads of one kind lie side by side in wide matrices: one for each span, and an MLP's second layer. */
export class StackLayout {
  /** Sorted so that each span is without gaps, or nearly: a head inside one that does not see its modality has zeros there. */
  readonly experiments: readonly Experiment[];
  readonly spans: Span[] = [];
  /** Outputs of a head's first layer. */
  readonly width: number;
  /** The shapes of the wide matrices, in their order. */
  readonly shapes: number[][];

  constructor(
    experiments: readonly Experiment[],
    private readonly tags: number,
    private readonly blocks: readonly Block[],
  ) {
    this.experiments = [...experiments].sort((a, b) => sortKey(a) - sortKey(b));
    const [{ kind, inputs: own, sizes }] = experiments;
    const linear = kind === "linear";
    this.width = linear ? tags : hiddenSize;
    for (const [i, block] of blocks.entries()) {
      const biased = i === blocks.length - 1;
      const inputs = (blocks.length === 1 && own) || inputSize(block, sizes);
      const seeing = this.experiments.flatMap((experiment, head) =>
        biased || sees(experiment, block) ? [head] : [],
      );
      if (seeing.length === 0) continue;
      this.spans.push({
        block: i,
        first: seeing[0],
        last: seeing[seeing.length - 1],
        inputs,
        size: biased ? paddedSize(inputs) : inputs,
      });
    }
    const first = this.spans.map((span) => [this.rows(span), span.size]);
    this.shapes = linear ? first : [...first, [tags, this.width], [tags]];
  }

  /** How many rows a span's matrix has. */
  rows({ first, last }: Span): number {
    return (last - first + 1) * this.width;
  }

  /** The wide matrices' numbers from those of each head, in the order of `experiments`. */
  pack(heads: readonly Arrays[]): Arrays {
    const packed = zeros(this.shapes);
    heads.forEach((arrays, head) => {
      for (const { into, at, part } of this.places(head, arrays)) packed[into].set(part, at);
    });
    return packed;
  }

  /** The numbers of one head, by its place in `experiments`, from those of the wide matrices. */
  unpack(packed: Arrays, head: number): Arrays {
    const arrays = zeros(weightShapes(this.experiments[head], this.tags));
    for (const { into, at, part } of this.places(head, arrays))
      part.set(packed[into].subarray(at, at + part.length));
    return arrays;
  }

  /** 1 where a number of the wide matrices is some head's or belongs to zeros behind a row, else 0. */
  seen(): Arrays {
    const seen = this.pack(
      this.experiments.map((experiment) =>
        zeros(weightShapes(experiment, this.tags)).map((array) => array.fill(1)),
      ),
    );
    this.spans.forEach(({ inputs, size }, i) => {
      for (let at = inputs + 1; at < seen[i].length; at += size)
        seen[i].fill(1, at, at + size - inputs - 1);
    });
    return seen;
  }

  /** Which part of a head's arrays lies where in the wide matrices. */
  private places(
    head: number,
    [weight, bias, ...second]: Arrays,
  ): { into: number; at: number; part: Float32Array }[] {
    const { width, spans } = this;
    const experiment = this.experiments[head];
    const { modalities: set, sizes, inputs = inputSize(set, sizes) } = experiment;
    const rows = spans.flatMap(({ block: index, first, inputs: own, size }, into) => {
      const block = this.blocks[index];
      const biased = index === this.blocks.length - 1;
      const column = inputSize(set.slice(0, set.indexOf(block[0])), sizes);
      return Array.from({ length: width }, (_, row) => {
        const at = ((head - first) * width + row) * size;
        const from = row * inputs + column;
        const weights = sees(experiment, block)
          ? [{ into, at, part: weight.subarray(from, from + own) }]
          : [];
        return biased
          ? [...weights, { into, at: at + own, part: bias.subarray(row, row + 1) }]
          : weights;
      }).flat();
    });
    return [...rows, ...second.map((part, j) => ({ into: spans.length + j, at: 0, part }))];
  }
}
