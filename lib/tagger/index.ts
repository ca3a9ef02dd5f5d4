export { writeTagger } from "./write-tagger";
