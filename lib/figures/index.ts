/** All figure builders in one place, for notebooks that draw many. */
export * from "./style";
export * from "./curves";
export * from "./embedding";
export * from "./map";
export * from "./photos";
export * from "./scores";
export * from "./tags";
export * from "./titles";
export * from "./training";
