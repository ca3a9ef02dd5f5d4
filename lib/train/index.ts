export { batches, epochRandom, startRandom } from "./batches";
export {
  experiment,
  type Experiment,
  experimentNamed,
  experiments,
  experimentsOf,
  modalitySets,
  parameterCount,
} from "./experiments";
export { dropoutMask, forward, initialWeights, logits } from "./heads";
export { copyWeights, type Weights } from "./weights";
export { bceGradient, bceLoss, bceWithLogits, type HeadLoss } from "./loss";
export { aboveThreshold, bestThreshold, exactMatch, macroF1, perClassF1 } from "./metrics";
export { drawMix, type Mix, mix } from "./mixup";
export { AdamW, cosineAnnealing } from "./optimiser";
export { loadPthHead } from "./pth-head";
export { foldersIn, loadHead, seedFolders } from "./saved-heads";
export { type Settings, settingsFor } from "./settings";
export { trainHead } from "./train";
export { trainOrLoad, trainOrLoadAll } from "./train-or-load";
export { type TrainedHead } from "./train-state";
export { asTensors, type Features, fuse, loadTrainingData } from "./training-data";
export { randomSubset, variantOf } from "./training-data";
export { tf, type Tensor, type Tensor1D, type Tensor2D } from "../tfjs";
export type { Modality } from "../modalities";
