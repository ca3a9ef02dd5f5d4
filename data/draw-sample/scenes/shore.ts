/** The coast: headlands, islands, harbours, boats, mud and what stands beside the sea. */
import { mix } from "./colour";
import { house } from "./houses";
import { SIZE, at, d, disc, faint, line, oval, poly, rect, repeat, shadow, shape } from "./pen";
import type { Stage } from "./stage";

/** Chalk or rock headland running into the sea from one side. Drawn in pixels. */
export function headland(s: Stage): string {
  const left = s.chance(0.5);
  const top = s.horizon - s.between(14, 46);
  const reach = s.between(80, 140);
  const foot = s.horizon + 9;
  const x = (v: number): number => (left ? v : SIZE - v);
  s.depth = 0.3;
  const rock = s.paints(["#efeadb", "#b07a5a", "#8d8a86", "#a08468"]);
  const dark = mix(rock, "#3a465a", 0.35);
  const turf = s.paint(s.season.grass[0]);
  const strata = line(
    repeat(
      5,
      (i) =>
        d`M${x(reach * (0.25 + i * 0.14))} ${top + 6 + i * 5}L${x(reach * (0.29 + i * 0.15))} ${foot}`,
    ),
    dark,
    2.4,
  );
  return (
    poly(
      rock,
      x(-5),
      top,
      x(reach * 0.5),
      top + 3,
      x(reach * 0.82),
      top + 14,
      x(reach),
      foot,
      x(-5),
      foot + 8,
    ) +
    strata +
    poly(
      turf,
      x(-5),
      top - 6,
      x(reach * 0.35),
      top - 3,
      x(reach * 0.84),
      top + 14,
      x(reach * 0.5),
      top + 8,
      x(-5),
      top + 9,
    ) +
    line(d`M${x(reach + 3)} ${foot}L${x(-5)} ${foot + 8}`, "#ffffff", 2) +
    (s.chance(0.4)
      ? poly(
          rock,
          x(reach + 12),
          foot,
          x(reach + 15),
          foot - 18,
          x(reach + 22),
          foot - 20,
          x(reach + 27),
          foot,
        )
      : "")
  );
}

/** Island out at sea. Drawn in pixels. */
export function island(s: Stage): string {
  const x = s.between(66, 158);
  const w = s.between(44, 78);
  const y = s.horizon + s.between(3, 12);
  const h = s.between(16, 36);
  s.depth = 0.3;
  const rock = s.paint("#857c70");
  const turf = s.paint(mix(s.season.grass[2], "#4c6a52", 0.2));
  const shapeOf = (k: number, lift: number): string =>
    d`M${x - w * k} ${y - lift}q${w * 0.25} ${-h * 0.7} ${w * 0.62} ${-h * 0.8 * k}` +
    d`q${w * 0.3} ${-h * 0.5} ${w * 0.55} ${h * 0.2}q${w * 0.5} ${h * 0.1} ${(2 * k - 1.17) * w} ${h * 0.6 * k}z`;
  const huts = s.chance(0.55)
    ? repeat(
        3,
        (i) =>
          rect(x - 12 + i * 11, y - h * 0.42 - i, 6, 4, s.paint("#f4efe4")) +
          poly(
            s.paint("#7a5a4a"),
            x - 13 + i * 11,
            y - h * 0.42 - i,
            x - 9 + i * 11,
            y - h * 0.42 - i - 3.4,
            x - 5 + i * 11,
            y - h * 0.42 - i,
          ),
      )
    : "";
  return (
    shape(shapeOf(1, 0), s.gradient(turf, mix(turf, rock, 0.5), rock)) +
    huts +
    oval(x + w * 0.15, y + 1, w * 1.25, 2, "#ffffff", faint(0.75)) +
    oval(x + w * 0.15, y + 8, w * 1.1, 4, turf, faint(0.25))
  );
}

/** Lighthouse, on the horizon or on land. */
export function lighthouse(s: Stage): string {
  const red = s.paint("#c8383a");
  return (
    shape("M-26 4q4 -10 26 -10t28 10z", s.paint("#7d766c")) +
    poly(s.paint("#f8f5ec"), -9, -4, -5.5, -60, 5.5, -60, 9, -4) +
    (s.chance(0.6)
      ? poly(red, -8.2, -16, -7.2, -30, 7.2, -30, 8.2, -16) +
        poly(red, -6.4, -44, -5.5, -58, 5.5, -58, 6.4, -44)
      : "") +
    poly("#2a3044", 2, -4, 2, -60, 5.5, -60, 9, -4).replace("/>", ' fill-opacity=".18"/>') +
    rect(-7.5, -62, 15, 2.6, "#2a3036") +
    rect(-4.5, -71, 9, 9, "#ffe9a0") +
    shape("M-5.5 -71q5.5 -9 11 0z", red) +
    rect(12, -13, 20, 10, s.paint("#f8f5ec")) +
    poly(s.paint("#6d6f78"), 10, -13, 15, -20, 29, -20, 34, -13)
  );
}

/** Sailing dinghy. */
export function sailboat(s: Stage): string {
  return (
    oval(0, 2, 26, 2.4, "#20404c", faint(0.35)) +
    shape("M-22 -6h44q-3 8 -10 8h-24q-8 0 -10 -8z", s.paints(["#b93a32", "#f2efe6", "#2d4f8a"])) +
    line("M0 -6v-56", "#5b4636", 1.6) +
    poly(s.paints(["#fbf8ee", "#c8553a", "#f2d27a"]), 2, -60, 26, -11, 2, -11) +
    poly(s.paint("#fbf8ee"), -2, -54, -18, -11, -2, -11)
  );
}

/** A sail or two far out. Drawn in pixels. */
export function farSail(s: Stage): string {
  return repeat(2, () =>
    at(s.between(16, 208), s.horizon + s.between(3, 14), s.between(0.14, 0.26), sailboat(s)),
  );
}

/** Fishing boat with a wheelhouse. */
function trawler(s: Stage): string {
  const hull = s.paints(["#2d5fa0", "#b93a32", "#2f6a4a", "#2b3440"]);
  return (
    oval(0, 3, 40, 3, "#20404c", faint(0.35)) +
    shape("M-38 -16q10 6 36 6t32 -4q6 -2 10 -6l-6 22h-60q-8 -4 -12 -18z", hull) +
    line("M-38 -16q10 6 36 6t32 -4q6 -2 10 -6", "#f2efe6", 2) +
    rect(4, -32, 18, 20, s.paint("#f6f3ea")) +
    rect(7, -29, 12, 7, "#34434f") +
    rect(2, -34, 22, 3, hull) +
    line("M-10 -10v-42M-10 -50L-32 -14M-10 -50L12 -34M16 -34v-14", "#4a3a30", 1.3) +
    disc(-20, -6, 2.6, "#e0833a") +
    disc(-13, -5, 2.6, "#e0833a")
  );
}

/** A ship with containers or a ferry, for docks. */
function ship(s: Stage): string {
  const hull = s.paints(["#2b3a4a", "#8a2f2f", "#2d4f8a"]);
  if (s.chance(0.4))
    return (
      shape("M-52 -14h104l-8 18h-88z", hull) +
      rect(-40, -28, 80, 14, "#f6f5ee") +
      rect(-30, -38, 60, 10, "#f6f5ee") +
      line("M-36 -21h72M-26 -33h52", "#34434f", 2.6, 'stroke-dasharray="4 2"') +
      poly(s.paint("#c8383a"), 6, -38, 8, -52, 18, -52, 20, -38)
    );
  return (
    shape("M-56 -12h112l-8 16h-94q-8 -4 -10 -16z", hull) +
    repeat(12, (i) =>
      rect(
        -44 + (i % 6) * 11,
        -20 - Math.floor(i / 6) * 8,
        10.4,
        7.6,
        s.paints(["#c8553a", "#3a6aa5", "#4a8a6a", "#d9a93c"]),
      ),
    ) +
    rect(26, -42, 18, 30, "#f6f5ee") +
    line("M28 -37h14", "#34434f", 3)
  );
}

/** Harbour: stone pier, moored boats, bollards and coloured houses. Drawn in pixels. */
export function harbour(s: Stage): string {
  const y = s.shore;
  const left = s.chance(0.5);
  const stone = s.paints(["#a39b8c", "#8f8d88", "#b5a88e"]);
  const dark = mix(stone, "#2a3044", 0.4);
  const x = (v: number): number => (left ? v : SIZE - v);
  s.depth = 0.25;
  const colours = ["#f2d9a0", "#e9b5a0", "#a9cdd6", "#f4efe4", "#d98a7a", "#b9d3a8"];
  const row = repeat(5, (i) =>
    at(
      x(12 + i * 19),
      s.horizon + 10,
      0.62,
      house(s, 0, {
        w: 30,
        h: s.between(32, 42),
        roof: 12,
        wall: colours[(i + s.random.below(2)) % 6],
        storeys: 3,
      }),
    ),
  );
  const quay =
    poly(
      mix(stone, "#ffffff", 0.15),
      x(-5),
      s.horizon + 9,
      x(112),
      s.horizon + 9,
      x(112),
      s.horizon + 14,
      x(-5),
      s.horizon + 16,
    ) +
    poly(
      dark,
      x(-5),
      s.horizon + 15,
      x(112),
      s.horizon + 13,
      x(112),
      s.horizon + 20,
      x(-5),
      s.horizon + 26,
    );
  s.depth = 0;
  const pier =
    poly(
      stone,
      x(230),
      s.horizon + 20,
      x(150),
      s.horizon + 26,
      x(150),
      s.horizon + 31,
      x(230),
      s.horizon + 28,
    ) +
    poly(
      dark,
      x(230),
      s.horizon + 27,
      x(150),
      s.horizon + 30,
      x(150),
      s.horizon + 37,
      x(230),
      s.horizon + 38,
    ) +
    at(x(158), s.horizon + 27, 0.33, lighthouse(s));
  const boats = repeat(3, (i) =>
    at(
      x(56 + i * 56 + s.between(-14, 14)),
      s.horizon + 36 + i * ((y - s.horizon - 44) / 3),
      0.62 + i * 0.16,
      s.chance(0.65) ? trawler(s) : sailboat(s),
      s.chance(0.5) ? 1 : -1,
    ),
  );
  return (
    row +
    quay +
    pier +
    boats +
    at(s.between(20, 60), y + 32, 0.9, bollard(s)) +
    (s.chance(0.5) ? at(s.between(130, 200), y + 34, 0.8, pots(s)) : "")
  );
}

function bollard(s: Stage): string {
  return (
    shadow(20) +
    shape("M-6 0q2 -8 0 -14q-3 -6 6 -6t6 6q-2 6 0 14z", s.paint("#2f3438")) +
    line("M6 -12q26 6 44 -10", "#d9c79a", 2)
  );
}

function pots(s: Stage): string {
  return repeat(
    3,
    (i) =>
      shape(d`M${-30 + i * 22} 0v-9q0 -8 9 -8t9 8v9z`, s.paint("#5a6a5c")) +
      line(d`M${-30 + i * 22} -6h18m-13 -10v16m8 -16v16`, s.paints(["#e0833a", "#4a90c0"]), 1.2),
  );
}

/** Dockside cranes with a ship behind the quay. */
export function dockCranes(s: Stage): string {
  const crane = (x: number, c: string): string =>
    line(d`M${x - 12} 0L${x - 6} -50M${x + 12} 0L${x + 6} -50M${x - 10} -16h20`, c, 3) +
    rect(x - 9, -60, 18, 12, c) +
    line(d`M${x} -58L${x - 44} -88M${x} -84L${x - 44} -88M${x} -58v-28L${x + 14} -58`, c, 2) +
    line(d`M${x - 42} -87v34`, "#2a2d31", 0.9) +
    rect(x - 46, -54, 9, 6, s.paint("#c8553a"));
  const c = s.paints(["#3a6aa5", "#d9a93c", "#b8553a", "#4a6a78"]);
  return crane(-14, c) + at(6, 2, 0.8, ship(s)) + crane(40, mix(c, "#ffffff", 0.1));
}

/** Mudflats with creeks shining in them and a stranded boat. Drawn in pixels. */
export function mudflats(s: Stage): string {
  const low = s.mood.sky[s.mood.sky.length - 1];
  const shine = mix(low, "#7d97a0", 0.2);
  s.depth = 0.1;
  const creek = (x: number, k: number): string =>
    d`M${x} ${s.shore + 4}q${20 * k} 12 ${-6 * k} 22q${-30 * k} 12 ${8 * k} 34q${30 * k} 16 ${-20 * k} 34` +
    d`h${16 + 10 * Math.abs(k)}q${34 * k} -20 ${6 * k} -36q${-24 * k} -12 ${6 * k} -30q${20 * k} -10 ${6 * k} -24z`;
  const waders = repeat(6, () =>
    at(
      s.between(20, 204),
      s.between(s.shore + 14, 212),
      0.5,
      oval(0, -9, 6, 3.6, "#3f3a38") +
        line("M-2 -6v7M2 -6v7M6 -10l9 2", "#3f3a38", 1.1) +
        disc(5, -12, 2.2, "#3f3a38"),
    ),
  );
  const boat = s.chance(0.7)
    ? at(
        s.between(50, 174),
        s.shore + s.between(18, 34),
        0.85,
        `<g transform="rotate(-9)">${sailboat(s)
          .replace(/<ellipse[^>]*>/, "")
          .replace(/<polygon[^>]*>/g, "")}</g>`,
      )
    : "";
  return (
    shape(creek(s.between(50, 90), 1), shine) +
    shape(creek(s.between(120, 180), -0.8), shine) +
    waders +
    boat
  );
}

/** Beach huts and deckchairs. */
export function beachHuts(s: Stage): string {
  return repeat(4, (i) => {
    const x = -36 + i * 24;
    const c = s.paints(["#d9706a", "#6aa5c9", "#f2d27a", "#8fc4a0", "#f4efe4"]);
    return (
      shadow(20, x) +
      rect(x - 10, -22, 20, 22, c) +
      poly(mix(c, "#2a3044", 0.25), x - 12, -21, x, -35, x + 12, -21) +
      rect(x - 5, -17, 10, 17, mix(c, "#ffffff", 0.55))
    );
  });
}
