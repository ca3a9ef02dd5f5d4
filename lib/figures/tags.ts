/** Figures about the tags: how often each occurs, how many an image has, which occur together. */
import {
  axis,
  baseLayout,
  COLUMN_MM,
  COMPETITION,
  FONT_PX,
  INK,
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
import type { TagCounts, TagPairs } from "../data/types";

/** A count in percent of a total; 0 of 0 is 0. */
function percent(part: number, total: number): number {
  return total > 0 ? (100 * part) / total : 0;
}

/** Options of the figures with one bar a tag. */
export interface TagBarOptions extends FigureOptions {
  /** Some titles for each tag, shown when the pointer is over its bar. */
  examples?: ReadonlyMap<string, readonly string[]>;
}

/** What a bar's hover says: the value, then the example titles of its tag, a line each. */
export function barHover(
  tags: readonly string[],
  value: string,
  examples: TagBarOptions["examples"],
): Record<string, unknown> {
  if (!examples) return { hovertemplate: `%{y}: ${value}<extra></extra>` };
  const titles = tags.map((tag) =>
    (examples.get(tag) ?? []).map((title) => `“${plainText(title)}”`).join("<br>"),
  );
  return {
    customdata: titles,
    hovertemplate: `<b>%{y}: ${value}</b><br>%{customdata}<extra></extra>`,
    hoverlabel: { align: "left" },
  };
}

/** Share of the images that have each tag, most frequent of ours at the top; the competition's shares as diamonds. */
export function tagDistribution(
  ours: TagCounts,
  competition?: TagCounts,
  options: TagBarOptions = {},
): Figure {
  const { widthMm = COLUMN_MM, heightMm = 190, title = "How often each tag is used" } = options;
  const sorted = [...ours.tags].sort((a, b) => a.images - b.images); // Plotly draws from the bottom up
  const tags = sorted.map(({ tag }) => tag);
  const data: Trace[] = [
    {
      type: "bar",
      orientation: "h",
      name: options.ours ?? OURS,
      y: tags,
      x: sorted.map(({ images }) => percent(images, ours.images)),
      marker: { color: OURS_COLOUR },
      ...barHover(tags, "%{x:.2f} %", options.examples),
    },
  ];
  if (competition) {
    const counts = new Map(competition.tags.map(({ tag, images }) => [tag, images]));
    const shares = tags.map((tag) => percent(counts.get(tag) ?? 0, competition.images));
    data.push(tagMarkers(tags, shares, "%{x:.2f} %", options.theirs ?? COMPETITION));
  }
  return {
    data,
    layout: tagBars(widthMm, heightMm, title, tags.length, axis("Images with the tag (%)")),
  };
}

const DIAMOND = {
  color: PAPER_COLOUR,
  symbol: "diamond",
  size: 5.5,
  line: { color: "white", width: 0.8 },
};

/** The values compared with as diamonds over horizontal bars. */
export function tagMarkers(
  tags: readonly string[],
  x: readonly (number | null)[],
  format: string,
  name: string,
): Trace {
  return {
    type: "scatter",
    mode: "markers",
    name,
    x,
    y: tags,
    hovertemplate: `%{y}: ${format}<extra>${name}</extra>`,
    marker: DIAMOND,
  };
}

/** The layout of one horizontal bar a tag. */
export function tagBars(
  widthMm: number,
  heightMm: number,
  title: string,
  bars: number,
  xaxis: Record<string, unknown>,
): Figure["layout"] {
  const layout = baseLayout(widthMm, heightMm, { title, legend: true });
  return {
    ...layout,
    bargap: 0.25,
    xaxis: { rangemode: "tozero", ...xaxis },
    // Room for half a bar at either end, and no ticks: the bars are the marks.
    yaxis: axis("", {
      ticks: "",
      showgrid: false,
      range: [-0.7, bars - 0.3],
      type: "category",
      title: undefined,
      tickmode: "array",
      tickvals: Array.from({ length: bars }, (_, i) => i),
    }),
  };
}

/** The bins of `tagsPerImage`: the paper counts six and more together. */
export const TAGS_PER_IMAGE_BINS = ["1", "2", "3", "4", "5", "6+"] as const;

/** Sum the counts of images by their number of tags into the bins; in percent, images without a tag left out. */
function binTags(images: readonly { tags: number; images: number }[]): number[] {
  const tagged = images.filter(({ tags }) => tags > 0);
  const total = tagged.reduce((sum, entry) => sum + entry.images, 0);
  const counts = TAGS_PER_IMAGE_BINS.map(() => 0);
  for (const entry of tagged) counts[Math.min(entry.tags, counts.length) - 1] += entry.images;
  return counts.map((count) => percent(count, total));
}

/**
 * How many tags an image has, as shares of the images that have any. `ours` counts images by their number of tags;
 * `paper` has the published shares.
 */
export function tagsPerImage(
  ours: readonly { tags: number; images: number }[],
  paper: readonly { tags: string; percent: number }[] = [],
  options: FigureOptions = {},
): Figure {
  const { widthMm = COLUMN_MM, heightMm = 60, title = "Tags per image" } = options;
  // 1e-9: 42.55 is stored as 42.5499…, and should read 42.6.
  const text = (share: number | null): string => (share === null ? "" : (share + 1e-9).toFixed(1));
  const bars = (name: string, color: string, y: readonly (number | null)[]): Trace => ({
    type: "bar",
    name,
    x: TAGS_PER_IMAGE_BINS,
    y,
    marker: { color },
    cliponaxis: false,
    textposition: "outside",
    textangle: 0,
    text: y.map(text),
    textfont: { size: FONT_PX.small - 1.5 },
    hovertemplate: "%{x}: %{y:.2f} %<extra></extra>",
  });
  const published = new Map(paper.map(({ tags, percent: share }) => [tags, share]));
  const data = [bars(options.ours ?? OURS, OURS_COLOUR, binTags(ours))];
  const paperShares = TAGS_PER_IMAGE_BINS.map((bin) => published.get(bin) ?? null);
  if (paper.length > 0) data.push(bars(options.theirs ?? PAPER, PAPER_COLOUR, paperShares));
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      bargap: 0.2,
      bargroupgap: 0.05,
      xaxis: axis("Number of tags", { type: "category", ticks: "", showgrid: false }),
      yaxis: axis("Images (%)", { rangemode: "tozero" }),
    },
  );
  return { data, layout };
}

/**
 * How many tags an image has, to the last: shares of the images that have any, on a logarithmic scale, ours as bars and the
 * competition's as diamonds. A single image of 600,000 is still seen.
 */
export function allTagsPerImage(
  ours: readonly { tags: number; images: number }[],
  competition: readonly { tags: number; images: number }[] = [],
  options: FigureOptions = {},
): Figure {
  const { widthMm = COLUMN_MM, heightMm = 65, title = "Tags per image, to the last" } = options;
  const shares = (counts: typeof ours): { x: number[]; y: number[]; total: number } => {
    const tagged = counts.filter(({ tags, images }) => tags > 0 && images > 0);
    const total = tagged.reduce((sum, { images }) => sum + images, 0);
    const y = tagged.map(({ images }) => percent(images, total));
    return { x: tagged.map(({ tags }) => tags), y, total };
  };
  const own = shares(ours);
  const theirs = shares(competition);
  const data: Trace[] = [
    {
      type: "bar",
      name: options.ours ?? OURS,
      x: own.x,
      y: own.y,
      marker: { color: OURS_COLOUR },
      hovertemplate: "%{x} tags: %{y:.4f} %<extra></extra>",
    },
  ];
  if (competition.length > 0)
    data.push({
      type: "scatter",
      mode: "markers",
      name: options.theirs ?? COMPETITION,
      x: theirs.x,
      y: theirs.y,
      marker: DIAMOND,
      hovertemplate: "%{x} tags: %{y:.4f} %<extra></extra>",
    });
  const most = Math.max(...own.x, ...theirs.x);
  // Down to half an image's share, so that the last bar still has a height.
  const least = 50 / Math.max(own.total, theirs.total);
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, legend: true },
    {
      bargap: 0.25,
      xaxis: axis("Number of tags", { range: [0.3, most + 0.7], dtick: most > 12 ? 5 : 1 }),
      yaxis: axis("Images (%, log scale)", {
        type: "log",
        range: [Math.log10(least), 2],
        tickvals: [0.0001, 0.001, 0.01, 0.1, 1, 10, 100],
        ticktext: ["0.0001", "0.001", "0.01", "0.1", "1", "10", "100"],
      }),
    },
  );
  return { data, layout };
}

/**
 * Jaccard index of two tags in percent: of the images with either tag, the share with both. Needs the counts of both
 * tags; throws for a pair that names a tag without a count.
 */
function jaccard({ tags, pairs }: TagPairs): Map<string, number> {
  const counts = new Map(tags.map(({ tag, images }) => [tag, images]));
  const values = new Map<string, number>();
  for (const { a, b, images } of pairs) {
    const countA = counts.get(a);
    const countB = counts.get(b);
    if (countA === undefined || countB === undefined) {
      throw new Error(
        `coOccurrence: the pair "${a}" and "${b}" names a tag that is not in the list of tags`,
      );
    }
    const value = percent(images, countA + countB - images);
    values.set(`${a}\t${b}`, value);
    values.set(`${b}\t${a}`, value);
  }
  return values;
}

/** Lines between the groupings of a square matrix of tags, and a name over each; tags must be sorted by grouping. */
function groupMarks(groupings: readonly (string | undefined)[]): {
  shapes: object[];
  annotations: object[];
} {
  const starts = groupings.flatMap((name, i) => (i === 0 || name !== groupings[i - 1] ? [i] : []));
  const line = { type: "line", line: { color: INK, width: 0.6 }, xref: "x", yref: "y" };
  const end = groupings.length - 0.5;
  const shapes = starts.slice(1).flatMap((i) => [
    { ...line, x0: i - 0.5, x1: i - 0.5, y0: -0.5, y1: end },
    { ...line, y0: i - 0.5, y1: i - 0.5, x0: -0.5, x1: end },
  ]);
  const annotations = starts
    .filter((i) => groupings[i])
    .map((i, k) =>
      note(`<b>${groupings[i]!.replace(" ", "<br>")}</b>`, {
        x: (i + (starts[k + 1] ?? groupings.length) - 1) / 2,
        xref: "x",
        y: 1,
        yref: "paper",
        yanchor: "bottom",
        font: { size: 8 },
      }),
    );
  return { shapes, annotations };
}

/**
 * Which tags occur together: of the images with either of two tags, the share with both (Jaccard index, %). With the
 * competition's counts, ours are below the diagonal and the competition's above. Tags keep the order in which `ours`
 * lists them, so list related ones (one grouping) next to each other.
 */
export function coOccurrence(
  ours: TagPairs,
  competition?: TagPairs,
  options: FigureOptions = {},
): Figure {
  const { widthMm = PAGE_MM, heightMm = 178, title = "Tags that occur together" } = options;
  const names = ours.tags.map(({ tag }) => tag);
  const below = jaccard(ours);
  const above = competition ? jaccard(competition) : below;
  const z = names.map((row, i) =>
    names.map((column, j) =>
      i === j
        ? null
        : Math.round(((i > j ? below : above).get(`${row}\t${column}`) ?? 0) * 100) / 100,
    ),
  );
  const heatmap: Trace = {
    type: "heatmap",
    x: names,
    y: names,
    z,
    colorscale: BLUES,
    zmin: 0,
    hovertemplate: "%{y} and %{x}: %{z:.1f} %<extra></extra>",
    colorbar: {
      title: {
        text: "Images with either tag that have both (%)",
        side: "right",
        font: { size: FONT_PX.small },
      },
      thickness: 8,
      outlinewidth: 0,
      tickfont: { size: FONT_PX.small },
      len: 0.5,
      y: 1,
      yanchor: "top",
    },
  };
  const labels = {
    tickfont: { size: Math.min(8.5, (9 * widthMm) / PAGE_MM) },
    ticks: "",
    showgrid: false,
    showline: false,
    title: undefined,
    dtick: 1,
  };
  const who = options.ours ?? OURS;
  const remark = competition
    ? `Below the diagonal: ${who}. Above: ${options.theirs ?? COMPETITION}.`
    : who;
  const layout = baseLayout(
    widthMm,
    heightMm,
    { title, remark },
    {
      ...groupMarks(ours.tags.map(({ grouping }) => grouping)),
      xaxis: axis("", { ...labels, tickangle: -90 }),
      yaxis: axis("", { ...labels, autorange: "reversed" }),
    },
  );
  (layout.margin as { t: number }).t += 26; // the groupings' names, on two lines
  return { data: [heatmap], layout };
}

/** White to dark blue, steep near 0 because most shares are small; reads the same in grey. */
export const BLUES: [number, string][] = [
  [0, "#FFFFFF"],
  [0.05, "#DBE9F6"],
  [0.2, "#94C4DF"],
  [0.5, "#3A8AC2"],
  [1, "#08306B"],
];
