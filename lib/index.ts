export { havePhotos } from "./notebook/photos";
export { interruptSignal } from "./interrupt";
export { seededRandom } from "./random";
export { openProject, type Project } from "./project";
