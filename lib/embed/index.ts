export { embedSplit } from "./embed";
export { loadFeatures } from "./features";
