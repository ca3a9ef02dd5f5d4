import {
  at,
  d,
  disc,
  line,
  lumps,
  faint,
  mix,
  oval,
  poly,
  rect,
  repeat,
  shadow,
  shape,
  windows,
} from "./pen";
import type { Stage } from "./pen";
import { car, house } from "./houses";
import { digger } from "./works";

/** Farms, building sites, waste, ruin and defence. */

export function sheep(s: Stage): string {
  const wool = s.paint("#f6f2e6");
  const shade = s.paint("#cfc9ba");
  const face = s.paints(["#2b2724", "#efe6d6"]);
  const one = (x: number, y: number, k: number, flip: number): string =>
    at(
      x,
      y,
      k,
      shadow(30) +
        line("M-8 -6v7M-4 -6v7M7 -6v7M11 -6v7", "#2b2724", 2) +
        oval(0, -12, 16, 9.4, shade) +
        shape(
          "M-15 -12a6 6 0 0 1 6 -8a7 6 0 0 1 10 -2a7 6 0 0 1 10 3a6 6 0 0 1 4 8q-14 6 -30 -1z",
          wool,
        ) +
        oval(17, -17, 4.4, 5.6, face),
      flip,
    );
  return one(-24, -8, 0.75, -1) + one(26, -6, 0.85, 1) + one(0, 4, 1.15, s.chance(0.5) ? 1 : -1);
}

export function cows(s: Stage): string {
  const coat = s.random.pick([
    ["#f4efe6", "#2b2724"],
    ["#a9653c", "#8a4f2f"],
    ["#3a322e", "#2b2724"],
  ]);
  const one = (x: number, y: number, k: number, flip: number): string =>
    at(
      x,
      y,
      k,
      shadow(48) +
        line("M-17 -14v15M-12 -14v15M13 -14v15M18 -14v15", s.paint(coat[0]), 3.4) +
        shape("M-24 -32q24 -4 46 0q4 10 0 19h-42q-6 -8 -4 -19z", s.paint(coat[0])) +
        oval(-8, -26, 8, 5, s.paint(coat[1])) +
        oval(11, -22, 6, 5, s.paint(coat[1])) +
        shape("M20 -36l12 -2q4 10 -2 15l-8 1z", s.paint(coat[0])) +
        oval(29, -24, 3.4, 3, "#d9a9a0") +
        line("M-24 -30q-5 6 -4 16", s.paint(coat[1]), 1.6),
      flip,
    );
  return one(-28, -12, 0.55, 1) + one(8, 2, 1, s.chance(0.5) ? 1 : -1);
}

export function tractor(s: Stage): string {
  const body = s.paints(["#c8302f", "#3a8a3f", "#2d5fa0"]);
  return (
    shadow(60) +
    rect(2, -28, 32, 15, body, 'rx="3"') +
    rect(-18, -26, 24, 16, body) +
    rect(-18, -46, 22, 22, "#3a4a56") +
    rect(-20, -49, 26, 4, body) +
    rect(26, -40, 2.6, 13, "#2a2d31") +
    disc(-14, -14, 15, "#22252a") +
    disc(-14, -14, 7, s.paint("#e8c23c")) +
    disc(28, -9, 9.5, "#22252a") +
    disc(28, -9, 4, s.paint("#e8c23c"))
  );
}

export function barn(s: Stage): string {
  const wall = s.paints(["#8a4f3c", "#6d6a62", "#4a6a5a", "#a39078"]);
  const roof = s.paints(["#7d858a", "#8a5a48"]);
  return (
    shadow(84) +
    poly(roof, -40, -22, -30, -40, 30, -40, 40, -22) +
    rect(-38, -23, 60, 23, wall) +
    poly(mix(wall, "#2a3044", 0.3), 22, 0, 22, -23, 31, -40, 40, -23, 40, 0) +
    rect(-16, -18, 20, 18, mix(wall, "#14171d", 0.55)) +
    line("M-34 -20v20M-28 -20v20M-22 -20v20M8 -20v20M14 -20v20", mix(wall, "#14171d", 0.25), 1) +
    (s.chance(0.6)
      ? rect(44, -42, 13, 42, s.paint("#c9cfd2")) +
        shape("M44 -42q6.5 -10 13 0z", s.paint("#9fa9ad"))
      : "")
  );
}

export function hayBales(s: Stage): string {
  const straw = s.paint("#d9b95c");
  const end = s.paint("#b8954a");
  return [
    [-30, -6, 0.7],
    [24, -8, 0.65],
    [-2, 3, 1.1],
  ]
    .map(([x, y, k]) =>
      at(
        x,
        y,
        k,
        shadow(36) +
          rect(-14, -22, 22, 22, straw) +
          oval(-14, -11, 6, 11, straw) +
          oval(8, -11, 8, 11, end) +
          `<ellipse cx="8" cy="-11" rx="4.6" ry="6.6" fill="none" stroke="${straw}" stroke-width="1.4"/>`,
      ),
    )
    .join("");
}

/** Ploughed furrows or crop rows running away. Drawn in pixels. */
export function furrows(s: Stage): string {
  const soil = s.random.pick([
    ["#8a6242", "#6b4a33"],
    ["#a87c50", "#8a6240"],
    ["#6fa04c", "#7a5a3c"],
    ["#d9c060", "#b89a48"],
  ]);
  const vx = s.between(60, 164);
  const y = s.horizon + 20;
  const rows = repeat(17, (i) =>
    poly(s.paint(soil[1]), vx + (i - 8) * 5, y, -60 + i * 22, 230, -50 + i * 22, 230),
  );
  return (
    poly(
      s.gradient(s.paint(mix(soil[0], s.mood.haze, 0.25)), s.paint(soil[0])),
      vx - 90,
      y,
      vx + 90,
      y - 1,
      290,
      230,
      -70,
      230,
    ) + rows
  );
}

/** Allotments: beds, canes, a shed. */
export function allotments(s: Stage): string {
  const bed = (x: number, y: number, k: number): string =>
    at(
      x,
      y,
      k,
      poly(s.paint("#6b4a33"), -22, 0, -16, -9, 16, -9, 22, 0) +
        repeat(10, (i) =>
          disc(
            -16 + (i % 5) * 8,
            -2.4 - Math.floor(i / 5) * 4,
            2.5,
            s.paints(["#4f8a40", "#7ab050", "#5a7a3c"]),
          ),
        ),
    );
  return (
    line("M-44 -8l7 -30l7 30M-37 -38h26M-18 -8l7 -30l7 30", s.paint("#a5825a"), 1.4) +
    shape(lumps(s, -42, -6, -8, 14), s.paint("#5a8a44"), faint(0.85)) +
    house(s, 28, { w: 22, h: 17, roof: 7, wall: "#8a6c4a", storeys: 1 }) +
    bed(-26, 0, 1) +
    bed(24, 4, 1) +
    bed(0, 14, 1.2)
  );
}

/** Glasshouses of a market garden. */
export function glasshouses(s: Stage): string {
  const glass = s.paint("#c3dde0");
  return (
    shadow(84) +
    repeat(
      4,
      (i) =>
        poly(
          mix(glass, "#5a8a60", 0.18),
          -44 + i * 22,
          0,
          -44 + i * 22,
          -15,
          -33 + i * 22,
          -26,
          -22 + i * 22,
          -15,
          -22 + i * 22,
          0,
        ) +
        line(d`M${-44 + i * 22} 0v-15l11 -11l11 11v15m-17 0v-20m6 20v-26m6 26v-20`, "#ffffff", 1.1),
    )
  );
}

/** Tower crane over a half-built frame. */
export function craneSite(s: Stage): string {
  const yellow = s.paints(["#f0b52e", "#d9503c", "#e8e4d8"]);
  const frame = s.paint("#9a958c");
  const drawing =
    shadow(84) +
    repeat(4, (i) => rect(-42, -14 - i * 13, 46, 3, frame)) +
    repeat(4, (i) => rect(-42 + i * 14.4, -53, 3, 53, frame)) +
    line("M-46 0v-60M8 0v-60M-46 -18h54M-46 -34h54M-46 -50h54", s.paint("#7a5f42"), 0.9) +
    line(
      "M22 0v-94M30 0v-94M22 -4l8 -8l-8 -8l8 -8l-8 -8l8 -8l-8 -8l8 -8l-8 -8l8 -8l-8 -8",
      yellow,
      1.7,
    ) +
    line("M-40 -92h104M-40 -97L26 -110L58 -97M-40 -97h98", yellow, 2) +
    rect(21, -96, 11, 9, yellow) +
    rect(50, -92, 12, 9, "#6b6b68") +
    line("M-24 -92v28", "#2a2d31", 1) +
    rect(-31, -64, 14, 5, s.paint("#a8573f"));
  return at(0, 0, 0.86, drawing);
}

/** New houses in scaffolding with a digger in front. */
export function scaffold(s: Stage): string {
  return (
    house(s, -12, { w: 52, h: 30, roof: 15, wall: "#c08a68", tiles: "#8a6c4a" }) +
    line(
      "M-44 0v-40M-28 0v-40M-12 0v-40M4 0v-40M20 0v-40M-46 -12h70M-46 -25h70M-46 -37h70M-44 -12l16 -13M4 -25l16 -12",
      s.paint("#c9ced0"),
      1.7,
    ) +
    line("M-46 -11h70M-46 -24h70", s.paint("#b58a50"), 1.8) +
    at(30, 8, 0.7, digger(s)) +
    repeat(5, (i) => rect(-52 + i * 12, 2, 11, 9, i % 2 ? s.paint("#e8632c") : "#f6f3ea"))
  );
}

/** Wheelie bins or recycling banks. */
export function bins(s: Stage): string {
  const bin = (x: number, c: string): string =>
    shadow(20, x) +
    poly(c, x - 9, -2, x - 11, -28, x + 11, -28, x + 9, -2) +
    poly(mix(c, "#14171d", 0.35), x + 3, -2, x + 4, -28, x + 11, -28, x + 9, -2) +
    shape(d`M${x - 13} -27q1 -7 13 -7t13 7z`, mix(c, "#ffffff", 0.15)) +
    disc(x - 6, -1, 3, "#1f2226");
  if (s.chance(0.55))
    return bin(-30, s.paint("#2f7a4a")) + bin(-2, s.paint("#2d5fa0")) + bin(26, s.paint("#4a4038"));
  const bank = (x: number, c: string): string =>
    shadow(26, x) +
    shape(d`M${x - 13} 0v-24q0 -14 13 -14t13 14v24z`, c) +
    disc(x, -24, 4.6, "#1f2226") +
    rect(x - 8, -14, 16, 8, "#f6f3ea");
  return bank(-30, s.paint("#3a8a4f")) + bank(0, s.paint("#2d5fa0")) + bank(30, s.paint("#b8702f"));
}

/** Rubbish tip: a heap, gulls, a skip. */
export function landfill(s: Stage): string {
  const scrap = repeat(34, () => {
    const x = s.between(-44, 44);
    const top = -34 * (1 - Math.abs(x) / 56) ** 1.2;
    return rect(
      x,
      s.between(top, 0),
      s.between(3, 8),
      s.between(2, 5),
      s.paints(["#d9d3c4", "#4a6a8a", "#c8553a", "#2b2724", "#e0b83a", "#7a8a6a", "#f4f4f0"]),
    );
  });
  const gulls = repeat(9, () => d`M${s.between(-46, 42)} ${s.between(-66, -38)}q3 -4 5 0q3 -4 5 0`);
  return (
    shape("M-54 3q26 -40 54 -40t54 40z", s.paint("#8a7a66")) +
    scrap +
    line(gulls, "#fbfbf7", 1.5) +
    poly(s.paint("#e0b83a"), 20, 4, 16, -14, 58, -14, 54, 4) +
    poly(s.paint("#b8922a"), 42, 4, 44, -14, 58, -14, 54, 4)
  );
}

/** Roofless, ivied ruin. */
export function ruin(s: Stage): string {
  const stone = s.paints(["#a39b8c", "#9a8a74", "#a8705a"]);
  const dark = mix(stone, "#2a3044", 0.42);
  const ivy = s.paint("#4a6a3c");
  return (
    shadow(80) +
    poly(dark, -30, 0, -30, -22, -12, -26, 10, -20, 30, -27, 30, 0) +
    poly(
      stone,
      -38,
      0,
      -38,
      -27,
      -26,
      -50,
      -20,
      -44,
      -14,
      -28,
      -8,
      -24,
      -4,
      -14,
      8,
      -17,
      12,
      -8,
      24,
      -12,
      28,
      0,
    ) +
    poly(mix(stone, "#2a3044", 0.2), 28, 0, 28, -30, 36, -46, 42, -38, 44, -26, 44, 0) +
    shape("M-31 -8v-12h8v12zM-29 -30h5v8h-5zM-4 0v-9h7v9z", "#20242c") +
    line("M-26 -46L6 -30M-20 -36L18 -30", s.paint("#5a4636"), 1.8) +
    shape(lumps(s, -42, -20, -22, 10), ivy) +
    shape(lumps(s, 30, 47, -24, 12), ivy) +
    shape(lumps(s, -44, -6, 2, 8), s.paint("#6a7a4a")) +
    shape(lumps(s, 12, 50, 2, 9), s.paint("#5f7044"))
  );
}

/** A rusting car or shed, boarded up. */
export function wreck(s: Stage): string {
  if (s.chance(0.5))
    return (
      at(0, 0, 1.4, car({ ...s, paints: () => s.paint("#a0623c") })) +
      shape(lumps(s, -46, 44, 3, 10), s.paint("#6a7a4a"))
    );
  return (
    house(s, 0, { w: 58, h: 25, roof: 13, wall: "#9a9488", tiles: "#7a5a4a" }) +
    poly("#20242c", -14, -28, -6, -37, 8, -35, 4, -27) +
    line(
      "M-24 -22l10 9M-24 -13l10 -9M-8 -22l10 9M-8 -13l10 -9M10 -22l10 9M10 -13l10 -9",
      s.paint("#a5825a"),
      2.4,
    ) +
    shape(lumps(s, -46, -8, 2, 12), s.paint("#55703c")) +
    shape(lumps(s, 8, 46, 2, 9), s.paint("#6a7a4a"))
  );
}

/** Pillbox. */
export function pillbox(s: Stage): string {
  const c = s.paints(["#a8a296", "#8f8c84", "#9a9a8a"]);
  const dark = mix(c, "#2a3044", 0.38);
  return (
    shadow(78) +
    poly(c, -36, 0, -36, -26, -10, -30, 14, -30, 14, 0) +
    poly(dark, 14, 0, 14, -30, 38, -25, 38, 0) +
    poly(mix(c, "#ffffff", 0.2), -39, -25, -10, -33, 16, -33, 41, -27, 14, -28, -10, -27) +
    rect(-28, -19, 15, 5, "#171a20") +
    rect(-6, -20, 15, 5, "#171a20") +
    rect(21, -18, 10, 4.6, "#171a20") +
    shape(lumps(s, -44, -14, 2, 7), s.paint("#5f7a44")) +
    shape(lumps(s, 16, 46, 2, 6), s.paint("#5f7a44"))
  );
}

/** Nissen huts behind a fence. */
export function nissenHuts(s: Stage): string {
  const tin = s.paints(["#7d8a7a", "#8a9298", "#6a7a5c"]);
  const hut = (x: number): string =>
    shadow(34, x) +
    shape(d`M${x - 16} 0q0 -25 16 -25t16 25z`, tin) +
    shape(d`M${x + 5} 0q2 -22 -3 -24.6q14 4 14 24.6z`, mix(tin, "#2a3044", 0.35)) +
    rect(x - 4, -13, 8, 13, "#2f3a34") +
    rect(x - 12, -11, 5, 6, s.mood.glow);
  return (
    hut(-32) +
    hut(0) +
    hut(32) +
    line(
      "M-52 3v-19l3 -3M-26 3v-19l3 -3M0 3v-19l3 -3M26 3v-19l3 -3M52 3v-19l3 -3M-52 -3h104M-52 -10h104M-52 -16h104",
      "#4a4f4a",
      0.9,
    ) +
    line("M44 0v-56", "#7b8288", 1.4) +
    poly(s.paint("#c8303a"), 44, -56, 62, -53, 62, -44, 44, -46)
  );
}

/** Tank on a plinth. */
export function tank(s: Stage): string {
  const green = s.paints(["#5a6a44", "#6a6a48", "#8a7a54"]);
  const dark = mix(green, "#14171d", 0.4);
  return (
    shadow(84) +
    rect(-38, -14, 76, 14, "#26292b", 'rx="7"') +
    repeat(6, (i) => disc(-29 + i * 11.6, -7, 5, dark)) +
    poly(green, -42, -14, -34, -24, 34, -24, 42, -14) +
    shape("M-16 -24q0 -13 8 -14h18q8 2 10 14z", green) +
    rect(14, -34, 40, 3.6, dark) +
    rect(-6, -41, 11, 4, dark) +
    disc(-2, -30, 4, "#f6f3ea") +
    disc(-2, -30, 2, s.paint("#2d4f8a"))
  );
}

/** Martello tower or radar golf balls. */
export function fort(s: Stage): string {
  if (s.chance(0.5))
    return [
      [-26, 17],
      [10, 24],
      [38, 12],
    ]
      .map(
        ([x, r]) =>
          rect(x - r * 0.5, -r * 0.6, r, r * 0.6, s.paint("#8f8d88")) +
          disc(x, -r * 1.2, r, s.paint("#f6f6f2")) +
          shape(
            d`M${x} ${-r * 2.2}a${r} ${r} 0 0 1 0 ${r * 2}q${r * 0.6} ${-r} 0 ${-r * 2}z`,
            s.paint("#c4ccd2"),
          ),
      )
      .join("");
  const brick = s.paints(["#b5785a", "#b5ab98"]);
  return (
    shadow(60) +
    poly(brick, -28, 0, -23, -42, 23, -42, 28, 0) +
    poly(mix(brick, "#2a3044", 0.38), 6, 0, 7, -42, 23, -42, 28, 0) +
    rect(-25, -46, 50, 6, mix(brick, "#ffffff", 0.2)) +
    rect(-4, -28, 8, 11, "#20242c") +
    windows(-22, -24, 14, 12, 1, 1, "#20242c") +
    line("M-8 -48L20 -54", "#20242c", 4)
  );
}
