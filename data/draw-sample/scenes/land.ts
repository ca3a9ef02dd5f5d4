/** The lie of the land: distant hills and mountains, the sea, and what covers the ground in front. */
import { lit, mix } from "./colour";
import { SIZE, d, faint, line, lumps, oval, poly, rect, repeat, shape } from "./pen";
import type { Stage } from "./stage";

/** A rolling skyline: path data from the left edge to the right, closed at the bottom of the picture. */
export function skyline(s: Stage, y: number, height: number, wave = 70): string {
  const a = s.between(0, 6.28);
  const b = s.between(0, 6.28);
  const lift = (x: number): number =>
    height * (0.5 + 0.32 * Math.sin((x / wave) * 2 + a) + 0.18 * Math.sin((x / wave) * 5 + b));
  let data = d`M-8 ${y - lift(-8)}`;
  for (let x = 8; x <= SIZE + 24; x += 16)
    data += d`Q${x - 8} ${y - lift(x - 8)} ${x} ${y - lift(x)}`;
  return data + d`V${SIZE}H-8z`;
}

/** Two or three hills one behind the other, paler with distance, with woods and hedges on the nearest. */
export function drawHills(s: Stage, height: number): string {
  const layers = 3;
  return repeat(layers, (i) => {
    s.depth = 0.92 - i * 0.22;
    const y = s.horizon + 2 + i * 5;
    const rise = height * (1 - i * 0.3) + 3;
    const near = s.paint(i === 0 ? "#6d8698" : mix("#6f8d86", s.season.grass[2], i * 0.45));
    const hill = shape(
      skyline(s, y, rise, s.between(70, 150)),
      s.gradient(near, mix(near, s.mood.haze, 0.35)),
    );
    if (i === 0) return hill;
    return (
      hill +
      repeat(1 + i, () => {
        const x = s.between(-30, SIZE - 30);
        return shape(
          lumps(s, x, x + s.between(22, 90), y - rise * 0.12 + 2, 2.5 + i * 1.6),
          s.paints(s.season.leaf),
        );
      })
    );
  });
}

/** Peaks with a lit and a shaded face; snow-capped in winter. */
export function drawMountains(s: Stage, height: number): string {
  const ranges = repeat(2, (i) => {
    s.depth = 0.75 - i * 0.3;
    const rock = s.random.pick(
      i === 0 ? ["#6e8296", "#75808f"] : ["#7b7f6a", "#8a7c66", "#6f7b74", "#76746f"],
    );
    const count = 3 + i;
    return repeat(count, (j) => {
      const x = ((j + s.between(0.1, 0.9)) / count) * SIZE;
      const rise = height * s.between(0.6, 1) * (1 - i * 0.22);
      return peak(s, x, s.horizon + 6 + i * 10, rise * s.between(1.1, 1.6), rise, rock);
    });
  });
  s.depth = 0.35;
  const foot = s.paint(mix(s.season.grass[2], "#8a7a58", 0.5));
  return (
    ranges +
    shape(skyline(s, s.horizon + 14, 12, 110), s.gradient(foot, mix(foot, s.mood.haze, 0.2)))
  );
}

function peak(
  s: Stage,
  x: number,
  y: number,
  halfWidth: number,
  rise: number,
  rock: string,
): string {
  const bright = s.paint(mix(rock, "#d8cfae", 0.25));
  const dark = s.paint(mix(rock, "#2c3550", 0.42));
  const w = halfWidth;
  const h = rise;
  const j = (k: number): number => s.between(-k, k);
  const spine = [
    x,
    y - h,
    x + w * (0.07 + j(0.04)),
    y - h * 0.74,
    x - w * 0.06,
    y - h * 0.5,
    x + w * (0.14 + j(0.05)),
    y - h * 0.24,
    x + w * 0.02,
    y,
  ];
  const faces =
    poly(
      bright,
      x,
      y - h,
      x - w * (0.28 + j(0.05)),
      y - h * 0.66,
      x - w * 0.5,
      y - h * (0.5 + j(0.06)),
      x - w,
      y,
      x + w * 0.02,
      y,
    ) +
    poly(
      dark,
      ...spine,
      x + w,
      y,
      x + w * (0.6 + j(0.08)),
      y - h * 0.42,
      x + w * 0.3,
      y - h * (0.72 + j(0.05)),
    );
  if (!s.season.snow && !(s.season.bare && h > 45) && h < 74) return faces;
  const cap = s.paint("#f3f7fa");
  return (
    faces +
    poly(
      cap,
      x,
      y - h,
      x - w * 0.27,
      y - h * 0.68,
      x - w * 0.15,
      y - h * 0.72,
      x - w * 0.09,
      y - h * 0.6,
      x,
      y - h * 0.7,
      x + w * 0.1,
      y - h * 0.62,
      x + w * 0.17,
      y - h * 0.74,
      x + w * 0.27,
      y - h * 0.73,
    )
  );
}

/** Fill for the ground: a gradient of three tones from the horizon to the viewer's feet. */
function groundFill(s: Stage, far: string, middle: string, near: string): string {
  s.depth = 0.5;
  const top = s.paint(far);
  s.depth = 0.15;
  const centre = s.paint(middle);
  s.depth = 0;
  return s.gradient(top, centre, s.paint(mix(near, "#26352c", s.season.snow ? 0.04 : 0.18)));
}

/** Plain turf with a few soft folds and tufts. */
export function grassCover(s: Stage): string {
  const [a, b, c] = s.season.grass;
  const base = shape(skyline(s, s.horizon + 12, 6, 160), groundFill(s, b, a, c));
  return base + folds(s, [a, b, c]) + tufts(s, mix(c, "#2d4a2c", s.season.snow ? 0.25 : 0.35), 26);
}

/** Broad soft bands that model the ground; colours alternate. */
export function folds(s: Stage, colours: readonly string[]): string {
  return repeat(3, (i) => {
    s.depth = 0.25 - i * 0.11;
    const colour = s.paint(colours[i % colours.length]);
    const y = s.horizon + 30 + i * 30;
    return shape(
      skyline(s, y, 13, 130),
      s.gradient(colour, mix(colour, s.paint(colours[2]), 0.5)),
      faint(0.75),
    );
  });
}

/** Short strokes of grass, denser and longer towards the viewer, as one path. */
export function tufts(s: Stage, colour: string, n: number, size = 1): string {
  s.depth = 0;
  const data = repeat(n, () => {
    const near = s.random.uniform();
    const y = s.horizon + 22 + near * (SIZE - s.horizon - 22);
    const h = (2 + near * 6) * size;
    const x = s.between(0, SIZE);
    return d`M${x} ${y}l${-h * 0.3} ${-h}M${x + 1} ${y}l${h * 0.1} ${-h * 1.2}M${x + 2} ${y}l${h * 0.4} ${-h * 0.8}`;
  });
  return line(data, s.paint(colour), 0.9, faint(0.55));
}

/** Patchwork fields in perspective, with hedges between them. */
export function fieldsCover(s: Stage): string {
  let y = s.horizon + s.between(4, 8);
  let text = shape(skyline(s, y + 4, 5, 160), s.paint(s.season.grass[0]));
  for (let row = 0; row < 4; row++) {
    const h = 6 + row * row * 5 + row * 4 + s.between(0, 5);
    const next = row === 3 ? SIZE : y + h;
    s.depth = 0.55 - row * 0.17;
    const x = s.between(50, 174);
    const lean = s.between(-30, 30) * (row + 1) * 0.5;
    const drop = s.between(-3, 3);
    text += field(s, [-5, y, x, y + drop, x + lean, next + 4, -5, next + 4]);
    text += field(s, [x, y + drop, 229, y, 229, next + 4, x + lean, next + 4]);
    const r = 1.6 + row * 1.9;
    const hedge = s.paint(mix(s.season.leaf[2], "#39503a", 0.3));
    text +=
      shape(lumps(s, -5, 229, y + 1, r), hedge) + line(d`M${x} ${y}L${x + lean} ${next}`, hedge, r);
    y = next;
  }
  return text + tufts(s, mix(s.season.grass[2], "#2d4a2c", 0.35), 14);
}

function field(s: Stage, corners: number[]): string {
  const colour = s.paints(s.season.fields);
  const fill = poly(s.gradient(mix(colour, s.mood.haze, 0.15), colour), ...corners);
  if (s.chance(0.55)) return fill;
  const [x0, y0, x1, , x2, y2, x3] = corners;
  const rows = repeat(
    9,
    (i) =>
      d`M${x0 + ((x1 - x0) * (i + 0.5)) / 9} ${y0 + 1}L${x3 + ((x2 - x3) * (i + 0.5)) / 9} ${y2}`,
  );
  return fill + line(rows, lit(colour, "#c9c4b0"), 1.1, faint(0.6));
}

/** Ground of one material in three tones (sand, mud, paving, bare stone, moss). */
export function plainCover(s: Stage, far: string, middle: string, near: string): string {
  return shape(skyline(s, s.horizon + 9, 4, 160), groundFill(s, far, middle, near));
}

/** Sea from the horizon to the shore, with glitter, swell and a line of surf. */
export function drawSea(s: Stage): string {
  s.depth = 0.45;
  const low = s.mood.sky[s.mood.sky.length - 1];
  const far = mix(s.paint("#4f8aa0"), low, 0.3);
  s.depth = 0;
  const near = mix(s.paint("#2f7a8c"), low, 0.12);
  const swell = repeat(16, (i) => {
    const y = s.horizon + 3 + (i / 16) ** 1.3 * (s.shore - s.horizon + 12);
    const w = 5 + i * 2.2;
    return d`M${s.between(-8, SIZE)} ${y}q${w * 0.5} ${-w * 0.09} ${w} 0`;
  });
  return (
    rect(-2, s.horizon, SIZE + 4, s.shore - s.horizon + 40, s.gradient(far, near)) +
    line(swell, mix(near, "#ffffff", 0.45), 1, faint(0.6))
  );
}

/** The beach or bank below the shore line, edged with foam. */
export function drawShore(s: Stage, far: string, near: string): string {
  const tilt = s.between(-16, 16);
  const y = s.shore;
  const edge = d`M-5 ${y + tilt}C50 ${y - 12} 90 ${y + 14} 130 ${y + 2}S200 ${y - 10 - tilt * 0.5} 230 ${y - tilt}`;
  s.depth = 0.1;
  const sand = s.gradient(s.paint(far), s.paint(mix(near, "#3d3a30", 0.12)));
  return (
    shape(edge + "V230H-5z", sand) +
    line(edge, s.paint(mix(far, "#4f6468", 0.35)), 7, faint(0.5)) +
    line(edge, s.paint("#ffffff"), 2.6, faint(0.9))
  );
}

/** Pebbles or stones strewn over the ground. */
export function stones(s: Stage, n: number, colours: readonly string[]): string {
  s.depth = 0;
  return repeat(n, () => {
    const near = s.random.uniform() ** 0.7;
    const y = s.horizon + 20 + near * (SIZE - s.horizon - 20);
    const r = 0.8 + near * 4.5;
    const x = s.between(0, SIZE);
    const colour = s.paints(colours);
    return (
      oval(x, y, r * 1.4, r * 0.8, mix(colour, "#20242c", 0.3)) +
      oval(x - r * 0.2, y - r * 0.2, r * 1.1, r * 0.55, colour)
    );
  });
}
