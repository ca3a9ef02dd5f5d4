import sharp from "sharp";
import { displayPicture, showImage } from "./display";
import type { Figure } from "../figures/style";
import { drawnOnce } from "../figures/drawn-once";
import { chartPng, figureJpeg, figurePng } from "../figures/files";

/** Figures are sized for print; on a screen they, and the letters in them, are better a third larger. */
const screenScale = 1.35;

/** Plotly's buttons above a figure: none that leads to its makers, or sends the figure there. */
const modeBar = { displaylogo: false, showSendToCloud: false };

/** Attributes of a Plotly figure that are lengths in pixels. */
const lengths = new Set([
  "size",
  "width",
  "height",
  "l",
  "r",
  "t",
  "b",
  "ticklen",
  "standoff",
  "xshift",
  "yshift",
]);

/** A figure with everything that is measured in pixels enlarged: a new object, plain data like the old. */
export function enlarge(figure: Figure, factor = screenScale): Figure {
  const scale = (value: unknown, key = ""): unknown => {
    if (typeof value === "number") return lengths.has(key) ? value * factor : value;
    if (Array.isArray(value)) return value.map((item) => scale(item, key));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, scale(item, name)]),
    );
  };
  return scale(figure) as Figure;
}

/**
 * Show a figure below the running cell: interactive where JupyterLab can draw it, and as a picture everywhere else
 * (GitHub, exported HTML). `description` says in a sentence what there is to see, for readers who can't. A figure with
 * very much in it is shown as a picture only, `interactive: false`, to keep the notebook small.
 */
export async function showFigure(
  figure: Figure,
  description: string,
  { interactive = true } = {},
): Promise<void> {
  const enlarged = enlarge(figure);
  const draw = (): Promise<Buffer> => figurePng(enlarged, { scale: 1 });
  if (!interactive) {
    const png = await drawnOnce([enlarged, "chart"], async () => chartPng(await draw()));
    return displayPicture({ "image/png": png.toString("base64") }, description);
  }
  // A JPEG, because JupyterLab's Plotly extension shows a PNG of the bundle in place of the figure it could draw.
  const jpeg = await drawnOnce([enlarged, "jpeg"], async () =>
    sharp(await draw())
      .flatten({ background: "white" })
      .jpeg({ quality: 50, mozjpeg: true })
      .toBuffer(),
  );
  displayPicture(
    {
      "application/vnd.plotly.v1+json": { ...enlarged, config: modeBar },
      "image/jpeg": jpeg.toString("base64"),
    },
    description,
  );
}

/** Show a figure made of photographs, as one picture that is small enough for a committed notebook. */
export async function showPhotos(
  figure: Figure,
  description: string,
  { maxBytes = 45_000 } = {},
): Promise<void> {
  showImage(await figureJpeg(figure, { maxBytes, scale: 1.1 }), description);
}
