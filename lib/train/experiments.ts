import { modalities, modalitySize, type Modality, type ModalitySizes } from "../modalities";

export type HeadKind = "linear" | "mlp";

export interface Experiment {
  /** For example "linear-img-txt-loc-mixup". */
  name: string;
  kind: HeadKind;
  modalities: Modality[];
  mixup: boolean;
  /** Numbers a row of each modality, where they are not the paper's: those of another encoder. */
  sizes?: ModalitySizes;
  /** Numbers a row, where the features are others than the modalities' own; `inputSize(modalities, sizes)` by default. */
  inputs?: number;
}

/**
 * An experiment from its parts, with its name.
 *
 * ```ts
 * experiment("mlp", ["txt", "img"], true).name; // → "mlp-img-txt-mixup"
 * ```
 */
export function experiment(kind: HeadKind, parts: readonly Modality[], mixup = false): Experiment {
  const ordered = modalities.filter((modality) => parts.includes(modality));
  return {
    name: [kind, ...ordered, ...(mixup ? ["mixup"] : [])].join("-"),
    kind,
    modalities: ordered,
    mixup,
  };
}

/** The paper's sets of modalities: one alone, two, all three. */
export const modalitySets: readonly Modality[][] = [
  ["img"],
  ["txt"],
  ["loc"],
  ["img", "txt"],
  ["img", "loc"],
  ["txt", "loc"],
  ["img", "txt", "loc"],
];

/** The paper's 28 experiments: two heads × seven sets of modalities × without and with MixUp. */
export const paperExperiments: readonly Experiment[] = modalitySets.flatMap((set) =>
  (["linear", "mlp"] as const).flatMap((kind) => [
    experiment(kind, set),
    experiment(kind, set, true),
  ]),
);

/** Every experiment that is trained, scored and submitted: the paper's, then those that were added here. */
export const experiments: readonly Experiment[] = [...paperExperiments];

/**
 * Those of the 28 whose inputs these features have: all of them, or without photos the 12 that see none.
 *
 * ```ts
 * const { txt, loc } = toyData(200, 5).features;
 * experimentsOf({ txt, loc }).length; // → 12
 * ```
 */
export function experimentsOf(features: Partial<Record<Modality, unknown>>): Experiment[] {
  return experiments.filter(({ modalities: set }) => set.every((modality) => modality in features));
}

/**
 * The experiment of that name; an unknown name is an error that lists the known ones.
 *
 * ```ts
 * const { kind, modalities, mixup } = experimentNamed("linear-img-txt");
 * [kind, modalities, mixup]; // → ["linear", ["img", "txt"], false]
 * ```
 */
export function experimentNamed(name: string): Experiment {
  const found = experiments.find((candidate) => candidate.name === name);
  if (found) return found;
  throw new Error(
    `There is no experiment "${name}". Known: ${experiments.map((known) => known.name).join(", ")}`,
  );
}

/**
 * The experiment as it is on features of these sizes: those of another encoder than the paper's belong to it.
 *
 * ```ts
 * const small = withSizes(experimentNamed("linear-img-loc"), { img: 384, txt: 384, loc: 2 });
 * parameterCount(small); // → 18963
 * ```
 */
export function withSizes(experiment: Experiment, sizes: ModalitySizes): Experiment {
  const same = modalities.every((modality) => sizes[modality] === modalitySize[modality]);
  return same ? experiment : { ...experiment, sizes };
}

/** The experiment of a saved head, by its name and what its file says: `sizes`, if its encoder is not the paper's. */
export function experimentOf(name: string, metadata: Readonly<Record<string, string>>): Experiment {
  const experiment = experimentNamed(name);
  if (metadata.sizes === undefined) return experiment;
  return withSizes(experiment, JSON.parse(metadata.sizes) as ModalitySizes);
}

/** The number of inputs of a head: the sum of its modalities' sizes. */
export function inputSize(set: readonly Modality[], sizes = modalitySize): number {
  return set.reduce((sum, modality) => sum + sizes[modality], 0);
}

/**
 * Weights and biases: D·tags + tags for a linear head; D·hidden + hidden + hidden·tags + tags for an MLP.
 *
 * ```ts
 * parameterCount(experimentNamed("linear-img")); // → 25137
 * parameterCount(experimentNamed("mlp-img")); // → 143921
 * ```
 */
export function parameterCount(
  { kind, modalities: set, sizes, inputs = inputSize(set, sizes) }: Experiment,
  { tags = 49, hidden = 256 } = {},
): number {
  return kind === "linear" ? (inputs + 1) * tags : (inputs + 1) * hidden + (hidden + 1) * tags;
}
