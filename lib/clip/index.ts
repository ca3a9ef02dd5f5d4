export { backboneFolder, featuresKept, photoFeaturesKept } from "./backbone";
export { loadClip } from "./clip";
export { clipPixels } from "./image";
export { cosines, promptsFor, tagDirections } from "./zero-shot";
