/**
 * All 28 experiments trained in one pass beside PyTorch, at the paper's size: time an epoch, against the sum of
 * PyTorch's for one after the other. Data, reference and options as for the part heads.
 */
import { experiments } from "../../lib/train/experiments";
import { number, start, timeTogether } from "./torch-heads";

start("all28", () =>
  timeTogether(experiments, "all 28 experiments in one pass", "≤ 0.8 ×", number("rounds", 3, 1)),
);
