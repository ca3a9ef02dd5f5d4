/** Figures made of photographs: one image of every tag, and images that a head tags wrongly. */
import sharp from "sharp";
import {
  baseLayout,
  GRID,
  INK,
  note,
  OURS_COLOUR,
  PAGE_MM,
  pixels,
  plainText,
  type Figure,
} from "./style";
import type { JudgedPhoto, Picture, TaggedPhoto } from "../data/types";

/** The width, the title and the source; the height follows from the number of rows. */
export interface PhotoOptions {
  columns?: number;
  widthMm?: number;
  title?: string;
  /** Where the photographs are from, in small letters below the last row. */
  ours?: string;
}

/** A grid of square photographs with room for text under each; everything in CSS pixels. */
interface Grid {
  columns: number;
  rows: number;
  /** Side of a photograph, distance between neighbours, and height of the text below each. */
  photo: number;
  gap: number;
  text: number;
}

/** Distance between photographs, CSS pixels, and the height of a line in units of its font size (Plotly's own). */
const GAP = 6;
const LINE_HEIGHT = 1.3;

/** Side of a photograph when `columns` of them fill `widthMm`, in CSS pixels. */
function photoSide(columns: number, widthMm: number): number {
  return (pixels(widthMm) - GAP * (columns + 1)) / columns;
}

/** The photographs as one JPEG, so that the figure holds one picture: squares of `side` px, `space` px apart. */
async function montage(photos: readonly Picture[], shape: Grid, side: number): Promise<Buffer> {
  const scale = side / shape.photo;
  const step = (length: number, i: number): number => Math.round(i * length * scale);
  const stepX = shape.photo + shape.gap;
  const stepY = shape.photo + shape.text;
  const tiles = await Promise.all(
    photos.map(async (photo, i) => {
      const input = await sharp(photo)
        .autoOrient()
        .resize(side, side, { fit: "cover" })
        .toBuffer()
        .catch((error: Error) => {
          const name = typeof photo === "string" ? photo : `photograph ${i}`;
          throw new Error(
            `${name} cannot be shown: ${error.message}; choose another image for this figure`,
          );
        });
      return {
        input,
        left: step(stepX, i % shape.columns),
        top: step(stepY, Math.floor(i / shape.columns)),
      };
    }),
  );
  const width = step(stepX, shape.columns - 1) + side;
  const height = step(stepY, shape.rows - 1) + side;
  return sharp({ create: { width, height, channels: 3, background: "white" } })
    .composite(tiles)
    .jpeg({ quality: 88, mozjpeg: true })
    .toBuffer();
}

/** The figure of a grid: the montage as one image, and a text under each photograph. */
async function photoFigure(
  photos: readonly Picture[],
  texts: readonly string[],
  style: { columns: number; widthMm: number; title: string; font: number; ours?: string },
): Promise<Figure> {
  if (photos.length === 0) throw new Error("a figure of photographs needs at least one");
  const { columns, widthMm, title, font, ours } = style;
  const lines = Math.max(...texts.map((text) => text.split("<br>").length));
  const shape: Grid = {
    columns,
    rows: Math.ceil(photos.length / columns),
    photo: photoSide(columns, widthMm),
    gap: GAP,
    text: lines * font * LINE_HEIGHT + GAP,
  };
  const jpeg = await montage(photos, shape, 224); // 224 px is what the competition's images have
  const width = pixels(widthMm);
  const top = title === "" ? shape.gap : 30;
  const height =
    Math.ceil(top + shape.rows * (shape.photo + shape.text)) + (ours === undefined ? 0 : 14);
  const stepX = shape.photo + shape.gap;
  const stepY = shape.photo + shape.text;
  const sizex = (shape.columns - 1) * stepX + shape.photo;
  const sizey = (shape.rows - 1) * stepY + shape.photo;
  const place = { xref: "x", yref: "y", xanchor: "left", yanchor: "top" };
  const images = [
    {
      source: `data:image/jpeg;base64,${jpeg.toString("base64")}`,
      ...place,
      x: shape.gap,
      y: top,
      sizex,
      sizey,
      sizing: "stretch",
      layer: "above",
    },
  ];
  const annotations = texts.map((text, i) =>
    note(text, {
      ...place,
      xanchor: "center",
      x: shape.gap + (i % shape.columns) * stepX + shape.photo / 2,
      borderpad: 1,
      y: top + Math.floor(i / shape.columns) * stepY + shape.photo,
      font: { size: font },
    }),
  );
  if (ours !== undefined) {
    annotations.push(
      note(ours, {
        xref: "x",
        yref: "y",
        x: width - shape.gap,
        y: height,
        xanchor: "right",
        yanchor: "bottom",
      }),
    );
  }
  const axisOf = (range: number[]): object => ({ visible: false, range, fixedrange: true });
  const layout = baseLayout(
    widthMm,
    10,
    { title },
    {
      images,
      annotations,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      xaxis: axisOf([0, width]),
      yaxis: axisOf([height, 0]),
    },
  ); // y downwards, in pixels
  return { data: [{ type: "scatter", x: [], y: [] }], layout: { ...layout, width, height } };
}

/** Mean width of a letter in Lato, in units of the font size, with a little to spare. */
export const LETTER_WIDTH = 0.51;

/** Break a text at spaces into lines of at most `characters`, where words allow it; at most `lines`, then "…". */
export function wrap(text: string, characters: number, lines: number): string[] {
  const wrapped: string[] = [];
  for (const word of text.split(" ")) {
    const last = wrapped[wrapped.length - 1];
    if (last === undefined || last.length + 1 + word.length > characters) wrapped.push(word);
    else wrapped[wrapped.length - 1] = `${last} ${word}`;
  }
  return wrapped.length <= lines
    ? wrapped
    : [...wrapped.slice(0, lines - 1), `${wrapped[lines - 1]} …`];
}

/** One photograph of every tag with its name, seven to a row (49 tags: 7 x 7). */
export async function collage(
  photos: readonly TaggedPhoto[],
  options: PhotoOptions = {},
): Promise<Figure> {
  const { columns = 7, widthMm = PAGE_MM, title = "", ours } = options;
  const font = 8.5;
  const characters = Math.floor(photoSide(columns, widthMm) / (font * LETTER_WIDTH));
  const texts = photos.map(({ tag }) => wrap(tag, characters, 2).join("<br>"));
  return photoFigure(
    photos.map(({ image }) => image),
    texts,
    { columns, widthMm, title, font, ours },
  );
}

/** Photographs with the tags a head gave them and the true ones below each, three to a row. */
export async function misclassified(
  photos: readonly JudgedPhoto[],
  options: PhotoOptions = {},
): Promise<Figure> {
  const { columns = 3, widthMm = 130, title = "", ours } = options;
  const font = 9;
  const characters = Math.floor(photoSide(columns, widthMm) / (font * LETTER_WIDTH));
  const line = (label: string, tags: readonly string[], colour: string): string =>
    wrap(`${label}: ${tags.length > 0 ? tags.join("; ") : "none"}`, characters, 3)
      .map((part) => `<span style="color:${colour}">${part}</span>`)
      .join("<br>")
      .replace(`${label}:`, `<b>${label}:</b>`);
  const texts = photos.map(
    ({ predicted, truth }) =>
      `${line("Predicted", predicted, OURS_COLOUR)}<br>${line("True", truth, INK)}`,
  );
  return photoFigure(
    photos.map(({ image }) => image),
    texts,
    { columns, widthMm, title, font, ours },
  );
}

/** A photograph that was found: null where it is not on disk. */
export interface FoundPicture {
  image: Picture | null;
  title: string;
  /** How near it is to what was asked for. */
  cosine: number;
}

/** What stands for a photograph that is not there. */
const blank = (): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: GRID } })
    .png()
    .toBuffer();

/** Photographs that a search found, nearest first, six to a row, with their titles and cosines. */
export async function foundPhotos(
  photos: readonly FoundPicture[],
  options: PhotoOptions = {},
): Promise<Figure> {
  const { columns = 6, widthMm = PAGE_MM, title = "", ours } = options;
  const font = 8.5;
  const characters = Math.floor(photoSide(columns, widthMm) / (font * LETTER_WIDTH));
  const texts = photos.map(({ title: words, cosine }) => {
    const lines = wrap(words || "(no title)", characters, 2).map(plainText);
    return [`<b>${cosine.toFixed(2).replace("-", "\u2212")}</b>`, ...lines].join("<br>");
  });
  const pictures = await Promise.all(photos.map(async ({ image }) => image ?? (await blank())));
  return photoFigure(pictures, texts, { columns, widthMm, title, font, ours });
}
