/** The learning curves of all experiments in one figure. */
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

/** One epoch of one experiment's training log; epochs count from 0, scores are in [0, 1]. */
export interface CurvePoint {
  experiment: string;
  epoch: number;
  /** Mean binary cross-entropy of the epoch's training batches. */
  trainLoss: number;
  valExactMatch: number;
  valMacroF1: number;
  learningRate?: number;
}

/** The panels: one column for each combination of inputs, one row for each quantity. */
const INPUTS: readonly [inputs: string, name: string][] = [
  ["img", "Image"],
  ["txt", "Title"],
  ["loc", "Location"],
  ["img-txt", "Image +<br>title"],
  ["img-loc", "Image +<br>location"],
  ["txt-loc", "Title +<br>location"],
  ["img-txt-loc", "Image + title<br>+ location"],
];
const QUANTITIES: readonly [key: "trainLoss" | "valExactMatch" | "valMacroF1", name: string][] = [
  ["trainLoss", "Training loss<br>(BCE, log scale)"],
  ["valExactMatch", "Exact match<br>(share, 0 to 1)"],
  ["valMacroF1", "Macro F1<br>(0 to 1)"],
];
/** The paper's lines have the same colours, but pale. */
const PAPER_OPACITY = 0.4;

/** The four kinds of head, by colour and dash. */
const HEADS: Record<string, { name: string; line: Record<string, unknown> }> = {
  linear: { name: "Linear", line: { color: OKABE_ITO.blue } },
  "linear-mixup": { name: "Linear, MixUp", line: { color: OKABE_ITO.blue, dash: "2px,2px" } },
  mlp: { name: "MLP", line: { color: OKABE_ITO.vermilion } },
  "mlp-mixup": { name: "MLP, MixUp", line: { color: OKABE_ITO.vermilion, dash: "2px,2px" } },
};

/** Group a log's points by experiment, each in the order of its epochs. */
function byExperiment(points: readonly CurvePoint[]): Map<string, CurvePoint[]> {
  const groups = new Map<string, CurvePoint[]>();
  for (const point of points)
    groups.set(point.experiment, [...(groups.get(point.experiment) ?? []), point]);
  for (const group of groups.values()) group.sort((a, b) => a.epoch - b.epoch);
  return groups;
}

/** The three lines (one a quantity) of every experiment in `points`, in their panels. */
function curves(
  points: readonly CurvePoint[],
  style: (head: string) => Record<string, unknown>,
): Trace[] {
  const traces: Trace[] = [];
  for (const [experiment, log] of byExperiment(points)) {
    const { kind, modalities, mixup } = experimentNamed(experiment);
    const inputs = modalities.join("-");
    const head = `${kind}${mixup ? "-mixup" : ""}`;
    const column = INPUTS.findIndex(([name]) => name === inputs);
    QUANTITIES.forEach(([key], row) =>
      traces.push({
        type: "scatter",
        mode: "lines",
        x: log.map(({ epoch }) => epoch + 1),
        y: log.map((point) => point[key]),
        xaxis: `x${column + 1}`,
        yaxis: `y${row + 1}`,
        name: experiment,
        showlegend: false,
        ...style(head),
        hovertemplate: `${experiment}<br>epoch %{x}: %{y:.4f}<extra></extra>`,
      }),
    );
  }
  return traces;
}

/** Legend entries that name the heads, and the grey of the paper. */
function legendEntries(hasPaper: boolean): Trace[] {
  const entry = (name: string, line: Record<string, unknown>, opacity = 1): Trace => ({
    type: "scatter",
    mode: "lines",
    x: [null],
    y: [null],
    name,
    line: { width: 1.5, ...line },
    opacity,
    showlegend: true,
  });
  const entries = Object.values(HEADS).map(({ name, line }) => entry(name, line));
  return hasPaper
    ? [...entries, entry(`${PAPER}: the same, pale`, { color: INK }, PAPER_OPACITY)]
    : entries;
}

/** The axes of the panels, and the names of the columns above them. */
function panels(): Record<string, unknown> {
  const axes: Record<string, unknown> = {};
  INPUTS.forEach((_, column) => {
    const left = column / INPUTS.length;
    axes[`xaxis${column + 1}`] = axis(column === 3 ? "Epoch" : "", {
      domain: [left, left + 0.9 / INPUTS.length],
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
  const annotations = INPUTS.map(([, name], column) =>
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
  const data = [
    ...curves(paper, (head) => ({
      line: { width: 1, ...HEADS[head].line },
      opacity: PAPER_OPACITY,
    })),
    ...curves(ours, (head) => ({ line: { width: 1.2, ...HEADS[head].line } })),
    ...legendEntries(paper.length > 0),
  ];
  const who = options.ours ?? OURS;
  // The upper margin holds the title, the legend and two lines of names.
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title: `${title}: ${who}`, legend: true },
    { ...panels(), margin: { l: 8, r: 10, t: 76, b: 8 } },
  );
  return { data, layout };
}
