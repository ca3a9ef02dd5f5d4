/**
 * What every figure shares: the types of a Plotly figure, sizes in millimetres, fonts and colours. The builders
 * (the other files of this room) are pure functions from data to a `Figure`; `files.ts` turns figures into files.
 */
import type { Project } from "../project";

/** One Plotly trace: `type` and the attributes of that type (plotly.com/javascript/reference). */
export type Trace = { type: string } & Record<string, unknown>;

/** A Plotly layout. Width and height are in CSS pixels (96 an inch), so they say how large the figure is on paper. */
export type Layout = { width: number; height: number } & Record<string, unknown>;

/** A Plotly figure, plain data: it can be cloned, sent as JSON and compared in tests. */
export interface Figure {
  data: Trace[];
  layout: Layout;
}

/** How large a figure is, and what its series are called. */
export interface FigureOptions {
  /** Width in millimetres: `COLUMN_MM` or `PAGE_MM` for print. */
  widthMm?: number;
  heightMm?: number;
  title?: string;
  /** Name of our series in the legend; default "Ours"; `oursLabel` names the data set. */
  ours?: string;
  /** Name of the series it is compared with; default `PAPER`, or `COMPETITION` where the paper gives no numbers. */
  theirs?: string;
}

/** Width of one column of a two-column paper, and of the whole page, in millimetres (3.35 and 7 inches). */
export const COLUMN_MM = 85;
export const PAGE_MM = 178;

/** Colours that people with any colour vision can tell apart (Okabe & Ito 2008, "Color Universal Design"). */
export const OKABE_ITO = {
  black: "#000000",
  orange: "#E69F00",
  sky: "#56B4E9",
  green: "#009E73",
  yellow: "#F0E442",
  blue: "#0072B2",
  vermilion: "#D55E00",
  purple: "#CC79A7",
} as const;

/** The two colours that always mean the same: blue is ours, orange-red the paper's. */
export const OURS_COLOUR = OKABE_ITO.blue;
export const PAPER_COLOUR = OKABE_ITO.vermilion;
export const PAPER = "Paper";
/** Counts of the competition's own labels, where the paper gives none. */
export const COMPETITION = "Kaggle's train.csv";

/** Ink, grid and outline greys; the text grey has a contrast of 12:1 on white. */
export const INK = "#333333";
export const GRID = "#E3E3E3";

/** Kaleido carries Lato and DejaVu Sans itself, so files look alike everywhere; browsers take the first they have. */
export const FONT_FAMILY = "Lato, 'Open Sans', Arial, 'DejaVu Sans', sans-serif";

/** Font sizes in CSS pixels: 10 px is 7.5 pt in print. */
export const FONT_PX = { small: 9, text: 10, title: 12 } as const;

/** Legend name of our series where the caller does not say more. */
export const OURS = "Ours";

/** Legend name of a project's data set, which says that the sample is drawn. */
export function oursLabel({ dataset, isSample }: Project): string {
  return `Ours on ${dataset}${isSample ? " (drawn)" : ""}`;
}

/** Millimetres → CSS pixels (96 an inch, 25.4 mm an inch), rounded. Throws for a size that is not positive. */
export function pixels(mm: number): number {
  if (!(mm > 0) || !Number.isFinite(mm))
    throw new Error(`pixels: a figure's size must be positive, not ${mm} mm`);
  return Math.round((mm / 25.4) * 96);
}

/** An axis in the shared style; `title` names the quantity and its unit. `more` overrides any attribute. */
export function axis(title: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    title: { text: title, font: { size: FONT_PX.text }, standoff: 6 },
    tickfont: { size: FONT_PX.small },
    gridcolor: GRID,
    linecolor: INK,
    showline: true,
    zeroline: false,
    ticks: "outside",
    ticklen: 3,
    tickcolor: INK,
    automargin: true,
    ...more,
  };
}

/** Height of the title's line and of the line below it (legend or remark), CSS pixels. */
const TITLE_PX = 26;
const LINE_PX = 22;

/** Text on the line below the title. */
export interface Heading {
  title: string;
  /** A legend stands on the line below the title. */
  legend?: boolean;
  /** A remark stands there instead. */
  remark?: string;
}

/** A layout in the shared style: white, one font, the heading above the plot. `more` overrides any attribute. */
export function baseLayout(
  widthMm: number,
  heightMm: number,
  heading: Heading,
  more: Record<string, unknown> = {},
): Layout {
  const { title, legend = false, remark } = heading;
  const height = pixels(heightMm);
  const line = title === "" ? 4 : TITLE_PX;
  const top = { x: 0, xref: "container", xanchor: "left", yref: "container", yanchor: "top" };
  const subtitle =
    remark === undefined ? {} : { subtitle: { text: remark, font: { size: FONT_PX.small } } };
  const text = {
    text: title,
    font: { size: FONT_PX.title },
    ...top,
    y: 1,
    pad: { l: 8, t: 8 },
    ...subtitle,
  };
  return {
    width: pixels(widthMm),
    height,
    title: title === "" ? undefined : text,
    font: { family: FONT_FAMILY, size: FONT_PX.text, color: INK },
    paper_bgcolor: "white",
    plot_bgcolor: "white",
    colorway: Object.values(OKABE_ITO).slice(1),
    hovermode: "closest",
    margin: { l: 8, r: 10, t: line + (legend || remark !== undefined ? LINE_PX : 4), b: 8 },
    showlegend: legend,
    legend: { orientation: "h", ...top, y: 1 - (line - 3) / height, font: { size: FONT_PX.small } },
    ...more,
  };
}

/** Text made safe for Plotly, which reads some HTML: titles are other people's words. */
export function plainText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** A piece of text on the figure, in the shared style. */
export function note(text: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { text, showarrow: false, font: { size: FONT_PX.small }, ...more };
}
