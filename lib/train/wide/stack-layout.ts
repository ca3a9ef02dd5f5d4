import type { Block } from "./blocks";
import { inputSize, type Experiment } from "../experiments";
import { hiddenSize, weightShapes } from "../heads";

/** A head's arrays in `weightNames`' order: its weights, or AdamW's m or v of them. */
export type Arrays = Float32Array[];

/**
 * A block and the heads whose weights for it are one matrix: `first` to `last`, in the layout's order. The last block is
 * every head's: the 1 at its end is the input that the biases are the weights of.
 */
export interface Run {
  /** Its index. */
  block: number;
  first: number;
  last: number;
  /** Numbers a row, the last block's 1 included. */
  size: number;
}

/** Photo, photo and title, title, neither: so the heads that see the photo stand side by side, and those that see the title. */
const place = ({ modalities: set }: Experiment): number =>
  set.includes("img") ? (set.includes("txt") ? 1 : 0) : set.includes("txt") ? 2 : 3;

const sees = ({ modalities: set }: Experiment, [modality]: Block): boolean =>
  set.includes(modality);

const zeros = (shapes: readonly number[][]): Arrays =>
  shapes.map((shape) => new Float32Array(shape.reduce((a, b) => a * b)));

/** How the weights of heads of one kind lie side by side in wide matrices: one for each run, and an MLP's second layer. */
export class StackLayout {
  /** Sorted so that each run is without gaps, or nearly: a head inside one that does not see its modality has zeros there. */
  readonly experiments: readonly Experiment[];
  readonly runs: Run[] = [];
  /** Outputs of a head's first layer. */
  readonly width: number;
  /** The shapes of the wide matrices, in their order. */
  readonly shapes: number[][];

  constructor(
    experiments: readonly Experiment[],
    private readonly tags: number,
    private readonly blocks: readonly Block[],
  ) {
    this.experiments = [...experiments].sort((a, b) => place(a) - place(b));
    const [{ kind, inputs: own }] = experiments;
    const linear = kind === "linear";
    this.width = linear ? tags : hiddenSize;
    for (const [i, block] of blocks.entries()) {
      const biased = i === blocks.length - 1;
      const inputs = (blocks.length === 1 && own) || inputSize(block);
      const seeing = this.experiments.flatMap((experiment, head) =>
        biased || sees(experiment, block) ? [head] : [],
      );
      if (seeing.length === 0) continue;
      this.runs.push({
        block: i,
        first: seeing[0],
        last: seeing[seeing.length - 1],
        size: biased ? inputs + 1 : inputs,
      });
    }
    const first = this.runs.map((run) => [this.rows(run), run.size]);
    this.shapes = linear ? first : [...first, [tags, this.width], [tags]];
  }

  /** How many rows a run's matrix has. */
  rows({ first, last }: Run): number {
    return (last - first + 1) * this.width;
  }

  /** The wide matrices' numbers from those of each head, in the order of `experiments`. */
  pack(heads: readonly Arrays[]): Arrays {
    const packed = zeros(this.shapes);
    for (const { into, at, part } of this.places(heads)) packed[into].set(part, at);
    return packed;
  }

  /** Each head's numbers from those of the wide matrices. */
  unpack(packed: Arrays): Arrays[] {
    const heads = this.experiments.map((experiment) => zeros(weightShapes(experiment, this.tags)));
    for (const { into, at, part } of this.places(heads))
      part.set(packed[into].subarray(at, at + part.length));
    return heads;
  }

  /** 1 where a number of the wide matrices is some head's, else 0. */
  seen(): Arrays {
    return this.pack(
      this.experiments.map((experiment) =>
        zeros(weightShapes(experiment, this.tags)).map((array) => array.fill(1)),
      ),
    );
  }

  /** Which part of the heads' arrays lies where in the wide matrices. */
  private places(heads: readonly Arrays[]): { into: number; at: number; part: Float32Array }[] {
    const { width, runs } = this;
    return heads.flatMap(([weight, bias, ...second], i) => {
      const experiment = this.experiments[i];
      const { modalities: set, inputs = inputSize(set) } = experiment;
      const rows = runs.flatMap(({ block: index, first, size }, into) => {
        const block = this.blocks[index];
        const biased = index === this.blocks.length - 1;
        const own = biased ? size - 1 : size;
        const column = inputSize(set.slice(0, set.indexOf(block[0])));
        return Array.from({ length: width }, (_, row) => {
          const at = ((i - first) * width + row) * size;
          const from = row * inputs + column;
          const weights = sees(experiment, block)
            ? [{ into, at, part: weight.subarray(from, from + own) }]
            : [];
          return biased
            ? [...weights, { into, at: at + own, part: bias.subarray(row, row + 1) }]
            : weights;
        }).flat();
      });
      return [...rows, ...second.map((part, j) => ({ into: runs.length + j, at: 0, part }))];
    });
  }
}
