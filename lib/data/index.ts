export { coastDistance, coastline, describeLocation } from "./coast";
export * as counts from "./counts";
export { readLabels, readTags, readTestIds, requireInputs } from "./inputs";
export { loadLabels, loadTags } from "./labels";
export { locate, parseGridReference, rescaleLocation, toLatLon } from "./location";
export { placeSquares, readMetadata } from "./metadata";
export * as paper from "./paper";
export { countPhotos, findImages, photosOf } from "./photos";
export { filterAndSplit, joinInputs, writePrepared } from "./prepare";
