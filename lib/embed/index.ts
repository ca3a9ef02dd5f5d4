export { embedSplit } from "./embed";
export { loadFeatures } from "./features";
export { embeddingOf, type FoundPhoto, openGallery, rowOf, searchPhotos } from "./gallery";
export { embedOwnPhotos } from "./own-photos";
export { cosinesWith, nearest, searchIndex, unitSum } from "./search";
