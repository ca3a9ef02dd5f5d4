/** Ways through the picture, in perspective or across it: roads, paths, rivers, railways, canals. Drawn in pixels. */
import { lit, mix } from "./colour";
import { car } from "./houses";
import { waterFill } from "./nature";
import { SIZE, at, d, disc, faint, line, oval, poly, rect, repeat, shadow, shape } from "./pen";
import type { Stage } from "./stage";

/** A way in perspective: its centre and half-width at distance z (1 at the bottom edge, growing to the horizon). */
interface Way {
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
function strip(road: Way, a: number, b: number, fill: string, more = ""): string {
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

function cross(road: Way, z: number, a: number, b: number, thick: number): string {
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

function stoneBridge(s: Stage, p: { x: number; y: number; w: number }): string {
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

/** Railway in perspective: ballast, sleepers, rails, sometimes a train or signal. */
export function railway(s: Stage): string {
  const r = way(s, s.between(54, 68), 20);
  const p = r.at(2.6);
  const sleepers = repeat(26, (i) => cross(r, 1 + i * 0.18 + i * i * 0.02, -0.82, 0.82, 6));
  const rail = (k: number): string =>
    strip(r, k - 0.045, k + 0.045, s.paint("#5d4a40")) +
    strip(r, k - 0.02, k + 0.025, s.paint("#dfe3e6"));
  const train = s.chance(0.55) ? at(r.at(2.1).x, r.at(2.1).y, r.at(2.1).w / 26, trainFront(s)) : "";
  const signal =
    line("M0 0v-58", "#6b7278", 2.4) +
    (s.chance(0.5)
      ? rect(-4, -74, 8, 18, "#1f2327") +
        disc(0, -69, 2.6, "#e03a2f") +
        disc(0, -61, 2.6, "#4a4f55")
      : poly("#d0362c", 0, -58, 26, -50, 26, -44, 0, -50) + rect(19, -53.5, 3, 8, "#fff"));
  return (
    strip(r, -1.5, 1.5, s.paint(mix("#a39a8c", s.season.grass[2], 0.35))) +
    strip(r, -1.08, 1.08, s.paint("#a89c8e")) +
    shape(sleepers, s.paint("#5f5148")) +
    rail(-0.56) +
    rail(0.56) +
    train +
    (s.chance(0.75) ? at(p.x + p.w * 1.75, p.y, 0.95, signal) : "")
  );
}

function trainFront(s: Stage): string {
  if (s.chance(0.35)) return steamFront(s);
  const colour = s.paints(["#2d4a8a", "#3a7a5a", "#8a2f45", "#d9dad6"]);
  return (
    rect(-21, -5, 42, 5, "#25282c") +
    shape("M-22 -4v-34q2 -14 10 -15h24q8 1 10 15v34z", colour) +
    shape("M-22 -4v-14h44v14z", s.paint("#f2c530")) +
    shape("M-18 -24v-14q2 -9 8 -10h8v24zM2 -24v-24h8q6 1 8 10v14z", "#26323c") +
    disc(-15, -11, 2.4, "#fffbe0") +
    disc(15, -11, 2.4, "#fffbe0") +
    rect(-6, -57, 12, 4, "#3a4046")
  );
}

function steamFront(s: Stage): string {
  const smoke = repeat(5, (i) =>
    disc(6 + i * 9, -66 - i * 10, 8 + i * 3.4, s.paint("#f4f4f0"), faint(0.75)),
  );
  return (
    smoke +
    rect(-22, -9, 44, 6, s.paint("#b8302c")) +
    rect(-19, -40, 38, 32, s.paint("#2f5a42")) +
    disc(0, -30, 17, s.paint("#23282c")) +
    disc(0, -30, 13, s.paint("#30363b")) +
    rect(-4, -60, 8, 15, "#23282c") +
    rect(-6, -62, 12, 4, "#23282c") +
    disc(-15, -6, 3.4, "#d9d9d0") +
    disc(15, -6, 3.4, "#d9d9d0") +
    disc(0, -30, 2.2, "#d9b24a")
  );
}

/** A viaduct with a train crossing it, side on. */
export function viaduct(s: Stage): string {
  const y = s.horizon + s.between(-8, 6);
  const stone = s.paints(["#a8654c", "#a39b90", "#b5a88e"]);
  const dark = mix(stone, "#2a3044", 0.4);
  const foot = s.horizon + 44;
  let arches = "";
  for (let x = -20; x < 240; x += 34) arches += d`M${x} ${foot}V${y + 24}q13 -24 26 0V${foot}z`;
  const livery = s.paints(["#8a2f45", "#2d4a8a", "#3a7a5a", "#c9822f"]);
  const x = s.between(0, 90);
  const coach = (i: number): string =>
    rect(x + i * 38, y - 12, 36, 11, livery, 'rx="1.5"') +
    rect(x + i * 38 + 2, y - 10, 32, 4, "#f6e7b4");
  const engine =
    rect(x + 114, y - 11, 26, 9, s.paint("#2f5a42")) +
    rect(x + 114, y - 15, 9, 13, s.paint("#2f5a42")) +
    rect(x + 133, y - 18, 4, 8, "#23282c") +
    repeat(5, (i) =>
      disc(x + 132 - i * 13, y - 24 - i * 3, 4 + i * 2.2, s.paint("#f4f4f0"), faint(0.8)),
    );
  return (
    `<path d="${d`M-5 ${y}h234V${foot}H-5z`}${arches}" fill="${stone}" fill-rule="evenodd"/>` +
    rect(-5, y - 1, 234, 3, mix(stone, "#ffffff", 0.25)) +
    line(arches.replace(/V[\d.]+z/g, ""), dark, 1.6) +
    repeat(3, coach) +
    engine
  );
}

/** Canal in perspective: water, coping, towpath, a moored narrowboat, sometimes a lock or a bridge. */
export function canal(s: Stage): string {
  const r = way(s, s.between(56, 70), 26);
  const coping = s.paint("#d0c4ac");
  const tow = s.paint("#c4ad86");
  const side = s.chance(0.5) ? 1 : -1;
  const p = r.at(2.1);
  const hedge = r.at(3);
  const extra = s.chance(0.5)
    ? lockGates(s, r.at(1.3))
    : s.chance(0.7)
      ? stoneBridge(s, r.at(5))
      : "";
  return (
    strip(r, side * 1, side * 1.75, tow) +
    strip(r, side * 1.35, side * 1.5, s.paint(s.season.grass[1]), faint(0.7)) +
    strip(r, -1.08, 1.08, coping) +
    strip(r, -1, 1, waterFill(s)) +
    strip(r, -side * 1.02, -side * 0.55, s.paint("#2f4a3c"), faint(0.3)) +
    line(
      repeat(
        7,
        () => d`M${hedge.x + s.between(-18, 18)} ${s.between(hedge.y, 214)}h${s.between(6, 20)}`,
      ),
      "#ffffff",
      1,
      faint(0.45),
    ) +
    (extra === "" || s.chance(0.75)
      ? at(p.x - side * p.w * 0.3, p.y + 6, p.w / 25, boatFront(s))
      : "") +
    extra
  );
}

function lockGates(s: Stage, p: { x: number; y: number; w: number }): string {
  const wood = s.paint("#4a3b30");
  const k = p.w / 34;
  return at(
    p.x,
    p.y,
    k,
    rect(-34, -12, 34, 24, wood) +
      rect(0, -12, 34, 24, mix(wood, "#000000", 0.25)) +
      line("M-34 -4h68M-34 4h68", mix(wood, "#ffffff", 0.2), 1.2) +
      line("M-2 -14L-62 -24M2 -14L62 -24", "#1f2225", 5) +
      line("M-52 -22.4l-10 -1.7M52 -22.4l10 -1.7", "#f6f4ec", 5.4) +
      line("M-6 -12v-12M6 -12v-12", "#2a2d31", 2),
  );
}

function boatFront(s: Stage): string {
  const hull = s.paint("#22303a");
  const cabin = s.paints(["#a8322f", "#2f6a4a", "#2d4f8a", "#6a3a6a"]);
  const trim = s.paint("#f0c648");
  return (
    oval(0, 2, 20, 3, "#1d2a30", faint(0.4)) +
    poly(cabin, -10, -9, -9, -25, 9, -25, 10, -9) +
    poly(mix(cabin, "#ffffff", 0.2), -9, -25, -5, -30, 7, -30, 9, -25) +
    shape("M-15 -12q15 8 30 0l-4 13q-11 4 -22 0z", hull) +
    line("M-15 -12q15 8 30 0", trim, 2) +
    rect(-3, -22, 6, 11, trim) +
    disc(0, -4, 3, s.paint("#e9e4d4"))
  );
}

/** Canal side on: towpath in front, narrowboat, hedge or brick bridge behind. */
export function canalSide(s: Stage): string {
  const y = s.between(160, 172);
  const brick = s.paints(["#a8573f", "#b5704f"]);
  const x = s.between(52, 172);
  const bx = s.between(30, 194);
  const bridge = at(
    bx,
    y,
    1.15,
    `<path d="M-44 0v-20q44 -32 88 0v20zM-20 0q0 -28 20 -28q20 0 20 28z" fill="${brick}" fill-rule="evenodd"/>` +
      line("M-44 -20q44 -32 88 0", s.paint("#d9cbb0"), 3) +
      line("M-20 0q0 -28 20 -28q20 0 20 28", mix(brick, "#2a3044", 0.4), 2.4),
  );
  return (
    bridge +
    rect(-2, y - 1, 228, 36, waterFill(s)) +
    rect(-2, y - 2, 228, 2.6, s.paint("#5f7a4a")) +
    line(
      repeat(7, () => d`M${s.between(0, 200)} ${s.between(y + 8, y + 30)}h${s.between(8, 26)}`),
      "#fff",
      1,
      faint(0.4),
    ) +
    rect(-2, y + 33, 228, 5, s.paint("#d0c4ac")) +
    rect(-2, y + 38, 228, 30, s.gradient(s.paint("#c9b38c"), s.paint("#a08a64"))) +
    at(x, y + 21, 1.15, narrowboat(s), s.chance(0.5) ? 1 : -1)
  );
}

/** Narrowboat from the side. */
function narrowboat(s: Stage): string {
  const cabin = s.paints(["#a8322f", "#2f6a4a", "#2d4f8a", "#6a3a6a"]);
  const hull = s.paint("#22303a");
  const trim = s.paint("#f0c648");
  return (
    oval(0, 3, 66, 4, "#1d2a30", faint(0.35)) +
    rect(-42, -19, 88, 15, cabin) +
    rect(-44, -21, 92, 3, mix(cabin, "#ffffff", 0.35)) +
    line("M-40 -16.5h84M-40 -6.5h84", trim, 1) +
    repeat(
      4,
      (i) => disc(-30 + i * 14, -11.5, 3.2, trim) + disc(-30 + i * 14, -11.5, 2.3, "#34434f"),
    ) +
    rect(24, -15, 16, 8, "#34434f") +
    shape("M-64 -8h124l4 -2q0 12 -8 12h-108q-10 0 -16 -12z", hull) +
    line("M-64 -8h124", trim, 1.6) +
    rect(-20, -28, 3, 8, "#2a2d31") +
    repeat(5, (i) => disc(-4 + i * 5, -23, 2, s.paints(["#d9503c", "#f0c648", "#5a9a5c"]))) +
    line("M52 -9v-10l8 -2", "#2a2d31", 1.4)
  );
}
