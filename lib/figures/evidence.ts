/** Figures about the authors' release: what labels, heads and submissions say without a photo. */
import {
  axis,
  baseLayout,
  COLUMN_MM,
  FONT_PX,
  INK,
  note,
  OKABE_ITO,
  PAGE_MM,
  plainText,
  type Figure,
  type FigureOptions,
  type Trace,
} from "./style";

/** A share with its interval, all in [0, 1]. */
export interface ShareWithin {
  share: number;
  low: number;
  high: number;
}

const PALE = "#9A9A9A";
const BLUES = [
  [0, "#FFFFFF"],
  [1, OKABE_ITO.blue],
];

/** What stands above the first or the second of two panels side by side. */
const panelName = (name: string, panel: number): object =>
  note(`<b>${name}</b>`, {
    x: panel === 0 ? 0 : 0.51,
    xref: "paper",
    xanchor: "left",
    y: 1,
    yref: "paper",
    yanchor: "bottom",
  });

/**
 * How much of all photos the most common sets of tags cover. `sizes` counts sets by their number of photos; the points
 * at `marked` numbers of sets are named.
 */
export function setCoverage(
  sizes: readonly { images: number; sets: number }[],
  marked: readonly number[],
  options: FigureOptions = {},
): Figure {
  const {
    widthMm = COLUMN_MM,
    heightMm = 62,
    title = "Photos whose tags are among the N most common sets",
  } = options;
  const images = sizes.reduce((sum, row) => sum + row.images * row.sets, 0);
  const covered = (sets: number): number => {
    let left = sets;
    let sum = 0;
    for (const row of [...sizes].sort((a, b) => b.images - a.images)) {
      sum += row.images * Math.min(left, row.sets);
      left -= Math.min(left, row.sets);
    }
    return (100 * sum) / images;
  };
  const all = sizes.reduce((sum, { sets }) => sum + sets, 0);
  const points = Array.from({ length: 81 }, (_, i) => Math.round(all ** (i / 80)));
  const x = [...new Set([...points, ...marked])].sort((a, b) => a - b);
  const data: Trace[] = [
    {
      type: "scatter",
      mode: "lines",
      x,
      y: x.map(covered),
      line: { color: OKABE_ITO.blue, width: 2 },
      hovertemplate: "%{x:,} sets: %{y:.1f} %<extra></extra>",
    },
    {
      type: "scatter",
      mode: "markers+text",
      x: marked,
      y: marked.map(covered),
      text: marked.map(
        (sets) => `<b>${sets.toLocaleString("en-GB")}</b>: ${covered(sets).toFixed(1)} %`,
      ),
      textposition: "bottom right",
      textfont: { size: FONT_PX.small },
      marker: { color: OKABE_ITO.vermilion, size: 6 },
      hoverinfo: "skip",
      cliponaxis: false,
    },
  ];
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title },
    {
      xaxis: axis("Sets of tags, the most common first (log scale)", {
        type: "log",
        range: [-0.35, Math.log10(all) + 0.25],
        tickvals: [1, 10, 100, 1000, 10000],
        ticktext: ["1", "10", "100", "1,000", "10,000"],
      }),
      yaxis: axis("Photos covered (%)", { range: [-9, 105], tickvals: [0, 20, 40, 60, 80, 100] }),
    },
  );
  return { data, layout };
}

/** A training loss after each epoch. */
export interface LossCurve {
  name: string;
  loss: readonly number[];
}

/** The lowest and the highest loss of several runs, epoch by epoch. */
export interface LossBand {
  name: string;
  range: readonly (readonly [low: number, high: number])[];
}

/**
 * Training losses of heads that see nothing but a location, over bands of runs to compare them with, and the lowest
 * loss of an answer that is the same for all photos.
 */
export function blindLoss(
  curves: readonly LossCurve[],
  bands: readonly LossBand[],
  entropy: number,
  options: FigureOptions = {},
): Figure {
  const {
    widthMm = PAGE_MM,
    heightMm = 82,
    title = "Training loss of location alone, and of nothing at all",
  } = options;
  const epochs = bands[0].range.map((_, i) => i + 1);
  const fills = ["rgba(150,150,150,0.4)", "rgba(0,158,115,0.4)"];
  const colours = [OKABE_ITO.blue, OKABE_ITO.sky, OKABE_ITO.vermilion, OKABE_ITO.orange];
  const data: Trace[] = [
    ...bands.map(({ name, range }, i) => ({
      type: "scatter",
      mode: "lines",
      name,
      x: [...epochs, ...[...epochs].reverse()],
      y: [...range.map(([low]) => low), ...range.map(([, high]) => high).reverse()],
      fill: "toself",
      fillcolor: fills[i % fills.length],
      line: { width: 0, color: fills[i % fills.length] },
      hoverinfo: "skip",
    })),
    ...curves.map(({ name, loss }, i) => ({
      type: "scatter",
      mode: "lines+markers",
      name,
      x: loss.map((_, epoch) => epoch + 1),
      y: loss,
      line: { color: colours[i % colours.length], width: 1.5, dash: i % 2 ? "4px,2px" : "solid" },
      marker: { size: 4 },
      hovertemplate: `${name}, epoch %{x}: %{y:.4f}<extra></extra>`,
    })),
    {
      type: "scatter",
      mode: "lines",
      name: `entropy of the labels, ${entropy.toFixed(4)}`,
      x: [0.5, epochs.length + 0.5],
      y: [entropy, entropy],
      line: { color: INK, width: 1, dash: "2px,2px" },
      hoverinfo: "skip",
    },
  ];
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      xaxis: axis("Epoch", { range: [0.5, epochs.length + 0.5], dtick: 1, showgrid: false }),
      yaxis: axis("Loss an answer (BCE, log scale)", {
        type: "log",
        range: [Math.log10(0.14), Math.log10(0.75)],
        tickvals: [0.15, 0.2, 0.3, 0.4, 0.5, 0.6],
      }),
    },
  );
  // Seven names need two lines.
  return { data, layout: { ...layout, margin: { l: 8, r: 10, t: 64, b: 8 } } };
}

/**
 * Cosines between the tags' rows of two heads: rows are tags of the one, columns the same tags of the other. What is
 * below zero is white.
 */
export function headMatrix(
  tags: readonly string[],
  cosines: readonly (readonly number[])[],
  { rows, columns }: { rows: string; columns: string },
  options: FigureOptions = {},
): Figure {
  const { widthMm = 130, heightMm = 104, title = "Rows of two heads" } = options;
  const numbers = tags.map((_, i) => i);
  const data: Trace[] = [
    {
      type: "heatmap",
      x: numbers,
      y: numbers,
      z: cosines,
      zmin: 0,
      zmax: 0.5,
      colorscale: BLUES,
      xgap: 0.5,
      ygap: 0.5,
      colorbar: {
        title: { text: "cosine" },
        thickness: 8,
        len: 0.5,
        tickfont: { size: FONT_PX.small },
      },
      hoverinfo: "skip",
    },
  ];
  const names = {
    tickmode: "array",
    tickvals: numbers,
    ticktext: tags.map(plainText),
    tickfont: { size: 6 },
    showgrid: false,
    ticks: "",
  };
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title },
    {
      xaxis: axis(columns, { ...names, showticklabels: false, constrain: "domain" }),
      yaxis: axis(rows, { ...names, autorange: "reversed", scaleanchor: "x", constrain: "domain" }),
    },
  );
  return { data, layout };
}

/** Two tags: how much more often than by chance they stand together, and the cosine of a head's rows for them. */
export interface Company {
  name: string;
  /** Photos with both, as a multiple of what chance alone would give. */
  lift: number;
  cosine: number;
}

/**
 * Those of `points` that can carry their names without covering each other: in the order given, at most `most`, and
 * none whose height (`of`, as a share of the panel's) is within 4 % of an earlier one's.
 */
function spaced<Point>(
  points: readonly Point[],
  of: (point: Point) => number,
  most: number,
): Point[] {
  const chosen: Point[] = [];
  for (const point of points)
    if (chosen.length < most && chosen.every((other) => Math.abs(of(other) - of(point)) > 0.04))
      chosen.push(point);
  return chosen;
}

/** Company in the labels against company in a head's weights, a panel a head; the closest pairs carry their names. */
export function companyScatter(
  heads: readonly { head: string; pairs: readonly Company[] }[],
  options: FigureOptions = {},
): Figure {
  const { widthMm = 160, heightMm = 76, title = "Tags that keep company" } = options;
  const data: Trace[] = heads.flatMap(({ pairs }, i) => {
    const panel = i === 0 ? { xaxis: "x", yaxis: "y" } : { xaxis: `x${i + 1}`, yaxis: "y" };
    const closest = [...pairs].sort((a, b) => b.cosine - a.cosine);
    const shown = spaced(closest, ({ cosine }) => cosine / 1.2, 4);
    const dots = (of: readonly Company[], more: object): Trace => ({
      type: "scatter",
      x: of.map(({ lift }) => lift),
      y: of.map(({ cosine }) => cosine),
      ...panel,
      ...more,
    });
    return [
      dots(pairs, { mode: "markers", marker: { color: OKABE_ITO.blue, size: 2.5, opacity: 1 } }),
      dots(shown, {
        mode: "markers+text",
        marker: { color: OKABE_ITO.vermilion, size: 4.5 },
        text: shown.map(({ name }) => ` ${plainText(name)} `),
        textposition: shown.map(({ lift }) => (lift > 0.3 ? "middle left" : "middle right")),
        textfont: { size: 7.5 },
      }),
    ];
  });
  const ticks = [0.01, 0.1, 1, 10, 100];
  const lifts = (more: object): Record<string, unknown> =>
    axis("Together, as a multiple of chance (log scale)", {
      type: "log",
      range: [-2.4, 1.75],
      tickvals: ticks,
      ticktext: ticks.map((tick) => `${tick} ×`),
      ...more,
    });
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, remark: " " },
    {
      xaxis: lifts({ domain: [0, 0.49] }),
      xaxis2: lifts({ domain: [0.51, 1], anchor: "y" }),
      yaxis: axis("Cosine of the two rows", { range: [-0.4, 0.8] }),
      annotations: heads.map(({ head }, i) => panelName(head, i)),
    },
  );
  return { data, layout };
}

/**
 * How large weights on photo, title and location are. `bins` count weights by the quarter of 1/√inputs from which they
 * are; the shaded band is where PyTorch draws them before training.
 */
export function weightSizes(
  bins: readonly { part: string; quarters: number; weights: number }[],
  options: FigureOptions = {},
): Figure {
  const { widthMm = PAGE_MM, heightMm = 75, title = "Weights after training" } = options;
  const parts: [part: string, name: string, colour: string][] = [
    ["img", "on the photo", OKABE_ITO.blue],
    ["txt", "on the title", OKABE_ITO.green],
    ["loc", "on the location", OKABE_ITO.vermilion],
  ];
  const edge = 32; // quarters
  const quarters = Array.from({ length: 2 * edge }, (_, i) => i - edge);
  const data: Trace[] = parts.map(([part, name, color]) => {
    const those = bins.filter((bin) => bin.part === part);
    const total = those.reduce((sum, { weights }) => sum + weights, 0);
    const counts = new Map(those.map((bin) => [bin.quarters, bin.weights]));
    return {
      type: "scatter",
      mode: "lines",
      name,
      x: quarters.map((quarter) => quarter / 4),
      y: quarters.map((quarter) => (100 * (counts.get(quarter) ?? 0)) / total),
      line: { shape: "hv", color, width: 1.75 },
      hovertemplate: `${name}, from %{x}: %{y:.1f} %<extra></extra>`,
    };
  });
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      xaxis: axis("Weight, in units of 1/√inputs", { range: [-edge / 4, edge / 4], dtick: 1 }),
      yaxis: axis("Weights in each quarter unit (%)", { rangemode: "tozero" }),
      shapes: [
        {
          type: "rect",
          xref: "x",
          yref: "paper",
          x0: -1,
          x1: 1,
          y0: 0,
          y1: 1,
          fillcolor: "#EFEFEF",
          line: { width: 0 },
          layer: "below",
        },
      ],
      annotations: [
        note("where PyTorch<br>draws them", {
          x: 1.1,
          xanchor: "left",
          y: 0.97,
          yref: "paper",
          yanchor: "top",
        }),
      ],
    },
  );
  return { data, layout };
}

/** A submission: tags given to a photo, and Kaggle's score less the exact match in validation. */
export interface SubmissionPoint {
  experiment: string;
  tags: number;
  gain: number;
}

/** How much better each submission did on Kaggle than its head in validation, by how many tags it gives. */
export function submissionGain(
  points: readonly SubmissionPoint[],
  options: FigureOptions = {},
): Figure {
  const {
    widthMm = PAGE_MM,
    heightMm = 75,
    title = "The fewer tags a head gives, the more it gains from at least one",
  } = options;
  const inputs: [pattern: RegExp, name: string, symbol: string][] = [
    [/-img-txt/, "photo + title", "circle"],
    [/-txt/, "title", "diamond"],
    [/-img/, "photo", "square"],
  ];
  const groups = ["linear", "mlp"].flatMap((kind) =>
    inputs.map(([pattern, name, symbol], i) => ({
      name: `${kind === "mlp" ? "MLP" : "linear"}, ${name}`,
      color: kind === "mlp" ? OKABE_ITO.vermilion : OKABE_ITO.blue,
      symbol,
      points: points.filter(
        ({ experiment }) =>
          experiment.startsWith(kind) &&
          pattern.test(experiment) &&
          !inputs.slice(0, i).some(([earlier]) => earlier.test(experiment)),
      ),
    })),
  );
  const data: Trace[] = groups.map(({ name, color, symbol, points: those }) => ({
    type: "scatter",
    mode: "markers",
    name,
    x: those.map(({ tags }) => tags),
    y: those.map(({ gain }) => gain),
    text: those.map(({ experiment }) => experiment),
    marker: { color, symbol, size: 7 },
    hovertemplate: "%{text}<br>%{x:.3f} tags, %{y:+.4f}<extra></extra>",
  }));
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      xaxis: axis("Tags given to a photo (mean of 135,489)"),
      yaxis: axis("Kaggle’s score less exact match in validation", { tickformat: "+.2f" }),
    },
  );
  return { data, layout };
}

/** Photos that have the same tags as the one with the nearest number, by how near; `levels` are lines to compare with. */
export function neighbourShares(
  shares: readonly (ShareWithin & { gap: string })[],
  levels: readonly { name: string; share: number }[],
  options: FigureOptions = {},
): Figure {
  const {
    widthMm = COLUMN_MM,
    heightMm = 68,
    title = "Same tags as the photo with the nearest number",
  } = options;
  const percent = (value: number): number => 100 * value;
  const gaps = shares.map(({ gap }) => gap);
  const data: Trace[] = [
    {
      type: "scatter",
      mode: "lines+markers",
      x: gaps,
      y: shares.map(({ share }) => percent(share)),
      error_y: {
        type: "data",
        symmetric: false,
        array: shares.map(({ share, high }) => percent(high - share)),
        arrayminus: shares.map(({ share, low }) => percent(share - low)),
        thickness: 1,
        width: 3,
        color: INK,
      },
      line: { color: OKABE_ITO.blue, width: 1 },
      marker: { color: OKABE_ITO.blue, size: 6 },
      hovertemplate: "%{x} apart: %{y:.1f} %<extra></extra>",
      cliponaxis: false,
    },
  ];
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title },
    {
      xaxis: axis("Difference between the two numbers", { type: "category" }),
      yaxis: axis("Photos (%)", { range: [0, 22] }),
      shapes: levels.map(({ share }) => ({
        type: "line",
        xref: "paper",
        x0: 0,
        x1: 1,
        y0: percent(share),
        y1: percent(share),
        line: { color: PALE, width: 1, dash: "3px,2px" },
      })),
      annotations: levels.map(({ name, share }) =>
        note(`${name}: ${percent(share).toFixed(1)} %`, {
          xref: "paper",
          x: 0.01,
          xanchor: "left",
          y: percent(share),
          yanchor: "bottom",
          font: { size: 8 },
        }),
      ),
    },
  );
  return { data, layout };
}

/** Tags that occur together: their share of the real photos and of the sample's. */
export interface TwoShares {
  name: string;
  real: number;
  sample: number;
}

/** Shares in the real labels against shares in the sample's, a panel for each kind; some carry their names. */
export function realAndSample(
  panels: readonly { kind: string; sets: readonly TwoShares[] }[],
  options: FigureOptions = {},
): Figure {
  const {
    widthMm = 150,
    heightMm = 70,
    title = "Together in the real labels and in the sample’s",
  } = options;
  const least = 1e-4;
  const data: Trace[] = panels.flatMap(({ sets }, i) => {
    const panel = i === 0 ? { xaxis: "x", yaxis: "y" } : { xaxis: `x${i + 1}`, yaxis: "y" };
    const dots = (of: readonly TwoShares[], more: object): Trace => ({
      type: "scatter",
      x: of.map(({ real }) => 100 * real),
      y: of.map(({ sample }) => 100 * Math.max(sample, least)),
      ...panel,
      ...more,
    });
    const height = ({ sample }: TwoShares): number => Math.log10(Math.max(sample, least)) / 2.5;
    const short = sets.filter(({ name }) => name.length < 45);
    const shown = spaced(short, height, 4);
    return [
      {
        type: "scatter",
        mode: "lines",
        x: [0.01, 3],
        y: [0.01, 3],
        line: { color: PALE, width: 1 },
        ...panel,
      },
      dots(sets, { mode: "markers", marker: { color: OKABE_ITO.blue, size: 3, opacity: 1 } }),
      dots(shown, {
        mode: "markers+text",
        marker: { color: OKABE_ITO.vermilion, size: 4.5 },
        text: shown.map(({ name }) => `${plainText(name)} `),
        textposition: "middle left",
        textfont: { size: 7.5 },
      }),
    ];
  });
  const ticks = [0.01, 0.1, 1];
  const log = (text: string, more: object): Record<string, unknown> =>
    axis(text, {
      type: "log",
      range: [-2.05, 0.5],
      tickvals: ticks,
      ticktext: ticks.map(String),
      ...more,
    });
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, remark: " " },
    {
      xaxis: log("Real photos with them (%)", { domain: [0, 0.49] }),
      xaxis2: log("Real photos with them (%)", { domain: [0.51, 1], anchor: "y" }),
      yaxis: log("Sample’s pictures (%)", {}),
      annotations: panels.map(({ kind }, i) => panelName(kind, i)),
    },
  );
  return { data, layout };
}
