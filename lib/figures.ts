/** All figure builders in one place, for notebooks that draw many. */
export * from "./figure";
export * from "./figure-curves";
export * from "./figure-embedding";
export * from "./figure-map";
export * from "./figure-photos";
export * from "./figure-scores";
export * from "./figure-tags";
export * from "./figure-titles";
export * from "./figure-training";
