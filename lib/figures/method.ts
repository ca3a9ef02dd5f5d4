/** The method as a drawing: photo, title and place, through frozen encoders and a trained head, to tags. */
import sharp from "sharp";
import type { MethodExample } from "../data/types";
import { modalitySize } from "../modalities";
import { inputSize } from "../train/experiments";
import {
  baseLayout,
  INK,
  note,
  OKABE_ITO,
  OURS_COLOUR,
  PAGE_MM,
  pixels,
  plainText,
  type Figure,
} from "./style";
import { wrap } from "./photos";

/** The drawing's own units: its page is 1000 wide. */
const WIDTH = 1000;
const HEIGHT = 430;
const ROWS = [110, 250, 360]; // middles of the rows: photo, title, place
const FROZEN = "#E8F1F8";
const TRAINED = "#FCEBDD";

/** A rectangle with round corners, as a path. */
function box(x: number, y: number, width: number, height: number, radius = 8): string {
  const [right, bottom] = [x + width, y + height];
  return (
    `M${x + radius},${y} L${right - radius},${y} Q${right},${y} ${right},${y + radius} ` +
    `L${right},${bottom - radius} Q${right},${bottom} ${right - radius},${bottom} ` +
    `L${x + radius},${bottom} Q${x},${bottom} ${x},${bottom - radius} L${x},${y + radius} Q${x},${y} ${x + radius},${y} Z`
  );
}

/**
 * The method with one example, `widthMm` wide: what a photo, its title and its place become on their way to tags. Blue is
 * frozen (CLIP, trained by others), orange is what we train.
 */
export async function methodDiagram(
  { image, title, gridReference, location, encoder, tags, tagCount }: MethodExample,
  { widthMm = PAGE_MM }: { widthMm?: number } = {},
): Promise<Figure> {
  const width = pixels(widthMm);
  const scale = width / WIDTH;
  const shapes: object[] = [];
  const annotations: object[] = [];
  const at = { xref: "x", yref: "y" };
  const draw = (path: string, fillcolor: string, color: string): void => {
    shapes.push({
      type: "path",
      path,
      ...at,
      fillcolor,
      line: { color, width: 1 },
      layer: "below",
    });
  };
  const write = (text: string, x: number, y: number, more: object = {}): void => {
    const font = { size: 15 * scale, color: INK };
    annotations.push(note(text, { ...at, x, y, font, borderpad: 0, ...more }));
  };
  const small = { font: { size: 12.5 * scale, color: "#555555" } };
  const left = { xanchor: "left", align: "left" };
  const arrow = (from: readonly [number, number], to: readonly [number, number]): void => {
    annotations.push({
      ...at,
      x: to[0],
      y: to[1],
      ax: from[0],
      ay: from[1],
      axref: "x",
      ayref: "y",
      text: "",
      showarrow: true,
      arrowhead: 2,
      arrowsize: 0.9,
      arrowwidth: 1.2,
      arrowcolor: "#777777",
    });
  };

  // What goes in.
  const side = 150;
  const jpeg = await sharp(image)
    .resize(448, 448, { fit: "cover" })
    .jpeg({ quality: 85 })
    .toBuffer();
  const images = [
    {
      source: `data:image/jpeg;base64,${jpeg.toString("base64")}`,
      ...at,
      x: 10,
      y: ROWS[0] - side / 2,
      sizex: side,
      sizey: side,
      xanchor: "left",
      yanchor: "top",
      sizing: "stretch",
      layer: "above",
    },
  ];
  const words = wrap(`“${title}”`, 20, 2).map(plainText).join("<br>");
  draw(box(10, ROWS[1] - 34, 150, 68), "white", "#BBBBBB");
  write(words, 85, ROWS[1]);
  draw(box(10, ROWS[2] - 34, 150, 68), "white", "#BBBBBB");
  write(`<b>${gridReference}</b><br>a square of 1 km`, 85, ROWS[2]);
  for (const [i, name] of ["Photo", "Title", "Place"].entries())
    write(`<b>${name}</b>`, 10, [ROWS[0] - side / 2, ROWS[1] - 34, ROWS[2] - 34][i] - 12, left);

  // What is frozen.
  const degrees = location.map((value) => value.toFixed(2)).join(", ");
  const encoders = [
    `<b>CLIP, image tower</b><br>${encoder}, frozen`,
    `<b>CLIP, text tower</b><br>${encoder}, frozen`,
    `<b>Latitude, longitude</b><br>rescaled: ${degrees}`,
  ];
  encoders.forEach((text, i) => {
    const [frozen, line] = i < 2 ? [FROZEN, OURS_COLOUR] : ["#F4F4F4", "#999999"];
    draw(box(215, ROWS[i] - 34, 185, 68), frozen, line);
    write(text, 307, ROWS[i]);
    arrow([163, ROWS[i]], [212, ROWS[i]]);
  });

  // Side by side: a bar whose parts are as long as their numbers, the two of the place made visible.
  const parts = [
    { from: 70, to: 232, color: OKABE_ITO.sky, numbers: modalitySize.img },
    { from: 232, to: 394, color: OKABE_ITO.green, numbers: modalitySize.txt },
    { from: 394, to: 404, color: OKABE_ITO.orange, numbers: modalitySize.loc },
  ];
  parts.forEach(({ from, to, color, numbers }, i) => {
    shapes.push({
      type: "rect",
      ...at,
      x0: 505,
      x1: 533,
      y0: from,
      y1: to,
      fillcolor: color,
      line: { color: "white", width: 1 },
    });
    const middle = (from + to) / 2;
    arrow([403, ROWS[i]], [502, middle]);
    if (i < 2)
      write(`${numbers} numbers`, 519, middle, {
        textangle: -90,
        font: { size: 13 * scale, color: "white" },
      });
    else write(String(numbers), 540, middle, { ...left, ...small });
  });
  write(`<b>side by side</b><br>${inputSize(["img", "txt", "loc"])} numbers`, 519, 42);

  // What is trained.
  const head = { x: 580, y: 170, width: 165, height: 134 };
  draw(box(head.x, head.y, head.width, head.height), TRAINED, OKABE_ITO.vermilion);
  const middle = head.y + head.height / 2;
  write(
    "<b>Head</b><br>linear, or MLP with<br>256 hidden units<br>trained, with or<br>without MixUp",
    head.x + head.width / 2,
    middle,
  );
  arrow([537, middle], [head.x - 3, middle]);
  arrow([head.x + head.width + 3, middle], [783, middle]);

  // What comes out.
  write(`<b>${tagCount} probabilities</b>`, 790, 62, left);
  const step = Math.min(52, 300 / Math.max(1, tags.length));
  tags.forEach(({ tag, probability }, i) => {
    const y = 100 + i * step;
    write(plainText(wrap(tag, 32, 1)[0]), 790, y, {
      ...left,
      font: { size: 14 * scale, color: INK },
    });
    const bar = { type: "rect", ...at, y0: y + 11, y1: y + 20, line: { width: 0 } };
    shapes.push({ ...bar, x0: 790, x1: 945, fillcolor: "#EEEEEE" });
    const fillcolor = probability > 0.5 ? OURS_COLOUR : "#A9A9A9";
    shapes.push({ ...bar, x0: 790, x1: 790 + 155 * probability, fillcolor });
    write(probability.toFixed(2), 952, y + 15, { ...left, ...small });
  });
  write("above one half: given (blue)", 790, 100 + tags.length * step + 8, { ...left, ...small });

  const axisOf = (range: number[]): object => ({ visible: false, range, fixedrange: true });
  const layout = baseLayout(
    widthMm,
    10,
    { title: "" },
    {
      images,
      shapes,
      annotations,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      xaxis: axisOf([0, WIDTH]),
      yaxis: axisOf([HEIGHT, 0]), // downwards, as the drawing is read
    },
  );
  const height = Math.round(HEIGHT * scale);
  return { data: [{ type: "scatter", x: [], y: [] }], layout: { ...layout, height } };
}
