/** What a head sees: the photo's embedding, the title's embedding, the location. In the order in which they are fused. */
export const modalities = ["img", "txt", "loc"] as const;
export type Modality = (typeof modalities)[number];

/** Numbers per modality: CLIP ViT-B/32's projections, and rescaled latitude and longitude. */
export const modalitySize: Record<Modality, number> = { img: 512, txt: 512, loc: 2 };
