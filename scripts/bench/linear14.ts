/**
 * The 14 linear experiments trained in one pass beside PyTorch, at the paper's size: time an epoch, against the sum of
 * PyTorch's for one after the other. Data and options as for the part heads.
 */
import { paperExperiments } from "../../lib/train/experiments";
import { start, timeTogether } from "./torch-heads";

const linear = paperExperiments.filter(({ kind }) => kind === "linear");

start("linear14", (folder) =>
  timeTogether(folder, linear, "the 14 linear experiments in one pass", "≤ 0.5 ×"),
);
