export {
  atTemperature,
  calibrationError,
  compareCalibration,
  errorByChance,
  fitTemperature,
  logLoss,
  reliability,
} from "./calibration";
export { claimsMarkdown, judgeClaims, tally } from "./claims";
export { ourResults, publishedResults } from "./claims-results";
export { certainty, evaluateHead } from "./evaluate";
export { clearExample } from "./example";
export { gatherEvidence, hasRelease, readEvidence } from "./evidence";
export { labelEvidence } from "./evidence-labels";
export { mistakenPhotos, pickMistakes, surestMistakes } from "./mistakes";
export { compareHeads, comparisonInWords, inPoints, mcnemar, resampleScores } from "./paired";
export { occlusion } from "./occlusion";
export {
  featuresOf,
  fittingHead,
  headLogits,
  type KnownPhoto,
  ownHead,
  tagOwnPhotos,
} from "./own-photos";
export { paperClaims } from "./paper-claims";
export { decide } from "./decide";
export { crossFit, halves, rowsOf } from "./halves";
export { readPriors, writePriors } from "./saved-priors";
export { setLoss } from "./set-loss";
export { fitSetWeights, matchCounts } from "./set-weights";
export { predictLogits, sigmoid } from "../train/predict";
export { resultRows, resultsCsv, resultsLatex, resultsMarkdown } from "./results-table";
export { besidePaper, type BestEpoch, loadLogs, scoreNamed, scoresByEncoder } from "./scores";
export { countStandIns } from "./stand-ins";
export { readSubmission, validateSubmission, writeSubmission } from "./submission";
export { logitsOfAll, submitAll } from "./submit-all";
export {
  countSets,
  decodeSets,
  priorDecoder,
  scorePriors,
  setNumbers,
  setProbabilities,
  tuneNovel,
  tunePrior,
} from "./tag-sets";
export { aboveThresholds, tagThresholds } from "./tag-thresholds";
export { tagScores, tagScoresCsv } from "./tag-scores";
export { bestEpoch } from "../train/training-log";
export { bootstrap, interval, pearson, spearman, uniformityTest, wilson } from "./uncertainty";
