export { AdamW } from "./adamw";
export {
  experiment,
  experimentNamed,
  experiments,
  modalitySets,
  parameterCount,
} from "./experiments";
export { loadHead, trainOrLoad } from "./head-files";
export { forward, initialWeights, logits, type Weights } from "./heads";
export { bceGradient, bceWithLogits } from "./loss";
export { aboveThreshold, exactMatch, macroF1, perClassF1 } from "./metrics";
export { drawMix, type Mix, mix } from "./mixup";
export { cosineAnnealing } from "./schedule";
export { randomSubset } from "./subset";
export { bestThreshold } from "./thresholds";
export { settingsFor, type TrainedHead, trainHead } from "./train";
export { asTensors, type Features, fuse, loadTrainingData } from "./training-data";
export { tf, type Tensor, type Tensor1D, type Tensor2D } from "../tfjs";
export type { Modality } from "../modalities";
