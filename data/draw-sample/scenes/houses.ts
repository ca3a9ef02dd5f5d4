/** Dwellings, streets and the buildings of towns. */
import { mix } from "./colour";
import { SIZE, at, d, disc, line, poly, rect, repeat, shadow, shape, windows } from "./pen";
import type { Stage } from "./stage";

const WALLS = ["#e9dfc9", "#d9c7a3", "#f0ebe0", "#c9a184", "#b5684a", "#a9a394", "#e5d3bd"];
const ROOFS = ["#6d6f78", "#8f5743", "#a9644a", "#5d636d", "#7a5a4a"];

interface HouseShape {
  w: number;
  h: number;
  roof: number;
  wall?: string;
  tiles?: string;
  storeys?: number;
}

/** A house standing on (x, 0): lit front, shaded gable end, roof, door, windows, chimneys. */
export function house(
  s: Stage,
  x: number,
  { w, h, roof, wall, tiles, storeys = 2 }: HouseShape,
): string {
  const front = s.paint(wall ?? s.random.pick(WALLS));
  const cover = tiles ?? s.random.pick(ROOFS);
  const slope = s.paint(s.season.snow ? mix(cover, "#f4f7fa", 0.75) : cover);
  const side = mix(front, "#2c3348", 0.32);
  const l = x - w / 2;
  const r = x + w / 2;
  const deep = Math.min(11, w * 0.25);
  const stack = s.paint("#8c5d48");
  return (
    shadow(w + deep, x) +
    rect(l + w * 0.12, -h - roof - 4, 4.2, 9, stack) +
    (w > 30 ? rect(r - w * 0.2, -h - roof - 4, 4.2, 9, stack) : "") +
    poly(side, r, 0, r, -h, r + deep * 0.5, -h - roof * 0.8, r + deep, -h, r + deep, 0) +
    rect(l, -h, w, h, front) +
    poly(
      slope,
      l - 2,
      -h + 1,
      l + deep * 0.4,
      -h - roof,
      r + deep * 0.5,
      -h - roof,
      r + 2,
      -h + 1,
    ) +
    line(d`M${r + deep * 0.5} ${-h - roof}L${r + deep + 1.5} ${-h + 1}`, slope, 1.6) +
    windows(l + 2, -h + 1, w - 4, h * 0.94, Math.max(2, Math.round(w / 11)), storeys, s.mood.glow) +
    rect(
      x - 2.6,
      -h * 0.36,
      5.2,
      h * 0.36,
      s.paints(["#7a3b34", "#2f5a4a", "#3a4a6b", "#e9e4d8", "#4a3a30"]),
    )
  );
}

export function cottage(s: Stage): string {
  if (s.chance(0.3))
    return house(s, 0, { w: 46, h: 19, roof: 19, wall: "#f2ead8", tiles: "#a98a58" }); // thatch
  return house(s, 0, { w: s.between(38, 52), h: s.between(19, 24), roof: s.between(13, 17) });
}

/** A few cottages round a green; sometimes with a small spire behind. */
export function village(s: Stage): string {
  const place = (x: number, y: number, k: number): string =>
    at(x, y, k, cottage(s), s.chance(0.5) ? 1 : -1);
  const spire = s.chance(0.4)
    ? rect(-2, -42, 10, 30, s.paint("#b5ab98")) + poly(s.paint("#6d7077"), -3, -42, 3, -66, 9, -42)
    : "";
  return (
    spire +
    place(-26, -11, 0.5) +
    place(10, -12, 0.45) +
    place(34, -8, 0.55) +
    place(-36, 0, 0.72) +
    place(22, 3, 0.8)
  );
}

export function detached(s: Stage): string {
  return (
    house(s, 0, { w: s.between(46, 58), h: s.between(27, 33), roof: s.between(14, 18) }) +
    line("M-42 0h84", s.paint("#5f7a4a"), 4)
  );
}

export function terrace(s: Stage): string {
  const wall = s.random.pick(["#b5684a", "#c9a184", "#a9a394", "#d9c7a3"]);
  const tiles = s.random.pick(ROOFS);
  return repeat(4, (i) => house(s, -37 + i * 24, { w: 24, h: 31, roof: 11, wall, tiles }));
}

export function flats(s: Stage): string {
  const wall = s.paints(["#c9c2b2", "#b5a28c", "#cdd0cf", "#a97f66"]);
  const rows = 6 + s.random.below(4);
  const h = rows * 9 + 4;
  return (
    shadow(46) +
    rect(-20, -h, 34, h, wall) +
    poly(mix(wall, "#2c3348", 0.36), 14, -h, 25, -h + 4, 25, 0, 14, 0) +
    windows(-19, -h + 2, 32, h - 8, 4, rows, s.mood.glow) +
    repeat(rows, (i) => rect(-20, -h + 10 + i * 9, 34, 1, mix(wall, "#ffffff", 0.4)))
  );
}

/** Semi-detached pairs along a hedge, with a car or a lamp. */
export function suburb(s: Stage): string {
  const wall = s.random.pick(["#e9dfc9", "#c9a184", "#f0ebe0", "#b5684a"]);
  const tiles = s.random.pick(["#a9644a", "#8f5743", "#6d6f78"]);
  const pair = (x: number): string => house(s, x, { w: 30, h: 23, roof: 13, wall, tiles });
  return (
    pair(-36) +
    pair(4) +
    pair(43) +
    rect(-58, -4, 122, 5, s.paint("#5a7a4a")) +
    at(-12, 4, 0.42, car(s)) +
    line("M28 2v-34q0 -4 6 -4", s.paint("#6b7278"), 1.3)
  );
}

export function car(s: Stage): string {
  const body = s.paints(["#b93a32", "#2f5f8f", "#dcdcd8", "#3d444c", "#4a8a6a", "#d9a93c"]);
  return (
    shadow(52) +
    shape("M-26 -4q-1 -9 6 -10l8 -1q6 -10 12 -10h10q9 0 13 10q6 1 6 6v5z", body) +
    shape("M-9 -15q4 -7 9 -7h2v7zM5 -22h5q6 0 8 7h-13z", "#33424f") +
    disc(-15, -4, 5, "#22252a") +
    disc(16, -4, 5, "#22252a") +
    disc(-15, -4, 2, "#a9adb0") +
    disc(16, -4, 2, "#a9adb0")
  );
}

/** A town: a skyline of offices, domes and towers across the whole picture. Drawn in pixels. */
export function cityBackdrop(s: Stage): string {
  let text = "";
  for (let row = 0; row < 2; row++) {
    s.depth = 0.65 - row * 0.38;
    for (let x = -8; x < SIZE;) {
      const w = s.between(16, 34);
      const h = s.between(26, 78) * (row ? 0.85 : 1.15);
      const y = s.horizon + 14 + row * 12;
      const wall = s.paints(["#9aa3ad", "#b5a48f", "#a9785c", "#c4beb0", "#7f8a97"]);
      text +=
        rect(x, y - h, w, h, s.gradient(mix(wall, "#ffffff", 0.12), wall)) +
        rect(x + w * 0.72, y - h, w * 0.28, h, mix(wall, "#29304a", 0.3)) +
        windows(x + 1, y - h + 3, w * 0.7, h - 6, 3, Math.max(3, Math.round(h / 8)), s.mood.glow);
      x += w + s.between(-1, 2);
    }
  }
  s.depth = 0.15;
  return text;
}

/** A row of town houses and shops behind a pavement. Drawn in pixels. */
export function streetBackdrop(s: Stage): string {
  s.depth = 0.3;
  let text = "";
  for (let x = -10; x < SIZE + 6;) {
    const w = s.between(24, 38);
    const h = s.between(28, 46);
    text += at(
      x + w / 2,
      s.horizon + 16,
      1,
      house(s, 0, { w, h, roof: s.between(8, 13), storeys: h > 36 ? 3 : 2 }),
    );
    x += w;
  }
  return text;
}

/** Street lamps and a planter on the pavement. Drawn in pixels. */
export function lamps(s: Stage): string {
  const y = s.horizon + s.between(20, 30);
  const iron = s.paint("#2f3a42");
  const gap = s.between(70, 96);
  const x = s.between(8, 40);
  const posts = repeat(3, (i) => d`M${x + i * gap} ${y}v-40m-6 0h12`);
  return (
    line(posts, iron, 1.8) +
    repeat(6, (i) =>
      disc(x + Math.floor(i / 2) * gap + (i % 2 ? 6 : -6), y - 38, 2.4, s.paint("#fff3c4")),
    )
  );
}

/** A shop front with a striped awning. */
export function shop(s: Stage): string {
  const wall = s.paints(["#a9563e", "#c9a184", "#d9c7a3", "#8f949c"]);
  const front = s.paints(["#2f5a4a", "#7a2f38", "#2d4668", "#22262b", "#c9892e"]);
  const stripes = repeat(8, (i) =>
    poly(
      i % 2 ? front : s.paint("#f6f0e2"),
      -36 + i * 9,
      -28,
      -27 + i * 9,
      -28,
      -28.5 + i * 9.4,
      -17,
      -38 + i * 9.4,
      -17,
    ),
  );
  return (
    shadow(80) +
    rect(-38, -62, 76, 62, wall) +
    rect(-40, -64, 80, 4, mix(wall, "#ffffff", 0.35)) +
    windows(-34, -58, 68, 20, 4, 1, s.mood.glow) +
    rect(-38, -37, 76, 9, front) +
    line("M-24 -32.5h48", s.paint("#f2d88a"), 3, 'stroke-dasharray="5 2 3 2 6 3"') +
    rect(-35, -22, 30, 20, s.paint("#ffe9b0")) +
    rect(8, -22, 27, 20, s.paint("#ffe9b0")) +
    rect(-4, -24, 11, 24, front) +
    rect(-2, -20, 7, 12, s.mood.glow) +
    stripes +
    repeat(6, (i) =>
      rect(
        -33 + i * 4.6,
        -9 - (i % 3) * 2,
        3.4,
        7 + (i % 3) * 2,
        s.paints(["#d9503c", "#e0a83a", "#5a9a5c", "#5a7fb5"]),
      ),
    )
  );
}

/** A supermarket or showroom: long, flat and glazed, with a sign on a pole. */
export function superstore(s: Stage): string {
  const brand = s.paints(["#2f7a4a", "#d9602f", "#2d5fa0", "#b02f3a"]);
  return (
    shadow(92) +
    rect(-44, -26, 84, 26, s.paint("#d9dad6")) +
    rect(-44, -29, 84, 8, brand) +
    rect(-38, -18, 50, 17, "#3f5a6b") +
    line("M-26 -18v17M-14 -18v17M-2 -18v17", "#c9d6dc", 1.2) +
    rect(-18, -28, 32, 5, "#ffffff") +
    rect(46, -54, 3, 54, "#7b8288") +
    rect(39, -62, 17, 15, brand) +
    at(26, 4, 0.42, car(s))
  );
}

/** An inn with a hanging sign. */
export function pub(s: Stage): string {
  return (
    house(s, 2, { w: 58, h: 27, roof: 16, wall: "#f3ecdc", tiles: "#5d636d" }) +
    line("M-30 -18v-16M-22 -18v-16M-14 -27v27M18 -27v27", s.paint("#3a2f2a"), 2) +
    line("M-44 0v-44h14", s.paint("#3a2f2a"), 2) +
    rect(-41, -42, 13, 15, s.paints(["#7a2f38", "#2d4668", "#2f5a4a"])) +
    disc(-34.5, -35, 4, s.paint("#e9c25c"))
  );
}
