/** Where the photographs were taken: the 1 km squares of training and test images on the outline of the isles. */
import sharp from "sharp";
import {
  baseLayout,
  FONT_PX,
  INK,
  note,
  OKABE_ITO,
  OURS,
  PAGE_MM,
  type Figure,
  type FigureOptions,
  type Trace,
} from "./style";
import type { Place } from "../data/types";

/** An outline: its rings are lists of [lon, lat] in degrees. */
export interface Outline {
  name: string;
  rings: readonly (readonly (readonly [number, number])[])[];
}

export interface CoverageOptions extends FigureOptions {
  /** How large a square is drawn, in km: 1 is true to scale, more makes few squares visible. */
  dotKm?: number;
}

/** What the map shows, in degrees, and the latitude at which a degree of longitude has its true width. */
const WEST = -10.9;
const EAST = 2.2;
const SOUTH = 49.7;
const NORTH = 61.1;
const TRUE_LAT = 55;
const KM_PER_DEGREE = 111.2;
const KM_PER_LON = KM_PER_DEGREE * Math.cos((TRUE_LAT * Math.PI) / 180);
/** Raster pixels in a kilometre: 2 is finer than 300 dpi at half a page's width. */
const PIXELS_PER_KM = 2;
const WIDTH = Math.round((EAST - WEST) * KM_PER_LON * PIXELS_PER_KM);
const HEIGHT = Math.round((NORTH - SOUTH) * KM_PER_DEGREE * PIXELS_PER_KM);

/** Different places, to about 10 m: the number of squares. */
export function countSquares(places: readonly Place[]): number {
  return new Set(places.map(({ lat, lon }) => `${lat.toFixed(4)} ${lon.toFixed(4)}`)).size;
}

/** Whether a place is in the frame: Rockall and a mistyped reference are not. */
function onMap({ lat, lon }: Place): boolean {
  return lat > SOUTH && lat < NORTH && lon > WEST && lon < EAST;
}

/**
 * The squares as one transparent PNG of the whole map (less than 100 kB for any number of squares), `dotKm` wide each.
 * Those off the map are left out.
 */
export async function rasterizeSquares(
  places: readonly Place[],
  dotKm: number,
  colour: string,
): Promise<Buffer> {
  const mask = Buffer.alloc(WIDTH * HEIGHT);
  const size = Math.max(1, Math.round(dotKm * PIXELS_PER_KM));
  for (const { lat, lon } of places.filter(onMap)) {
    const left = Math.round((lon - WEST) * KM_PER_LON * PIXELS_PER_KM - size / 2);
    const top = Math.round((NORTH - lat) * KM_PER_DEGREE * PIXELS_PER_KM - size / 2);
    for (let y = Math.max(0, top); y < Math.min(HEIGHT, top + size); y++) {
      mask.fill(255, y * WIDTH + Math.max(0, left), y * WIDTH + Math.min(WIDTH, left + size));
    }
  }
  return sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: colour } })
    .joinChannel(mask, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .png({ palette: true, colours: 4, compressionLevel: 9 })
    .toBuffer();
}

/** A bar of 200 km in the empty sea in the north-west of a panel, true at 55° N. */
function scaleBar(ref: string): { shape: object; label: object } {
  const km = 200;
  const x0 = WEST + 0.4;
  const x1 = x0 + km / KM_PER_LON;
  const y = NORTH - 0.8;
  const axes = { xref: `x${ref}`, yref: `y${ref}` };
  const line = { color: INK, width: 1.5 };
  return {
    shape: { type: "line", ...axes, x0, x1, y0: y, y1: y, line },
    label: note(`${km} km`, { ...axes, x: (x0 + x1) / 2, y, yanchor: "bottom" }),
  };
}

/** The outlines as one filled shape, its rings apart by gaps. */
function land(coast: readonly Outline[], panel: number): Trace {
  const rings = coast.flatMap((outline) => outline.rings);
  return {
    type: "scatter",
    mode: "lines",
    fill: "toself",
    fillcolor: "#F0F0EC",
    line: { color: "#9A9A9A", width: 0.5 },
    x: rings.flatMap((ring) => [...ring.map(([lon]) => lon), null]),
    hoverinfo: "skip",
    y: rings.flatMap((ring) => [...ring.map(([, lat]) => lat), null]),
    xaxis: `x${panel}`,
    yaxis: `y${panel}`,
  };
}

/**
 * Coverage of the training (left) and test images (right): every 1 km square with at least one image, drawn as a raster
 * over the outline, so 200,000 squares are as light as 200. A degree is as wide as it is long at 55° N. How many places
 * are off the map, such as [0, 0] for an unknown one, is said below it.
 */
export async function coverageMap(
  train: readonly Place[],
  test: readonly Place[],
  coast: readonly Outline[],
  options: CoverageOptions = {},
): Promise<Figure> {
  const { widthMm = PAGE_MM, heightMm = 150, title = "Where the photographs were taken" } = options;
  const panels = [
    { name: "Training", places: train, colour: OKABE_ITO.vermilion },
    { name: "Test", places: test, colour: OKABE_ITO.blue },
  ];
  const dotKm = options.dotKm ?? (Math.max(train.length, test.length) > 50_000 ? 1 : 5);
  const drawn = dotKm > 1 ? `, drawn ${dotKm} km wide` : "";
  const off = [...train, ...test].filter((place) => !onMap(place)).length;
  const left = off > 0 ? ` Off the map: ${off.toLocaleString("en-GB")}.` : "";
  const remark = `${options.ours ?? OURS}. Squares of 1 km with a photo${drawn}.${left}`;
  const layout = baseLayout(widthMm, heightMm, { title, remark });
  layout.margin = { l: 4, r: 4, t: 62, b: 6 };
  const images: object[] = [];
  const annotations: object[] = [];
  const shapes: object[] = [];
  for (const [i, { name, places, colour }] of panels.entries()) {
    const png = await rasterizeSquares(places, dotKm, colour);
    const n = i + 1;
    const ref = i === 0 ? "" : n;
    images.push({
      source: `data:image/png;base64,${png.toString("base64")}`,
      xref: `x${ref}`,
      yref: `y${ref}`,
      x: WEST,
      y: NORTH,
      sizex: EAST - WEST,
      sizey: NORTH - SOUTH,
      sizing: "stretch",
      layer: "above",
    });
    const squares = countSquares(places).toLocaleString("en-GB");
    const label = `${name}: ${squares} squares`;
    annotations.push(
      note(label, {
        x: 0.5,
        y: 1,
        xref: `x${ref} domain`,
        yref: "paper",
        yanchor: "bottom",
        font: { size: FONT_PX.text, color: INK },
      }),
    );
    const bar = scaleBar(String(ref));
    shapes.push(bar.shape);
    annotations.push(bar.label);
    const hidden = { visible: false, showgrid: false, fixedrange: true };
    layout[`xaxis${n}`] = {
      ...hidden,
      range: [WEST, EAST],
      domain: [i * 0.51, i * 0.51 + 0.49],
      constrain: "domain",
    };
    layout[`yaxis${n}`] = {
      ...hidden,
      range: [SOUTH, NORTH],
      anchor: `x${ref}`,
      scaleanchor: `x${ref}`,
      scaleratio: KM_PER_DEGREE / KM_PER_LON,
      constrain: "domain",
    };
  }
  return {
    data: panels.map((_, i) => land(coast, i + 1)),
    layout: { ...layout, images, annotations, shapes },
  };
}
