/** What a head sees: the photo's embedding, the title's embedding, the location. In the order in which they are fused. */
export const modalities = ["img", "txt", "loc"] as const;
export type Modality = (typeof modalities)[number];

/** Numbers per modality: CLIP ViT-B/32's projections, and rescaled latitude and longitude. */
export const modalitySize: Record<Modality, number> = { img: 512, txt: 512, loc: 2 };

/** Something for each modality. The paper's three are always there; data made without it may lack one that was added. */
export type PerModality<T> = Record<"img" | "txt" | "loc", T> & Partial<Record<Modality, T>>;
