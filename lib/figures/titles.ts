/** Figures about the titles: how long they are and which words they use. */
import {
  axis,
  baseLayout,
  COLUMN_MM,
  note,
  OKABE_ITO,
  OURS_COLOUR,
  OURS,
  PAGE_MM,
  PAPER,
  PAPER_COLOUR,
  pixels,
  type Figure,
  type FigureOptions,
  type Trace,
} from "./style";
import type { TitleLengthBin } from "../data/types";
import { placeWords, type WordCount } from "./wordcloud";

/** Bins of five characters up to 130, for when there are none of the paper to follow. */
const DEFAULT_BINS: readonly TitleLengthBin[] = Array.from({ length: 26 }, (_, i) => ({
  from: 5 * i + 1,
  to: 5 * i + 5,
  titles: 0,
}));

/** Count title lengths (characters; empty titles are left out) into bins; longer titles go to the last bin. */
export function binTitleLengths(
  lengths: Iterable<number>,
  bins: readonly TitleLengthBin[],
): TitleLengthBin[] {
  const counted = bins.map(({ from, to }) => ({ from, to, titles: 0 }));
  for (const length of lengths) {
    if (length < counted[0].from) continue;
    (counted.find(({ to }) => length <= to) ?? counted[counted.length - 1]).titles++;
  }
  return counted;
}

/**
 * A histogram as the outline of its bars. The bins are not equally wide (4 or 5 characters), so the height is the share
 * of titles per character, and areas stay true.
 */
function outline(
  bins: readonly TitleLengthBin[],
  name: string,
  style: Record<string, unknown>,
): Trace {
  const total = bins.reduce((sum, { titles }) => sum + titles, 0);
  const heights = bins.map(({ from, to, titles }) =>
    total > 0 ? (100 * titles) / total / (to - from + 1) : 0,
  );
  const last = bins[bins.length - 1];
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: [bins[0].from, ...bins.map(({ from }) => from), last.to + 1, last.to + 1],
    y: [0, ...heights, heights[heights.length - 1], 0],
    hovertemplate: "%{y:.2f} % per character<extra></extra>",
    ...style,
  };
}

/** How long titles are: the share of titles at each length, ours filled, the paper's as a line over the same bins. */
export function titleLengths(
  lengths: Iterable<number>,
  paper: readonly TitleLengthBin[] = [],
  options: FigureOptions = {},
): Figure {
  const { widthMm = COLUMN_MM, heightMm = 60, title = "Length of titles" } = options;
  const ours = binTitleLengths(lengths, paper.length > 0 ? paper : DEFAULT_BINS);
  const data = [
    outline(ours, options.ours ?? OURS, {
      line: { color: OURS_COLOUR, width: 1, shape: "hv" },
      fill: "tozeroy",
      fillcolor: "rgba(0,114,178,0.35)",
    }),
  ];
  if (paper.length > 0)
    data.push(
      outline(paper, options.theirs ?? PAPER, {
        line: { color: PAPER_COLOUR, width: 1.5, shape: "hv" },
      }),
    );
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      xaxis: axis("Title length (characters)", {
        rangemode: "tozero",
        showgrid: false,
        dtick: 20,
        range: [0, ours[ours.length - 1].to],
      }),
      yaxis: axis("Titles (% per character)", { rangemode: "tozero" }),
    },
  );
  return { data, layout };
}

/** Colours of the words: those of the palette that are dark enough for small text on white. */
const WORD_COLOURS = [OKABE_ITO.blue, OKABE_ITO.vermilion, "#00795A", "#444444", "#8A4B78"];

/** The words of the titles (most frequent first, see `countWords`), larger the more often they occur. */
export function wordCloud(words: readonly WordCount[], options: FigureOptions = {}): Figure {
  const { widthMm = PAGE_MM, heightMm = 85, title = "" } = options;
  const width = pixels(widthMm);
  const top = title === "" ? 0 : 26;
  const bottom = 16;
  const height = pixels(heightMm) - top - bottom;
  const placed = placeWords(words, { width, height });
  const cloud: Trace = {
    type: "scatter",
    mode: "text",
    x: placed.map(({ x }) => x),
    y: placed.map(({ y }) => y),
    cliponaxis: false,
    text: placed.map(({ word }) => word),
    customdata: placed.map(({ count }) => count),
    textfont: {
      size: placed.map(({ size }) => size),
      color: placed.map((_, i) => WORD_COLOURS[i % WORD_COLOURS.length]),
    },
    hovertemplate: "%{text}: %{customdata} times<extra></extra>",
  };
  const hidden = (range: number[]): object => ({ visible: false, range, fixedrange: true });
  const source = note(options.ours ?? OURS, {
    x: 1,
    xshift: -4, // its last letter is not cut at the edge
    y: 0,
    xref: "paper",
    yref: "paper",
    xanchor: "right",
    yanchor: "top",
  });
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title },
    {
      margin: { l: 0, r: 0, t: top, b: bottom },
      annotations: [source],
      xaxis: hidden([0, width]),
      yaxis: hidden([0, height]),
    },
  );
  return { data: [cloud], layout };
}
