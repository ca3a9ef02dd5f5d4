/** What a head sees: the photo's embedding, the title's embedding, the location. In the order in which they are fused. */
export const modalities = ["img", "txt", "loc"] as const;
export type Modality = (typeof modalities)[number];

/** Numbers a row of each modality. */
export type ModalitySizes = Readonly<Record<Modality, number>>;

/**
 * Those of the paper: CLIP ViT-B/32's projections, and rescaled latitude and longitude. Other encoders have others, which
 * `loadFeatures` finds in their shards.
 */
export const modalitySize: ModalitySizes = { img: 512, txt: 512, loc: 2 };

/** Something for each modality. The paper's three are always there; data made without it may lack one that was added. */
export type PerModality<T> = Record<"img" | "txt" | "loc", T> & Partial<Record<Modality, T>>;
