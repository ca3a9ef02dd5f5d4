/** The learning curve of one head: what a reader wants to see after, and during, its training. */
import { axis, baseLayout, OKABE_ITO, type Figure, type FigureOptions, type Trace } from "./style";
import type { EpochLog } from "../train/train";

/** Training loss (left) and the two validation scores (right) against the epoch. */
export function trainingCurve(
  log: readonly EpochLog[],
  { widthMm = 140, heightMm = 62, title = "" }: FigureOptions = {},
): Figure {
  const line = (
    name: string,
    key: "trainLoss" | "valExactMatch" | "valMacroF1",
    panel: 1 | 2,
    color: string,
  ): Trace => ({
    type: "scatter",
    mode: "lines",
    name,
    x: log.map(({ epoch }) => epoch + 1),
    y: log.map((entry) => entry[key]),
    xaxis: `x${panel}`,
    yaxis: `y${panel}`,
    line: { color, width: 1.6 },
    hovertemplate: "epoch %{x}: %{y:.4f}<extra></extra>",
  });
  const data = [
    line("Training loss", "trainLoss", 1, OKABE_ITO.black),
    line("Exact match", "valExactMatch", 2, OKABE_ITO.blue),
    line("Macro F1", "valMacroF1", 2, OKABE_ITO.vermilion),
  ];
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      xaxis: axis("Epoch", { domain: [0, 0.45], anchor: "y", rangemode: "tozero" }),
      yaxis: axis("Training loss (binary cross-entropy)", { anchor: "x" }),
      xaxis2: axis("Epoch", { domain: [0.57, 1], anchor: "y2", rangemode: "tozero" }),
      yaxis2: axis("Validation score", { anchor: "x2", rangemode: "tozero" }),
    },
  );
  return { data, layout };
}
