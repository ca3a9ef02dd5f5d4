/** Figures as the bytes of a picture, and as files. */
import sharp from "sharp";
import { writeFileAtomic } from "../files/atomic";
import { drawnOnce } from "./drawn-once";
import { openKaleido, type ImageFormat, type ImageSize, type Kaleido } from "./kaleido";
import { pixels, type Figure } from "./style";

/** What `saveFigure` writes; without a width or height in millimetres the figure's own is taken. */
export interface SaveOptions {
  formats?: readonly ImageFormat[];
  widthMm?: number;
  heightMm?: number;
  dpi?: number;
  /** The child to use (default: one that all callers share). */
  kaleido?: Kaleido;
}

export interface SavedFile {
  path: string;
  bytes: number;
}

let shared: Promise<Kaleido> | undefined;

/** The child that all callers share: started at the first call, and again after it died or could not be started. */
function sharedKaleido(): Promise<Kaleido> {
  const before = shared?.catch(() => undefined);
  shared = (async () => {
    const open = await before;
    return open?.alive() ? open : openKaleido();
  })();
  return shared;
}

/** The figure as PNG bytes, for notebooks; scale 2 looks sharp on today's screens. */
export async function figurePng(
  figure: Figure,
  { scale = 2, ...size }: ImageSize = {},
): Promise<Buffer> {
  return (await sharedKaleido()).render(figure, { format: "png", scale, ...size });
}

/** Colours of a chart's PNG: with sixteen a pixel takes four bits, and the file is half as large as with more. */
const CHART_COLOURS = 16;

/**
 * A chart's PNG in sixteen of its own colours, a fifth as large. Quantisers that average colours make one of two blues that
 * mean different things; here a colour is chosen for being both frequent and unlike those chosen before it, and every
 * pixel gets the nearest.
 */
export async function chartPng(png: Buffer): Promise<Buffer> {
  const { data, info } = await sharp(png)
    .flatten({ background: "white" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; i += 3) {
    const colour = data.readUIntBE(i, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const nearest = nearestOf(chooseColours(counts), counts.keys());
  for (let i = 0; i < data.length; i += 3)
    data.writeUIntBE(nearest.get(data.readUIntBE(i, 3))!, i, 3);
  const raw = { width: info.width, height: info.height, channels: 3 as const };
  return sharp(data, { raw })
    .png({ palette: true, colours: CHART_COLOURS, dither: 0, effort: 10 })
    .toBuffer();
}

/** Squared distance of two colours 0xRRGGBB, weighted as the eye does (0.3, 0.59, 0.11). */
function distance(a: number, b: number): number {
  const channel = (shift: number): number => (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2;
  return 0.3 * channel(16) + 0.59 * channel(8) + 0.11 * channel(0);
}

function chooseColours(counts: ReadonlyMap<number, number>): number[] {
  const left = [...counts].map(([colour, count]) => ({
    colour,
    weight: Math.sqrt(count),
    far: 1e9,
  }));
  const chosen: number[] = [];
  while (chosen.length < Math.min(CHART_COLOURS, counts.size)) {
    const { colour } = left.reduce((a, b) => (b.weight * b.far > a.weight * a.far ? b : a));
    chosen.push(colour);
    for (const each of left) each.far = Math.min(each.far, distance(each.colour, colour));
  }
  return chosen;
}

function nearestOf(chosen: readonly number[], colours: Iterable<number>): Map<number, number> {
  return new Map(
    Array.from(colours, (colour) => [
      colour,
      chosen.reduce((a, b) => (distance(colour, b) < distance(colour, a) ? b : a)),
    ]),
  );
}

/**
 * A figure of photographs as JPEG bytes, small enough for a notebook: quality first, then size is given up until
 * `maxBytes` is met. Throws when half the size at quality 45 is still too large.
 */
export async function figureJpeg(
  figure: Figure,
  { scale = 1.5, maxBytes = 60_000 }: { scale?: number; maxBytes?: number } = {},
): Promise<Buffer> {
  return drawnOnce([figure, "small", scale, maxBytes], async () =>
    smallJpeg(await figurePng(figure, { scale }), maxBytes, scale),
  );
}

async function smallJpeg(png: Buffer, maxBytes: number, scale: number): Promise<Buffer> {
  const { width = 0 } = await sharp(png).metadata();
  for (const share of [1, 0.8, 0.65, 0.5]) {
    const image = sharp(png)
      .flatten({ background: "white" })
      .resize(Math.round(width * share));
    for (let quality = 85; quality >= 45; quality -= 10) {
      const jpeg = await image.clone().jpeg({ quality, mozjpeg: true }).toBuffer();
      if (jpeg.length <= maxBytes) return jpeg;
    }
  }
  throw new Error(
    `figureJpeg: the figure does not fit into ${maxBytes} bytes; give a scale smaller than ${scale}`,
  );
}

/**
 * Write a figure as `path.svg`, `path.pdf` and `path.png` (default: all three), making the folder. The SVG and PDF are
 * as large as the figure is on paper; the PNG has `dpi` pixels an inch and says so. Returns the files.
 */
export async function saveFigure(
  figure: Figure,
  path: string,
  options: SaveOptions = {},
): Promise<SavedFile[]> {
  const { formats = ["svg", "pdf", "png"], widthMm, heightMm, dpi = 300 } = options;
  const width = widthMm === undefined ? undefined : pixels(widthMm);
  const height = heightMm === undefined ? undefined : pixels(heightMm);
  const saved: SavedFile[] = [];
  for (const format of formats) {
    const isPng = format === "png";
    const size = { width, height, scale: isPng ? dpi / 96 : 1 };
    const bytes = await drawnOnce([figure, format, size], async () => {
      const kaleido = options.kaleido ?? (await sharedKaleido());
      const drawn = await kaleido.render(figure, { format, ...size });
      // A palette of 256 makes the PNGs of photographs a fifth as large; SVG and PDF hold the photographs unchanged.
      return isPng
        ? sharp(drawn)
            .withMetadata({ density: dpi })
            .png({ palette: true, colours: 256, dither: 0.5, effort: 3 })
            .toBuffer()
        : drawn;
    });
    await writeFileAtomic(`${path}.${format}`, bytes);
    saved.push({ path: `${path}.${format}`, bytes: bytes.length });
  }
  return saved;
}
