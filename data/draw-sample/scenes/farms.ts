/** Farms: animals, machines, crops and what they are kept in. */
import { mix } from "./colour";
import { house } from "./houses";
import { at, d, disc, faint, line, lumps, oval, poly, rect, repeat, shadow, shape } from "./pen";
import type { Stage } from "./stage";

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
