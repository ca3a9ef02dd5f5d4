/** Occlusion maps drawn over their pictures: what in them speaks for a tag. */
import sharp from "sharp";
import type { Occlusion } from "../score/occlusion";
import { LETTER_WIDTH, wrap } from "./photos";
import {
  baseLayout,
  FONT_PX,
  note,
  PAGE_MM,
  pixels as toPixels,
  plainText,
  type Figure,
  type Trace,
} from "./style";

/** One picture, as the encoder sees it, and the map of one tag. */
export interface OcclusionPanel {
  /** The encoder's input [3, side, side], and what it was normalised with. */
  pixels: Float32Array;
  preprocessing: { size: number; mean: readonly number[]; std: readonly number[] };
  map: Occlusion;
  /** Text above the picture, such as the tag: two lines. */
  title: string;
}

/** An encoder's input as a picture again, a PNG's bytes: the crop that it sees, with its mean and deviation undone. */
export async function pictureOf({
  pixels,
  preprocessing: { size, mean, std },
}: Pick<OcclusionPanel, "pixels" | "preprocessing">): Promise<Buffer> {
  const area = size * size;
  const rgb = Buffer.alloc(3 * area);
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < area; i++) {
      const value = Math.round(255 * (pixels[c * area + i] * std[c] + mean[c]));
      rgb[i * 3 + c] = Math.min(255, Math.max(0, value));
    }
  return sharp(rgb, { raw: { width: size, height: size, channels: 3 } })
    .png()
    .toBuffer();
}

/** Distance between pictures, height of the text above each, and room for the colour bar. CSS pixels. */
const GAP = 10;
const TEXT = 32;
const BAR = 70;
/** Blue speaks against the tag, orange-red for it (Okabe and Ito's); what does not matter stays clear. */
const COLOURS = [
  [0, "rgba(0, 114, 178, 0.85)"],
  [0.5, "rgba(255, 255, 255, 0)"],
  [1, "rgba(213, 94, 0, 0.85)"],
] as const;

/**
 * Pictures side by side, each under its map: orange-red where covering a square lowers the tag's log-odds, blue where it
 * raises them. All have one scale, that of the strongest square.
 */
export async function occlusionMaps(
  panels: readonly OcclusionPanel[],
  { widthMm = PAGE_MM }: { widthMm?: number } = {},
): Promise<Figure> {
  if (panels.length === 0) throw new Error("occlusionMaps: there is no picture to show");
  const width = toPixels(widthMm);
  const side = (width - BAR - GAP * (panels.length + 1)) / panels.length;
  const height = Math.ceil(TEXT + side + GAP);
  const characters = Math.floor(side / (FONT_PX.small * LETTER_WIDTH));
  const strongest = Math.max(...panels.flatMap(({ map }) => Array.from(map.drops, Math.abs)));
  const scale = Math.max(strongest, 1e-6); // a tag that nothing matters to has an empty map
  const images: object[] = [];
  const annotations: object[] = [];
  const axes: Record<string, object> = {};
  const data: Trace[] = [];
  for (const [i, panel] of panels.entries()) {
    const { cells, patch, stride, drops } = panel.map;
    const { size } = panel.preprocessing;
    const [x, y] = [`x${i + 1}`, `y${i + 1}`];
    const left = GAP + i * (side + GAP);
    axes[`xaxis${i + 1}`] = {
      domain: [left / width, (left + side) / width],
      range: [0, size],
      anchor: y,
      visible: false,
      fixedrange: true,
    };
    axes[`yaxis${i + 1}`] = {
      domain: [GAP / height, (GAP + side) / height],
      range: [size, 0],
      anchor: x,
      visible: false,
      fixedrange: true,
    };
    const png = await pictureOf(panel);
    const jpeg = await sharp(png).jpeg({ quality: 80, mozjpeg: true }).toBuffer();
    images.push({
      source: `data:image/jpeg;base64,${jpeg.toString("base64")}`,
      xref: x,
      yref: y,
      x: 0,
      y: 0,
      sizex: size,
      sizey: size,
      sizing: "stretch",
      layer: "below",
    });
    const centres = Array.from({ length: cells }, (_, cell) => cell * stride + patch / 2);
    const rows = centres.map((_, row) =>
      Array.from(drops.subarray(row * cells, (row + 1) * cells)),
    );
    data.push({
      type: "heatmap",
      x: centres,
      y: centres,
      z: rows,
      xaxis: x,
      yaxis: y,
      zsmooth: "best",
      zmin: -scale,
      zmax: scale,
      colorscale: COLOURS,
      showscale: i === 0,
      colorbar: {
        title: { text: "log-odds lost<br>when covered", font: { size: FONT_PX.small } },
        tickfont: { size: FONT_PX.small },
        thickness: 10,
        x: (width - BAR) / width,
        len: 0.9,
      },
      hovertemplate: "%{z:.3f}<extra></extra>",
    });
    annotations.push(
      note(wrap(panel.title, characters, 2).map(plainText).join("<br>"), {
        xref: "paper",
        yref: "paper",
        x: (left + side / 2) / width,
        y: (GAP + side) / height,
        xanchor: "center",
        yanchor: "bottom",
      }),
    );
  }
  const layout = baseLayout(
    widthMm,
    10,
    { title: "" },
    {
      images,
      annotations,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      plot_bgcolor: "rgba(0,0,0,0)",
      ...axes,
    },
  );
  return { data, layout: { ...layout, width, height } };
}
