import { describe, expect, it, test } from "vitest";
import type { CurvePoint } from "../data/types";
import { countStandIns } from "../score/stand-ins";
import { learningCurves, trainingCurve } from "./curves";
import { confusion, f1Bars, resultsDots } from "./scores";

describe("f1Bars", () => {
  it("draws our best at the top, with the paper's value of the same tag, or none", () => {
    const ours = [
      { tag: "Canals", f1: 0.9 },
      { tag: "Lowlands", f1: 0.2 },
      { tag: "Paths", f1: 0.5 },
    ];
    const [bars, marks] = f1Bars(ours, [
      { tag: "Paths", f1: 0.698 },
      { tag: "Canals", f1: 0.894 },
    ]).data;
    expect(bars).toMatchObject({ y: ["Lowlands", "Paths", "Canals"], x: [0.2, 0.5, 0.9] });
    expect(marks).toMatchObject({
      y: ["Lowlands", "Paths", "Canals"],
      x: [null, 0.698, 0.894],
      name: "Paper",
    });
  });
});

describe("resultsDots", () => {
  it("draws both scores of both sources on one row an experiment", () => {
    const ours = [{ experiment: "linear-txt", valExactMatch: 0.3, valMacroF1: 0.4 }];
    const paper = [
      { experiment: "linear-img", valExactMatch: 0.2228, valMacroF1: 0.4129 },
      { experiment: "linear-txt", valExactMatch: 0.2778, valMacroF1: 0.5062 },
    ];
    const { data } = resultsDots(ours, paper, { ours: "Ours on kaggle" });
    expect(data.map(({ name, xaxis, x }) => [name, xaxis, x])).toEqual([
      ["Ours on kaggle", "x", [0.3, null]],
      ["Paper", "x", [0.2778, 0.2228]],
      ["Ours on kaggle", "x2", [0.4, null]],
      ["Paper", "x2", [0.5062, 0.4129]],
    ]);
    expect(data.every(({ y }) => String(y) === "linear-txt,linear-img")).toBe(true);
  });
});

describe("confusion", () => {
  const tags = ["a", "b", "c"];
  const truth = [1, 0, 0, /**/ 1, 0, 0, /**/ 1, 1, 0, /**/ 0, 0, 1, /**/ 1, 0, 0];
  const predicted = [0, 1, 0, /**/ 0, 1, 1, /**/ 0, 1, 0, /**/ 0, 0, 1, /**/ 1, 0, 1];
  const nothing = "<i>no wrong tag</i>";
  const counted = countStandIns(truth, predicted, tags);

  it("shows them in percent of the misses, most missed and most frequent first", () => {
    const examples = new Map([["a\tc", ["One <i>", "Two"]]]);
    const {
      data: [heatmap],
      layout,
    } = confusion(counted.missed, counted.standIns, { examples });
    expect(heatmap).toMatchObject({
      x: [nothing, "b", "c"],
      y: ["a (3)"],
      text: [["", "67", "33"]],
      customdata: [["", "", "<br>“One &lt;i&gt;”<br>“Two”"]],
    });
    expect((heatmap.z as number[][])[0][1]).toBeCloseTo(200 / 3, 10);
    expect(layout.annotations).toMatchObject([{ text: "33", x: 0, y: 0 }]); // a third of the misses: no wrong tag
  });

  it("keeps to the `top` tags", () => {
    expect(confusion(counted.missed, counted.standIns, { top: 1 }).data[0]).toMatchObject({
      x: [nothing, "b"],
      y: ["a (3)"],
    });
  });
});

describe("learningCurves", () => {
  const point = (experiment: string, epoch: number, valMacroF1: number): CurvePoint => ({
    experiment,
    epoch,
    trainLoss: 0.2 - epoch / 100,
    valExactMatch: 0.1 + epoch / 10,
    valMacroF1,
  });

  it("draws each quantity of an experiment in the panel of its inputs, epochs in order from 1", () => {
    const { data } = learningCurves([
      point("mlp-img-txt-mixup", 1, 0.5),
      point("mlp-img-txt-mixup", 0, 0.4),
    ]);
    const lines = data.filter(({ showlegend }) => showlegend === false);
    expect(lines.map(({ xaxis, yaxis, x, y }) => [xaxis, yaxis, x, y])).toEqual([
      ["x4", "y1", [1, 2], [0.2, 0.19]],
      ["x4", "y2", [1, 2], [0.1, 0.2]],
      ["x4", "y3", [1, 2], [0.4, 0.5]],
    ]);
    expect(lines[0].line).toMatchObject({ dash: "2px,2px" });
  });

  it("draws the paper's curves first, so that ours are in front, and names them in the legend", () => {
    const { data } = learningCurves([point("linear-loc", 0, 0)], [point("linear-loc", 0, 0.1)]);
    expect([data[2].y, data[5].y]).toEqual([[0.1], [0]]);
    expect(data.filter(({ showlegend }) => showlegend).map(({ name }) => name)).toContain(
      "Paper: the same, pale",
    );
  });

  it("refuses an experiment that is none", () => {
    expect(() => learningCurves([point("linear-audio", 0, 0)])).toThrow("linear-audio");
  });
});

test("trainingCurve draws the validation loss beside the training loss where the log has it", () => {
  const log = [0.5, 0.4].map((trainLoss, epoch) => ({
    epoch,
    trainLoss,
    valExactMatch: 0.1,
    valMacroF1: 0.2,
  }));
  const names = (entries: typeof log): unknown[] =>
    trainingCurve(entries).data.map(({ name, xaxis }) => `${name} ${xaxis}`);
  expect(names(log)).toEqual(["Training loss x1", "Exact match x2", "Macro F1 x2"]);
  const both = log.map((entry) => ({ ...entry, valLoss: 0.6 }));
  expect(names(both)[1]).toBe("Validation loss x1");
  expect(trainingCurve(both).data[1].y).toEqual([0.6, 0.6]);
});
