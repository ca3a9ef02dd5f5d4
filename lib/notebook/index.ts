export { displayBundle, showImage, showMarkdown, showTable } from "./display";
export { liveTraining, liveTrainings } from "./live-training";
export { mistakePages } from "./mistake-pages";
export { showPage } from "./page";
export { progressBar } from "./progress";
export { showFigure, showPhotos } from "./show";
