/** Learning curves: of one head, and of all experiments in one figure. */
import { experimentNamed } from "../train/experiments";
import {
  axis,
  baseLayout,
  INK,
  note,
  OKABE_ITO,
  OURS,
  PAGE_MM,
  PAPER,
  type Figure,
  type FigureOptions,
  type Trace,
} from "./style";
import type { CurveEpoch, CurvePoint } from "../data/types";

/** A column of panels: a combination of inputs, and what stands above it. */
type Column = readonly [inputs: string, name: string];
/** The columns for the paper's combinations; those of other experiments follow, under their own names. */
const INPUTS: readonly Column[] = [
  ["img", "Image"],
  ["txt", "Title"],
  ["loc", "Location"],
  ["img-txt", "Image +<br>title"],
  ["img-loc", "Image +<br>location"],
  ["txt-loc", "Title +<br>location"],
  ["img-txt-loc", "Image + title<br>+ location"],
];
type Quantity = "trainLoss" | "valLoss" | "valExactMatch" | "valMacroF1";
const QUANTITIES: readonly [key: Quantity, name: string][] = [
  ["trainLoss", "Training loss<br>(BCE, log scale)"],
  ["valExactMatch", "Exact match<br>(share, 0 to 1)"],
  ["valMacroF1", "Macro F1<br>(0 to 1)"],
];
const HEADS: readonly [head: string, name: string][] = [
  ["linear", "Linear"],
  ["linear-mixup", "Linear, MixUp"],
  ["mlp", "MLP"],
  ["mlp-mixup", "MLP, MixUp"],
];
/** The paper's lines have the same colours, but pale. */
const PAPER_OPACITY = 0.4;

/** How a head is drawn wherever it learns: linear ones blue and MLPs orange-red, dashed with MixUp. */
export function headStyle(experiment: string): { color: string; dashed: boolean } {
  return {
    color: experiment.startsWith("mlp") ? OKABE_ITO.vermilion : OKABE_ITO.blue,
    dashed: experiment.endsWith("mixup"),
  };
}

/** `headStyle` as a line of Plotly's. */
function headLine(experiment: string, width: number): Record<string, unknown> {
  const { color, dashed } = headStyle(experiment);
  return { color, width, ...(dashed ? { dash: "2px,2px" } : {}) };
}

/** One quantity of one log as a line. */
function curve(
  log: readonly CurveEpoch[],
  key: Quantity,
  name: string,
  style: Record<string, unknown>,
): Trace {
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: log.map(({ epoch }) => epoch + 1),
    y: log.map((entry) => entry[key]),
    hovertemplate: "epoch %{x}: %{y:.4f}<extra></extra>",
    ...style,
  };
}

/** Group a log's points by experiment, each in the order of its epochs. */
function byExperiment(points: readonly CurvePoint[]): Map<string, CurvePoint[]> {
  const groups = new Map<string, CurvePoint[]>();
  for (const point of points)
    groups.set(point.experiment, [...(groups.get(point.experiment) ?? []), point]);
  for (const group of groups.values()) group.sort((a, b) => a.epoch - b.epoch);
  return groups;
}

const inputsOf = (experiment: string): string => experimentNamed(experiment).modalities.join("-");

/** The columns for all experiments in `points`. */
function columnsFor(points: readonly CurvePoint[]): readonly Column[] {
  const seen = new Set(points.map(({ experiment }) => inputsOf(experiment)));
  const others = [...seen].filter((inputs) => !INPUTS.some(([known]) => known === inputs));
  return [
    ...INPUTS,
    ...others.map((inputs) => [inputs, inputs.replaceAll("-", " +<br>")] as const),
  ];
}

/** The three lines (one a quantity) of every experiment in `points`, in their panels. */
function curves(
  points: readonly CurvePoint[],
  columns: readonly Column[],
  style: (experiment: string) => Record<string, unknown>,
): Trace[] {
  return [...byExperiment(points)].flatMap(([experiment, log]) => {
    const column = columns.findIndex(([inputs]) => inputs === inputsOf(experiment));
    return QUANTITIES.map(([key], row) =>
      curve(log, key, experiment, {
        xaxis: `x${column + 1}`,
        yaxis: `y${row + 1}`,
        showlegend: false,
        hovertemplate: `${experiment}<br>epoch %{x}: %{y:.4f}<extra></extra>`,
        ...style(experiment),
      }),
    );
  });
}

/** Legend entries that name the heads, and the grey of the paper. */
function legendEntries(hasPaper: boolean): Trace[] {
  const entry = (name: string, line: Record<string, unknown>, opacity = 1): Trace => ({
    type: "scatter",
    mode: "lines",
    x: [null],
    y: [null],
    name,
    line,
    opacity,
    showlegend: true,
  });
  const entries = HEADS.map(([head, name]) => entry(name, headLine(head, 1.5)));
  const pale = { color: INK, width: 1.5 };
  return hasPaper ? [...entries, entry(`${PAPER}: the same, pale`, pale, PAPER_OPACITY)] : entries;
}

/** The axes of the panels, and the names of the columns above them. */
function panels(columns: readonly Column[]): Record<string, unknown> {
  const axes: Record<string, unknown> = {};
  columns.forEach((_, column) => {
    const left = column / columns.length;
    axes[`xaxis${column + 1}`] = axis(column === 3 ? "Epoch" : "", {
      domain: [left, left + 0.9 / columns.length],
      anchor: "y3",
      rangemode: "tozero",
      nticks: 3,
      matches: column > 0 ? "x" : undefined,
    });
  });
  const logarithmic = { type: "log", nticks: undefined, tickvals: [0.02, 0.05, 0.1, 0.2, 0.5, 1] };
  QUANTITIES.forEach(([key, name], row) => {
    const top = 1 - row / 3;
    axes[`yaxis${row + 1}`] = axis(name, {
      domain: [top - 0.29, top],
      anchor: "x",
      rangemode: "tozero",
      nticks: 5,
      ...(key === "trainLoss" ? logarithmic : {}),
    });
  });
  const annotations = columns.map(([, name], column) =>
    note(name, {
      x: 0.5,
      xref: `x${column === 0 ? "" : column + 1} domain`,
      y: 1,
      yref: "paper",
      yanchor: "bottom",
    }),
  );
  return { ...axes, annotations };
}

/**
 * Training loss, exact match and macro F1 against the epoch: a column for each combination of inputs, coloured by head,
 * dotted with MixUp. The paper's curves, when given, are the pale lines behind.
 */
export function learningCurves(
  ours: readonly CurvePoint[],
  paper: readonly CurvePoint[] = [],
  options: FigureOptions = {},
): Figure {
  const { widthMm = PAGE_MM, heightMm = 110, title = "Learning curves" } = options;
  const columns = columnsFor([...paper, ...ours]);
  const data = [
    ...curves(paper, columns, (name) => ({ line: headLine(name, 1), opacity: PAPER_OPACITY })),
    ...curves(ours, columns, (name) => ({ line: headLine(name, 1.2) })),
    ...legendEntries(paper.length > 0),
  ];
  const who = options.ours ?? OURS;
  // The upper margin holds the title, the legend and two lines of names.
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title: `${title}: ${who}`, legend: true },
    { ...panels(columns), margin: { l: 8, r: 10, t: 76, b: 8 } },
  );
  return { data, layout };
}

/**
 * One head: the loss (left) and the two validation scores (right) against the epoch. The loss is that of the training
 * batches, and beside it that of the validation rows if the log has it (`valLoss`).
 */
export function trainingCurve(
  log: readonly CurveEpoch[],
  { widthMm = 140, heightMm = 62, title = "" }: FigureOptions = {},
): Figure {
  const line = (name: string, key: Quantity, panel: 1 | 2, color: string): Trace =>
    curve(log, key, name, {
      xaxis: `x${panel}`,
      yaxis: `y${panel}`,
      line: { color, width: 1.6 },
    });
  const hasBoth = log.some(({ valLoss }) => valLoss !== undefined);
  const data = [
    line("Training loss", "trainLoss", 1, OKABE_ITO.black),
    ...(hasBoth ? [line("Validation loss", "valLoss", 1, OKABE_ITO.green)] : []),
    line("Exact match", "valExactMatch", 2, OKABE_ITO.blue),
    line("Macro F1", "valMacroF1", 2, OKABE_ITO.vermilion),
  ];
  const loss = `${hasBoth ? "Loss" : "Training loss"} (binary cross-entropy)`;
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      xaxis: axis("Epoch", { domain: [0, 0.45], anchor: "y", rangemode: "tozero" }),
      yaxis: axis(loss, { anchor: "x" }),
      xaxis2: axis("Epoch", { domain: [0.57, 1], anchor: "y2", rangemode: "tozero" }),
      yaxis2: axis("Validation score", { anchor: "x2", rangemode: "tozero" }),
    },
  );
  return { data, layout };
}
