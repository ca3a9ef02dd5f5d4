/** All figure builders in one place, for notebooks that draw many. */
export * from "./style";
export * from "./curves";
export * from "./embedding";
export * from "./evidence";
export * from "./map";
export * from "./photos";
export * from "./scores";
export * from "./tags";
export * from "./titles";
export * from "./training";
export { contactSheet } from "./contact-sheet";
export { saveFigure } from "./kaleido";
export { keptNeighbours, principalComponents, umap, unitRows } from "./projection";
export { countWords } from "./wordcloud";
