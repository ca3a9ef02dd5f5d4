export { displayBundle, showImage, showMarkdown, showTable } from "./display";
export { mistakePages } from "./mistake-pages";
export { progressBar } from "./progress";
export { showFigure, showPhotos } from "./show";
export { trainAllShown, trainShown } from "./train-shown";
