/** Figures about how much answers are worth: reliability diagrams, and scores with their intervals. */
import {
  axis,
  baseLayout,
  COLUMN_MM,
  INK,
  note,
  OKABE_ITO,
  PAGE_MM,
  plainText,
  type Figure,
  type FigureOptions,
  type Trace,
} from "./style";
import type { ReliabilityBin } from "../score/calibration";

/** One head's bins, at one temperature. */
export interface ReliabilitySeries {
  name: string;
  bins: readonly ReliabilityBin[];
}

const COLOURS = [OKABE_ITO.blue, OKABE_ITO.vermilion, OKABE_ITO.green, OKABE_ITO.purple];
const SYMBOLS = ["circle", "diamond", "square", "triangle-up"];

/**
 * A reliability diagram: above, the share of answers that are true over the mean probability announced, bin by bin, with
 * 95 % intervals and the diagonal on which honest heads lie; below, how many answers each bin has, on a log scale. Four
 * series at most; empty bins are left out.
 */
export function reliabilityDiagram(
  series: readonly ReliabilitySeries[],
  options: FigureOptions = {},
): Figure {
  const {
    widthMm = COLUMN_MM + 20,
    heightMm = 110,
    title = "Do announced probabilities come true?",
  } = options;
  if (series.length > COLOURS.length)
    throw new Error(
      `reliabilityDiagram: ${series.length} series can't be told apart: ${COLOURS.length} at most`,
    );
  const diagonal: Trace = {
    type: "scatter",
    mode: "lines",
    x: [0, 1],
    y: [0, 1],
    line: { color: INK, width: 1, dash: "2px,2px" },
    hoverinfo: "skip",
    showlegend: false,
  };
  const data = series.flatMap(({ name, bins }, i): Trace[] => {
    const filled = bins.filter(({ answers }) => answers > 0);
    const shared = { x: filled.map(({ announced }) => announced), legendgroup: name };
    const line = { color: COLOURS[i], width: 1.3 };
    return [
      {
        ...shared,
        type: "scatter",
        mode: "lines+markers",
        name,
        y: filled.map(({ happened }) => happened),
        error_y: {
          type: "data",
          symmetric: false,
          array: filled.map(({ happened, within }) => within[1] - happened),
          arrayminus: filled.map(({ happened, within }) => happened - within[0]),
          thickness: 1,
          width: 2,
        },
        line,
        marker: { color: COLOURS[i], size: 5, symbol: SYMBOLS[i] },
        customdata: filled.map(({ answers }) => answers),
        hovertemplate: `${plainText(name)}: announced %{x:.3f}, true %{y:.3f} of %{customdata:,}<extra></extra>`,
        cliponaxis: false,
      },
      {
        ...shared,
        type: "scatter",
        mode: "lines+markers",
        showlegend: false,
        y: filled.map(({ answers }) => answers),
        yaxis: "y2",
        line,
        marker: { color: COLOURS[i], size: 4, symbol: SYMBOLS[i] },
        hovertemplate: `${plainText(name)}: %{y:,} answers<extra></extra>`,
      },
    ];
  });
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      xaxis: axis("Announced probability, mean of the bin", {
        range: [-0.02, 1.02],
        dtick: 0.2,
        anchor: "y2",
      }),
      yaxis: axis("Share that is true", { range: [-0.02, 1.03], dtick: 0.2, domain: [0.34, 1] }),
      yaxis2: axis("Answers", { type: "log", domain: [0, 0.26], tickformat: ",", dtick: 1 }),
    },
  );
  return { data: [diagonal, ...data], layout };
}

/** A score between 0 and 1 with its interval. */
export interface ScoreWithin {
  name: string;
  score: number;
  low: number;
  high: number;
}

/**
 * Scores with their 95 % intervals, a row each, in the order given from the top; `mark` draws a line at a score to compare
 * them with, such as the best possible.
 */
export function scoreIntervals(
  scores: readonly ScoreWithin[],
  quantity: string,
  options: FigureOptions & { mark?: { score: number; name: string } } = {},
): Figure {
  const {
    widthMm = PAGE_MM - 38,
    heightMm = 22 + 6.5 * scores.length,
    title = quantity,
    mark,
  } = options;
  const rows = scores.map((_, i) => i);
  const data: Trace[] = [
    {
      type: "scatter",
      mode: "markers",
      x: scores.map(({ score }) => score),
      y: rows,
      error_x: {
        type: "data",
        symmetric: false,
        array: scores.map(({ score, high }) => high - score),
        arrayminus: scores.map(({ score, low }) => score - low),
        thickness: 1.2,
        width: 3,
      },
      marker: { color: OKABE_ITO.blue, size: 6 },
      hovertemplate: "%{x:.4f}<extra></extra>",
    },
  ];
  const all = scores.flatMap(({ low, high }) => [low, high]).concat(mark ? [mark.score] : []);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = 0.06 * (most - least || 1);
  const bar = mark && {
    type: "line",
    x0: mark.score,
    x1: mark.score,
    yref: "paper",
    y0: 0,
    y1: 1,
    line: { color: INK, width: 1, dash: "2px,2px" },
  };
  const named =
    mark &&
    note(plainText(mark.name), {
      x: mark.score,
      y: 1,
      yref: "paper",
      xanchor: "right",
      yanchor: "bottom",
    });
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: mark !== undefined },
    {
      showlegend: false,
      shapes: bar ? [bar] : [],
      annotations: named ? [named] : [],
      xaxis: axis(quantity, { range: [least - room, most + room] }),
      yaxis: axis("", {
        title: undefined,
        range: [scores.length - 0.5, -0.5],
        tickvals: rows,
        ticktext: scores.map(({ name }) => plainText(name)),
        ticks: "",
      }),
    },
  );
  return { data, layout };
}
