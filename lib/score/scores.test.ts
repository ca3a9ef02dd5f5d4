import { expect, test } from "vitest";
import { anEpoch } from "../fixtures/epoch";
import { besidePaper, scoreNamed, type BestEpoch } from "./scores";

const epoch = (
  experiment: string,
  epoch: number,
  valExactMatch: number,
  valMacroF1: number,
): BestEpoch => ({
  ...anEpoch,
  experiment,
  epoch,
  valExactMatch,
  valMacroF1,
});

test("a score is found by name, or the notebooks that make it are named", () => {
  const scores = [epoch("linear-img", 3, 0.2, 0.4), epoch("mlp-img", 5, 0.3, 0.4)];
  expect(scoreNamed(scores, "mlp-img").epoch).toBe(5);
  expect(() => scoreNamed(scores, "linear-txt")).toThrow(
    "linear-txt has not been trained: run the notebooks 03",
  );
});

test("ours stand beside the paper's; what the paper doesn't have is null", async () => {
  expect(await besidePaper([epoch("linear-img", 3, 0.2, 0.4), epoch("own", 1, 0.5, 0.6)])).toEqual([
    {
      experiment: "linear-img",
      "exact match": 0.2,
      "exact match (paper)": 0.2228,
      "macro F1": 0.4,
      "macro F1 (paper)": 0.4129,
    },
    {
      experiment: "own",
      "exact match": 0.5,
      "exact match (paper)": null,
      "macro F1": 0.6,
      "macro F1 (paper)": null,
    },
  ]);
});
