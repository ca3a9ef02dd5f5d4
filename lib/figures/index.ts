export { reliabilityDiagram, scoreIntervals } from "./calibration";
export { contactSheet } from "./contact-sheet";
export { learningCurves, trainingCurve } from "./curves";
export { embeddingMap, sharedGroup } from "./embedding";
export {
  blindLoss,
  companyScatter,
  headMatrix,
  neighbourShares,
  realAndSample,
  setCoverage,
  submissionGain,
  weightSizes,
} from "./evidence";
export { saveFigure } from "./files";
export { coverageMap } from "./map";
export { collage, foundPhotos, misclassified } from "./photos";
export { keptNeighbours, principalComponents, umap, unitRows } from "./projection";
export { confusion, f1Bars, resultsDots } from "./scores";
export { axis, baseLayout, COLUMN_MM, type Figure, OURS_COLOUR, oursLabel } from "./style";
export { methodDiagram } from "./method";
export { occlusionMaps } from "./occlusion";
export { allTagsPerImage, coOccurrence, tagDistribution, tagsPerImage } from "./tags";
export { titleLengths, wordCloud } from "./titles";
export { countWords } from "./wordcloud";
