import { at, d, disc, faint, line, lit, mix, poly, rect, repeat, shadow, shape, SIZE } from "./pen";
import type { Stage } from "./pen";
import { car } from "./houses";
import { waterFill } from "./nature";

/** Ways through the picture in perspective, and those that need no more: roads, paths, rivers. Drawn in pixels. */

/** A way in perspective: its centre and half-width at distance z (1 at the bottom edge, growing to the horizon). */
export interface Way {
  at(z: number): { x: number; y: number; w: number };
}

/** A way of half-width `half` at the bottom, from somewhere below to somewhere on the horizon, gently bent. */
export function way(s: Stage, half: number, bend = 26): Way {
  const from = s.between(60, 164);
  const to = s.between(76, 148);
  const bow = s.between(-bend, bend);
  const top = s.horizon + 9;
  return {
    at: (z) => {
      const near = 1 / z;
      const curve = Math.sin(near * Math.PI * 1.15) * bow;
      return {
        x: to + (from - to) * near + curve * (1 - near) * 1.6,
        y: top + (SIZE + 6 - top) * near,
        w: half * near,
      };
    },
  };
}

const STEPS = [1, 1.2, 1.5, 1.9, 2.5, 3.4, 5, 8, 14, 30];

/** The strip of a way between two offsets, in half-widths (-1 left edge, 1 right edge). */
export function strip(road: Way, a: number, b: number, fill: string, more = ""): string {
  const side =
    (k: number) =>
    (z: number): string => {
      const p = road.at(z);
      return d`${p.x + p.w * k} ${p.y}`;
    };
  return shape(
    "M" + STEPS.map(side(a)).join("L") + "L" + [...STEPS].reverse().map(side(b)).join("L") + "z",
    fill,
    more,
  );
}

export function cross(road: Way, z: number, a: number, b: number, thick: number): string {
  const p = road.at(z);
  const h = Math.max(0.5, thick / z);
  return (
    d`M${p.x + p.w * a} ${p.y}L${p.x + p.w * b} ${p.y}l${-(p.w * (b - a)) * 0.01} ${-h}` +
    d`L${p.x + p.w * a} ${p.y - h}z`
  );
}

export function road(s: Stage): string {
  const r = way(s, s.between(58, 84), 40);
  const tar = s.paints(["#6f7479", "#7d8083", "#62676e"]);
  const edge = s.paint("#f3f1e6");
  const dashes = STEPS.slice(0, 8)
    .map((z) => cross(r, z * 1.06, -0.025, 0.025, 14))
    .join("");
  const vehicles = s.chance(0.6) ? traffic(s, r) : "";
  return (
    strip(r, -1.22, 1.22, s.paint(mix(s.season.grass[1], "#c9b98a", 0.35))) +
    strip(r, -1, 1, s.gradient(mix(tar, s.mood.haze, 0.35), tar)) +
    strip(r, -0.94, -0.9, edge) +
    strip(r, 0.9, 0.94, edge) +
    shape(dashes, edge) +
    roadSigns(s, r) +
    vehicles
  );
}

function traffic(s: Stage, r: Way): string {
  const p = r.at(s.between(2, 3.4));
  const k = p.w / 46;
  return at(p.x - p.w * 0.45, p.y, k, s.chance(0.3) ? lorry(s) : carBack(s));
}

function carBack(s: Stage): string {
  const body = s.paints(["#b93a32", "#2f5f8f", "#dcdcd8", "#3d444c", "#d9a93c"]);
  return (
    shadow(34) +
    rect(-14, -4, 5, 5, "#1f2226") +
    rect(9, -4, 5, 5, "#1f2226") +
    shape("M-16 -3v-9l4 -10q12 -4 24 0l4 10v9z", body) +
    shape("M-11 -13l2.5 -7q8 -2 17 0l2.5 7z", "#34434f") +
    rect(-15, -11, 5, 3, "#d9402f") +
    rect(10, -11, 5, 3, "#d9402f") +
    rect(-4, -8, 8, 3, "#f2d74a")
  );
}

function lorry(s: Stage): string {
  return (
    shadow(40) +
    rect(-17, -44, 34, 40, s.paints(["#e8e6de", "#3a6aa5", "#c8553a"])) +
    rect(-17, -6, 34, 3, "#2a2d31") +
    rect(-14, -4, 6, 5, "#1f2226") +
    rect(8, -4, 6, 5, "#1f2226")
  );
}

function roadSigns(s: Stage, r: Way): string {
  const p = r.at(1.9);
  const k = p.w / 40;
  const post = line("M0 0v-34", "#8a9096", 2);
  const face = s.random.pick([
    disc(0, -40, 8, "#c8302f") + disc(0, -40, 5.6, "#fff"),
    poly("#c8302f", -9, -34, 0, -50, 9, -34) + poly("#fff", -5.6, -36, 0, -45.6, 5.6, -36),
    rect(-18, -46, 36, 15, "#1f6a48") +
      rect(-15, -42, 24, 2, "#fff") +
      rect(-15, -37, 16, 2, "#fff"),
  ]);
  return s.chance(0.6) ? at(p.x + p.w * 1.3, p.y, k * 0.8, post + face) : "";
}

/** Side view of a road with a bus going by. */
export function busRoad(s: Stage): string {
  const y = s.between(176, 196);
  const tar = s.paint("#6d7277");
  const paintwork = s.paints(["#c8302f", "#2f7a4a", "#e0b83a"]);
  const bus =
    shadow(80) +
    rect(-40, -42, 80, 38, paintwork, 'rx="4"') +
    rect(-37, -38, 74, 11, "#33424f") +
    rect(-37, -22, 60, 10, "#33424f") +
    rect(26, -22, 9, 18, "#4a5a66") +
    disc(-24, -4, 6.5, "#1f2226") +
    disc(22, -4, 6.5, "#1f2226") +
    line("M-24 -38v26M-10 -38v26M4 -38v26M18 -38v26", paintwork, 1.6);
  return (
    rect(-2, y - 12, 228, 26, s.gradient(lit(tar, "#e0e0e0"), tar)) +
    rect(-2, y - 14, 228, 2.4, s.paint("#d3cfc2")) +
    line(d`M-4 ${y + 1}h232`, s.paint("#f3f1e6"), 1.6, 'stroke-dasharray="14 10"') +
    at(s.between(50, 170), y, 0.85, s.chance(0.6) ? bus : at(0, 0, 1.1, car(s)))
  );
}

/** A trodden or gravelled path, narrow, bending. */
export function path(s: Stage): string {
  const r = way(s, s.between(20, 30), 78);
  const earth = s.paints(["#c9b088", "#d9c8a0", "#b5976d", "#c4b7a0"]);
  const p = r.at(1.7);
  const post =
    line("M0 0v-34", "#7a5f42", 4) +
    poly("#8a6c4a", 0, -33, 18, -33, 23, -29.5, 18, -26, 0, -26) +
    line("M4 -29.5h10", "#f2d84a", 2);
  return (
    strip(r, -1.18, 1.1, s.paint(mix(s.season.grass[2], "#6a5a3c", 0.4)), faint(0.7)) +
    strip(r, -1, 1, s.gradient(mix(earth, s.mood.haze, 0.3), earth)) +
    strip(r, -0.2, 0.15, mix(earth, "#ffffff", 0.2), faint(0.6)) +
    (s.chance(0.6) ? at(p.x + p.w * 1.7, p.y, 0.9, post) : "")
  );
}

/** River winding down from the hills, with a bank on each side. */
export function river(s: Stage): string {
  const r = way(s, s.between(40, 62), 95);
  const bank = s.paint(mix(s.season.grass[2], "#5a5038", 0.5));
  const white = line(
    repeat(12, (i) => {
      const p = r.at(1 + i * 0.35);
      const w = p.w * s.between(0.2, 0.5);
      return d`M${p.x + p.w * s.between(-0.7, 0.3)} ${p.y}q${w / 2} ${-w * 0.12} ${w} 0`;
    }),
    "#ffffff",
    1.3,
    faint(0.6),
  );
  const bridge = s.chance(0.35) ? stoneBridge(s, r.at(4.2)) : "";
  return strip(r, -1.2, 1.2, bank) + strip(r, -1, 1, waterFill(s)) + white + bridge;
}

export function stoneBridge(s: Stage, p: { x: number; y: number; w: number }): string {
  const stone = s.paints(["#b5a88e", "#a39b90", "#a8654c"]);
  const dark = mix(stone, "#2a3044", 0.45);
  return at(
    p.x,
    p.y + 3,
    Math.max(0.5, p.w / 20),
    shape("M-52 4q52 -34 104 0v6h-30q-22 -30 -44 0h-30z", stone) +
      line("M-52 3q52 -34 104 0", mix(stone, "#ffffff", 0.25), 3) +
      line("M-22 10q22 -30 44 0", dark, 2.4),
  );
}
