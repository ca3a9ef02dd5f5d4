/** Figures about how well the heads do: per tag, per experiment, and which tag they give instead. */
import {
  axis,
  baseLayout,
  COLUMN_MM,
  FONT_PX,
  GRID,
  note,
  OURS_COLOUR,
  OURS,
  PAGE_MM,
  PAPER,
  PAPER_COLOUR,
  plainText,
  type Figure,
  type FigureOptions,
  type Trace,
} from "./style";
import { barHover, BLUES, tagBars, tagMarkers, type TagBarOptions } from "./tags";
import type { Score, TagF1 } from "../data/types";
import type { MissedTag, StandIn } from "../score/stand-ins";

/** F1 of each tag, best of ours at the top; the paper's as diamonds. */
export function f1Bars(
  ours: readonly TagF1[],
  paper: readonly TagF1[] = [],
  options: TagBarOptions = {},
): Figure {
  const { widthMm = COLUMN_MM, heightMm = 190, title = "F1 of each tag" } = options;
  const sorted = [...ours].sort((a, b) => a.f1 - b.f1); // Plotly draws from the bottom up
  const tags = sorted.map(({ tag }) => tag);
  const published = new Map(paper.map(({ tag, f1 }) => [tag, f1]));
  const data: Trace[] = [
    {
      type: "bar",
      orientation: "h",
      name: options.ours ?? OURS,
      x: sorted.map(({ f1 }) => f1),
      y: tags,
      marker: { color: OURS_COLOUR },
      ...barHover(tags, "%{x:.3f}", options.examples),
    },
  ];
  const theirs = tags.map((tag) => published.get(tag) ?? null);
  if (paper.length > 0) data.push(tagMarkers(tags, theirs, "%{x:.3f}", options.theirs ?? PAPER));
  const xaxis = axis("F1 on validation images (0 to 1)", { range: [0, 1.02], dtick: 0.2 });
  return { data, layout: tagBars(widthMm, heightMm, title, tags.length, xaxis) };
}

/** One series of dots of `resultsDots`, in panel 1 (exact match) or 2 (macro F1). */
function dots(
  name: string,
  scores: readonly Score[],
  rows: readonly string[],
  panel: 1 | 2,
  marker: object,
): Trace {
  const known = new Map(scores.map((score) => [score.experiment, score]));
  const x = rows.map((row) => {
    const score = known.get(row);
    return score ? (panel === 1 ? score.valExactMatch : score.valMacroF1) : null;
  });
  return {
    type: "scatter",
    mode: "markers",
    name,
    x,
    y: rows,
    xaxis: panel === 1 ? "x" : "x2",
    yaxis: "y",
    legendgroup: name,
    showlegend: panel === 1,
    marker,
    hovertemplate: "%{y}: %{x:.4f}<extra></extra>",
    cliponaxis: false,
  };
}

/**
 * Each experiment's exact match (left) and macro F1 (right): ours and the paper's as two dots on one line. Experiments
 * are listed in the order of `ours`, then those only the paper has.
 */
export function resultsDots(
  ours: readonly Score[],
  paper: readonly Score[] = [],
  options: FigureOptions = {},
): Figure {
  const {
    widthMm = PAGE_MM,
    heightMm = 125,
    title = "Validation scores of the experiments",
  } = options;
  const rows = [...new Set([...ours, ...paper].map(({ experiment }) => experiment))];
  const oursStyle = { color: OURS_COLOUR, size: 6.5 };
  const paperStyle = {
    color: "rgba(255,255,255,0)",
    symbol: "diamond-open",
    size: 6.5,
    line: { width: 1.4 },
  };
  const data = ([1, 2] as const).flatMap((panel) => [
    dots(options.ours ?? OURS, ours, rows, panel, oursStyle),
    ...(paper.length > 0
      ? [dots(PAPER, paper, rows, panel, { ...paperStyle, color: PAPER_COLOUR })]
      : []),
  ]);
  // A little room left of 0, so that dots there do not hide the names.
  const range = (key: "valExactMatch" | "valMacroF1"): number[] => {
    const most = Math.max(0.1, ...[...ours, ...paper].map((score) => score[key]));
    return [-0.025 * most, 1.05 * most];
  };
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      xaxis: axis("Exact match", { domain: [0, 0.485], range: range("valExactMatch") }),
      xaxis2: axis("Macro F1", { domain: [0.515, 1], range: range("valMacroF1"), anchor: "y" }),
      yaxis: axis("", {
        title: undefined,
        range: [rows.length - 0.4, -0.6],
        type: "category",
        dtick: 1,
        ticks: "",
      }),
    },
  );
  return { data, layout };
}

/** The `top` most missed tags, their `top` most frequent stand-ins, and the percentages [missed][stand-in]. */
function standInTable(
  missed: readonly MissedTag[],
  standIns: readonly StandIn[],
  top: number,
): { rows: MissedTag[]; columns: string[]; percent: (number | null)[][] } {
  const rows = missed
    .filter(({ images }) => images > 0)
    .sort((a, b) => b.images - a.images)
    .slice(0, top);
  const shown = new Set(rows.map(({ tag }) => tag));
  const totals = new Map<string, number>();
  const pairs = new Map<string, number>();
  for (const { tag, instead, images } of standIns) {
    if (!shown.has(tag)) continue;
    totals.set(instead, (totals.get(instead) ?? 0) + images);
    pairs.set(`${tag}\t${instead}`, images);
  }
  const columns = [...totals]
    .sort((a, b) => b[1] - a[1])
    .slice(0, top)
    .map(([tag]) => tag);
  const percent = rows.map(({ tag, images }) =>
    columns.map((instead) =>
      tag === instead ? null : (100 * (pairs.get(`${tag}\t${instead}`) ?? 0)) / images,
    ),
  );
  return { rows, columns, percent };
}

export interface ConfusionOptions extends FigureOptions {
  /** How many missed tags, and how many stand-ins, at most. */
  top?: number;
  /** Some titles for a pair, `${missed}\t${instead}`, shown when the pointer is over its cell. */
  examples?: ReadonlyMap<string, readonly string[]>;
}

const NOTHING = "<i>no wrong tag</i>";

/**
 * Which tag stands in for which: for the `top` most often missed tags (rows, most missed first), how often each of the
 * `top` most frequent stand-ins (columns) was wrongly given with the miss, in percent of the misses. The first column
 * has the misses with no wrong tag beside them.
 */
export function confusion(
  missed: readonly MissedTag[],
  standIns: readonly StandIn[],
  options: ConfusionOptions = {},
): Figure {
  const {
    widthMm = PAGE_MM,
    heightMm = 125,
    title = "Which tag is given instead of a missed one",
    top = 15,
  } = options;
  const { rows, columns, percent } = standInTable(missed, standIns, top);
  const titles = rows.map(({ tag }) => [
    "",
    ...columns.map((instead) =>
      (options.examples?.get(`${tag}\t${instead}`) ?? [])
        .map((text) => `<br>“${plainText(text)}”`)
        .join(""),
    ),
  ]);
  const heatmap: Trace = {
    type: "heatmap",
    x: [NOTHING, ...columns],
    y: rows.map(({ tag, images }) => `${tag} (${images.toLocaleString("en-GB")})`),
    z: percent.map((line) => [null, ...line]),
    colorscale: BLUES,
    zmin: 0,
    showscale: false,
    xgap: 1,
    ygap: 1,
    text: percent.map((line) => [
      "",
      ...line.map((value) => (value !== null && value >= 0.5 ? value.toFixed(0) : "")),
    ]),
    texttemplate: "%{text}",
    textfont: { size: FONT_PX.small },
    customdata: titles,
    hoverlabel: { align: "left" },
    hovertemplate:
      "%{y}<br>given instead: %{x}<br>%{z:.1f} % of the misses%{customdata}<extra></extra>",
  };
  const annotations = rows.map(({ images, alone }, i) =>
    note(((100 * alone) / images).toFixed(0), { x: 0, y: i }),
  );
  const labels = { ticks: "", showgrid: false, showline: false, dtick: 1 };
  const remark = `${options.ours ?? OURS}. Numbers: % of the images that miss the tag.`;
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, remark },
    {
      plot_bgcolor: GRID,
      annotations,
      xaxis: axis("Wrongly given tag", { ...labels, tickangle: -40 }),
      yaxis: axis("Missed tag (images that miss it)", { ...labels, autorange: "reversed" }),
    },
  );
  return { data: [heatmap], layout };
}
