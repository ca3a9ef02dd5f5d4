/**
 * All 28 experiments trained in one pass beside PyTorch, at the paper's size: time an epoch, against the sum of
 * PyTorch's for one after the other. Data and options as for the part heads.
 */
import { paperExperiments } from "../../lib/train/experiments";
import { start, timeTogether } from "./torch-heads";

start("all28", (folder) =>
  timeTogether(folder, paperExperiments, "all 28 experiments in one pass", "≤ 0.6 ×"),
);
