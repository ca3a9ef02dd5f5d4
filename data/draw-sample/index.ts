export { makeSample } from "./sample";
