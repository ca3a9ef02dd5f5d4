/** Figures about the tags: how often each occurs, how many an image has, which occur together. */
import {
  axis, baseLayout, COLUMN_MM, FONT_PX, OURS_COLOUR, oursLabel, PAGE_MM, PAPER, PAPER_COLOUR,
  type Figure, type FigureOptions, type Trace,
} from "./figure";

/** A tag and the number of images that have it. */
export interface TagCount {
  tag: string;
  images: number;
}

/** All tags of a data set, and how many images it has (fewer than the sum of the counts: images have several tags). */
export interface TagCounts {
  images: number;
  tags: readonly TagCount[];
}

/** Two tags and the number of images that have both. */
export interface TagPair {
  a: string;
  b: string;
  images: number;
}

/** Tag counts and pair counts of one data set. */
export interface TagPairs {
  tags: readonly TagCount[];
  pairs: readonly TagPair[];
}

/** A count in percent of a total; 0 of 0 is 0. */
function percent(part: number, total: number): number {
  return total > 0 ? (100 * part) / total : 0;
}

/** Share of the images that have each tag, most frequent of ours at the top; the paper's shares as diamonds. */
export function tagDistribution(ours: TagCounts, paper?: TagCounts, options: FigureOptions = {}): Figure {
  const { widthMm = COLUMN_MM, heightMm = 190, title = "How often each tag is used" } = options;
  const sorted = [...ours.tags].sort((a, b) => a.images - b.images); // Plotly draws from the bottom up
  const tags = sorted.map(({ tag }) => tag);
  const data: Trace[] = [{
    type: "bar", orientation: "h", name: options.ours ?? oursLabel(), y: tags,
    x: sorted.map(({ images }) => percent(images, ours.images)), marker: { color: OURS_COLOUR },
    hovertemplate: "%{y}: %{x:.2f} %<extra></extra>",
  }];
  if (paper) {
    const counts = new Map(paper.tags.map(({ tag, images }) => [tag, images]));
    data.push(paperMarkers(tags, tags.map((tag) => percent(counts.get(tag) ?? 0, paper.images)), "%{x:.2f} %"));
  }
  return { data, layout: tagBars(widthMm, heightMm, title, tags.length, axis("Images with the tag (%)")) };
}

/** The paper's values as diamonds over horizontal bars. */
export function paperMarkers(tags: readonly string[], x: readonly (number | null)[], format: string): Trace {
  return {
    type: "scatter", mode: "markers", name: PAPER, x, y: tags, hovertemplate: `%{y}: ${format}<extra>${PAPER}</extra>`,
    marker: { color: PAPER_COLOUR, symbol: "diamond", size: 5.5, line: { color: "white", width: 0.8 } },
  };
}

/** The layout of one horizontal bar a tag. */
export function tagBars(
  widthMm: number, heightMm: number, title: string, bars: number, xaxis: Record<string, unknown>,
): Figure["layout"] {
  const layout = baseLayout(widthMm, heightMm, { title, legend: true });
  return {
    ...layout, bargap: 0.25, xaxis: { rangemode: "tozero", ...xaxis },
    // Room for half a bar at either end, and no ticks: the bars are the marks.
    yaxis: axis("", { ticks: "", showgrid: false, range: [-0.7, bars - 0.3], type: "category", title: undefined,
      tickmode: "array", tickvals: Array.from({ length: bars }, (_, i) => i) }),
  };
}

/** The bins of `tagsPerImage`: the paper counts six and more together. */
export const TAGS_PER_IMAGE_BINS = ["1", "2", "3", "4", "5", "6+"] as const;

/** Sum the counts of images by their number of tags into the bins; in percent, images without a tag left out. */
function binTags(images: readonly { tags: number; images: number }[]): number[] {
  const tagged = images.filter(({ tags }) => tags > 0), total = tagged.reduce((sum, entry) => sum + entry.images, 0);
  const counts = TAGS_PER_IMAGE_BINS.map(() => 0);
  for (const entry of tagged) counts[Math.min(entry.tags, counts.length) - 1] += entry.images;
  return counts.map((count) => percent(count, total));
}

/**
 * How many tags an image has, as shares of the images that have any. `ours` counts images by their number of tags;
 * `paper` has the published shares.
 */
export function tagsPerImage(
  ours: readonly { tags: number; images: number }[], paper: readonly { tags: string; percent: number }[] = [],
  options: FigureOptions = {},
): Figure {
  const { widthMm = COLUMN_MM, heightMm = 60, title = "Tags per image" } = options;
  // 1e-9: 42.55 is stored as 42.5499…, and should read 42.6.
  const text = (share: number | null): string => (share === null ? "" : (share + 1e-9).toFixed(1));
  const bars = (name: string, color: string, y: readonly (number | null)[]): Trace => ({
    type: "bar", name, x: TAGS_PER_IMAGE_BINS, y, marker: { color }, cliponaxis: false, textposition: "outside",
    textangle: 0, text: y.map(text), textfont: { size: FONT_PX.small - 1.5 },
    hovertemplate: "%{x}: %{y:.2f} %<extra></extra>",
  });
  const published = new Map(paper.map(({ tags, percent: share }) => [tags, share]));
  const data = [bars(options.ours ?? oursLabel(), OURS_COLOUR, binTags(ours))];
  const paperShares = TAGS_PER_IMAGE_BINS.map((bin) => published.get(bin) ?? null);
  if (paper.length > 0) data.push(bars(PAPER, PAPER_COLOUR, paperShares));
  const layout = baseLayout(widthMm, heightMm, { title, legend: true }, { bargap: 0.2, bargroupgap: 0.05,
    xaxis: axis("Number of tags", { type: "category", ticks: "", showgrid: false }),
    yaxis: axis("Images (%)", { rangemode: "tozero" }) });
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
    const countA = counts.get(a), countB = counts.get(b);
    if (countA === undefined || countB === undefined) {
      throw new Error(`coOccurrence: the pair "${a}" and "${b}" names a tag that is not in the list of tags`);
    }
    const value = percent(images, countA + countB - images);
    values.set(`${a}\t${b}`, value);
    values.set(`${b}\t${a}`, value);
  }
  return values;
}

/**
 * Which tags occur together: of the images with either of two tags, the share with both (Jaccard index, %). With the
 * paper's counts, ours are below the diagonal and the paper's above. Tags keep the order in which `ours` lists them, so
 * list related ones (one grouping) next to each other.
 */
export function coOccurrence(ours: TagPairs, paper?: TagPairs, options: FigureOptions = {}): Figure {
  const { widthMm = PAGE_MM, heightMm = 178, title = "Tags that occur together" } = options;
  const names = ours.tags.map(({ tag }) => tag), below = jaccard(ours), above = paper ? jaccard(paper) : below;
  const z = names.map((row, i) => names.map((column, j) => (
    i === j ? null : (i > j ? below : above).get(`${row}\t${column}`) ?? 0)));
  const heatmap: Trace = {
    type: "heatmap", x: names, y: names, z, colorscale: BLUES, zmin: 0,
    hovertemplate: "%{y} and %{x}: %{z:.1f} %<extra></extra>",
    colorbar: { title: { text: "Images with either tag that have both (%)", side: "right" },
      thickness: 8, outlinewidth: 0, tickfont: { size: FONT_PX.small }, len: 0.5, y: 1, yanchor: "top" },
  };
  const labels = { tickfont: { size: 7.5 }, ticks: "", showgrid: false, showline: false, title: undefined, dtick: 1 };
  const who = options.ours ?? oursLabel();
  const remark = paper ? `Below the diagonal: ${who}. Above: ${PAPER}.` : who;
  const layout = baseLayout(widthMm, heightMm, { title, remark }, {
    xaxis: axis("", { ...labels, tickangle: -90 }), yaxis: axis("", { ...labels, autorange: "reversed" }) });
  return { data: [heatmap], layout };
}

/** White to dark blue, steep near 0 because most shares are small; reads the same in grey. */
export const BLUES: [number, string][] = [
  [0, "#FFFFFF"], [0.05, "#DBE9F6"], [0.2, "#94C4DF"], [0.5, "#3A8AC2"], [1, "#08306B"],
];
