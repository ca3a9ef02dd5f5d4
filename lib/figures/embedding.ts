/** A map of embeddings: one dot a photo, photos with like embeddings near each other. */
import {
  axis,
  baseLayout,
  OKABE_ITO,
  OURS,
  PAGE_MM,
  plainText,
  type Figure,
  type FigureOptions,
  type Trace,
} from "./style";

/** What is said about a photo on the map. */
export interface MappedPhoto {
  title: string;
  tags: readonly string[];
  /** The grouping that all its tags share, or `SEVERAL`. */
  group: string;
}

/** The group of photos whose tags are of several groupings. */
export const SEVERAL = "Several groups";

/** The grouping that all of a photo's tags share; `SEVERAL` when they differ. Throws for a tag without a grouping. */
export function sharedGroup(
  tags: readonly string[],
  groupings: ReadonlyMap<string, string>,
): string {
  const groups = new Set(
    tags.map((tag) => {
      const group = groupings.get(tag);
      if (group === undefined) throw new Error(`sharedGroup: the tag "${tag}" has no grouping`);
      return group;
    }),
  );
  return groups.size === 1 ? [...groups][0] : SEVERAL;
}

export interface EmbeddingMapOptions extends FigureOptions {
  /** Titles of the two axes. */
  axes?: readonly [string, string];
  /** The groups in the order of their colours, which begin with orange-red and blue; by default by alphabet. */
  groups?: readonly string[];
}

/** Groups differ in colour and in shape, so that the map can be read in grey. */
const MARKERS = [
  { color: OKABE_ITO.vermilion, symbol: "circle" },
  { color: OKABE_ITO.blue, symbol: "square" },
  { color: OKABE_ITO.orange, symbol: "diamond" },
  { color: OKABE_ITO.green, symbol: "triangle-up" },
  { color: OKABE_ITO.purple, symbol: "cross" },
  { color: OKABE_ITO.sky, symbol: "star" },
];

/**
 * Photos at their points [photos, 2], coloured by the group of their tags; the pointer over a dot shows its title and
 * tags. Coordinates keep three digits, enough for a picture, so that a thousand photos stay below 100 kB.
 */
export function embeddingMap(
  photos: readonly MappedPhoto[],
  points: readonly (readonly number[])[],
  options: EmbeddingMapOptions = {},
): Figure {
  const {
    widthMm = PAGE_MM,
    heightMm = 120,
    title = "Photos by their embeddings",
    axes = ["", ""],
  } = options;
  if (photos.length !== points.length) {
    throw new Error(`embeddingMap: ${photos.length} photos, but ${points.length} points`);
  }
  const found = new Set(photos.map(({ group }) => group));
  const names = options.groups ?? [...found].filter((group) => group !== SEVERAL).sort();
  const dots = (group: string, marker: object): Trace => {
    const rows = photos.flatMap((photo, row) => (photo.group === group ? [row] : []));
    const text = rows.map(
      (row) => `${plainText(photos[row].title)}<br>${photos[row].tags.join("; ")}`,
    );
    const at = (axis: 0 | 1): number[] =>
      rows.map((row) => Number(points[row][axis].toPrecision(3)));
    return {
      type: "scatter",
      mode: "markers",
      name: group,
      x: at(0),
      y: at(1),
      text,
      marker: { size: 5, line: { color: "white", width: 0.4 }, ...marker },
      hovertemplate: `%{text}<extra>${group}</extra>`,
    };
  };
  // Photos of several groups first, so that the others lie over them.
  const several = photos.some(({ group }) => group === SEVERAL);
  const data = several
    ? [dots(SEVERAL, { color: "#C4C4C4", symbol: "circle-open", line: { width: 0.8 } })]
    : [];
  data.push(...names.map((group, i) => dots(group, MARKERS[i % MARKERS.length])));
  const bare = { ticks: "", showticklabels: false, showgrid: false };
  const heading = { title: `${title}: ${options.ours ?? OURS}`, legend: true };
  const layout = baseLayout(widthMm, heightMm, heading, {
    xaxis: axis(axes[0], bare),
    yaxis: axis(axes[1], { ...bare, scaleanchor: "x" }),
  });
  return { data, layout };
}
