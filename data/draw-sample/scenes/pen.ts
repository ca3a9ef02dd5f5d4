/**
 * The pen the scenes are drawn with: short functions that return SVG elements. Motifs draw in their own units: the origin
 * is the middle of their base, y points down (so heights are negative), and a motif is about 80 units wide. Backgrounds
 * draw in pixels of the 224 x 224 picture.
 */
import type { Stage } from "./stage";

/** Width and height of a picture, pixels. */
export const SIZE = 224;

/** A number rounded to a tenth, as text. The engine is far quicker at writing whole numbers than fractions. */
function tenths(value: number): string {
  const count = Math.round(value * 10);
  const last = Math.abs(count % 10);
  if (last === 0) return String(count / 10);
  return (count < 0 ? "-" : "") + (Math.abs(count) - last) / 10 + "." + last;
}

/** Path data with its numbers rounded to a tenth. */
export function d(parts: TemplateStringsArray, ...values: (number | string)[]): string {
  let text = parts[0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    text += (typeof value === "number" ? tenths(value) : value) + parts[i + 1];
  }
  return text;
}

export function rect(x: number, y: number, w: number, h: number, fill: string, more = ""): string {
  return d`<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}" ${more}/>`;
}

/** See-through paint, `alpha` 0..1. (The `opacity` attribute would have each shape drawn apart first, then blended.) */
export function faint(alpha: number): string {
  return `fill-opacity="${alpha}" stroke-opacity="${alpha}"`;
}

/** A polygon through x, y, x, y, ... */
export function poly(fill: string, ...xy: number[]): string {
  return `<polygon points="${xy.map(tenths).join(" ")}" fill="${fill}"/>`;
}

export function shape(data: string, fill: string, more = ""): string {
  return `<path d="${data}" fill="${fill}" ${more}/>`;
}

export function line(data: string, colour: string, width: number, more = ""): string {
  return d`<path d="${data}" fill="none" stroke="${colour}" stroke-width="${width}" ${more}/>`;
}

export function oval(
  x: number,
  y: number,
  rx: number,
  ry: number,
  fill: string,
  more = "",
): string {
  return d`<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
}

export function disc(x: number, y: number, r: number, fill: string, more = ""): string {
  return oval(x, y, r, r, fill, more);
}

/** A drawing moved to (x, y) and scaled; a negative `flip` mirrors it. */
export function at(x: number, y: number, scale: number, drawing: string, flip = 1): string {
  const size = Math.round(scale * 1000) / 1000;
  return d`<g transform="translate(${x} ${y}) scale(${String(size * flip)} ${String(size)})">${drawing}</g>`;
}

/** n drawings in a row, joined. */
export function repeat(n: number, draw: (i: number) => string): string {
  let text = "";
  for (let i = 0; i < n; i++) text += draw(i);
  return text;
}

/** A soft shadow on the ground under something `w` wide. */
export function shadow(w: number, x = 0, y = 0): string {
  return oval(x + w * 0.06, y, w * 0.56, Math.max(1.2, w * 0.05), "#1d2430", faint(0.22));
}

/** Outline of a bushy mass between x0 and x1 standing on y, `r` high: one path, for hedges and distant woods. */
export function lumps(s: Stage, x0: number, x1: number, y: number, r: number): string {
  let data = d`M${x0} ${y}v${-r * 0.4}`;
  for (let x = x0; x < x1;) {
    const step = Math.min(x1 - x + 0.1, r * s.between(0.9, 1.7));
    data += d`a${step * 0.55} ${r * s.between(0.45, 1)} 0 0 1 ${step} ${s.between(-0.12, 0.12) * r}`;
    x += step;
  }
  return data + d`L${x1} ${y}z`;
}

/** A grid of windows, cols x rows, inside the box; some lit in the evening. */
export function windows(
  x: number,
  y: number,
  w: number,
  h: number,
  cols: number,
  rows: number,
  fill: string,
): string {
  let data = "";
  const cw = w / cols;
  const ch = h / rows;
  for (let i = 0; i < cols * rows; i++) {
    const left = x + ((i % cols) + 0.22) * cw;
    const top = y + (Math.floor(i / cols) + 0.2) * ch;
    data += d`M${left} ${top}h${cw * 0.56}v${ch * 0.6}h${-cw * 0.56}z`;
  }
  return shape(data, fill);
}
