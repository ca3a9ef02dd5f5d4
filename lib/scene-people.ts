import { at, d, disc, line, lumps, faint, mix, oval, poly, rect, repeat, shadow, shape, windows } from "./scene-pen";
import type { Stage } from "./scene-pen";
import { way } from "./scene-ways";

/** People and play, parks, graves, walls and gates, messages and aeroplanes. */

export function person(s: Stage): string {
  const coat = s.paints(["#c8383a", "#2d5fa0", "#3a8a5a", "#e0a83a", "#6a4a8a", "#d9d3c4"]), legs = s.paints(["#2d3a5a", "#4a4038", "#22252a"]);
  return shadow(14) + line("M-2.4 0l0.6 -15M3 0l-1.2 -15", legs, 3.6) + shape("M-6 -14q-1 -18 6 -18t6 18z", coat) + line("M-5 -28l-4 11M5 -28l4 11", coat, 2.8) + disc(0, -36, 4.4, s.paints(["#e8bfa0", "#c68c66", "#8a5a3f"])) + shape("M-4.6 -36q0 -6 4.6 -6t4.6 6q-4 -3 -9.2 0z", "#3a2a22");
}

/** A group of walkers or spectators. */
export function crowd(s: Stage): string {
  return repeat(9, (i) => at(-46 + (i % 5) * 22 + s.between(-5, 5) + (i > 4 ? 10 : 0), i > 4 ? 4 : -8, i > 4 ? 1.15 : 0.9, person(s), s.chance(0.5) ? 1 : -1));
}

/** Fair: marquee, bunting, people. */
export function fair(s: Stage): string {
  const a = s.paints(["#c8383a", "#2d5fa0", "#e0a83a"]), flags = repeat(12, (i) => poly(s.paints(["#c8383a", "#2d5fa0", "#f2d24a", "#3a8a5a"]), -60 + i * 10, -62 + Math.sin(i * 0.55) * 5, -53 + i * 10, -62 + Math.sin(i * 0.55) * 5, -56.5 + i * 10, -53));
  return shadow(70) + rect(-32, -22, 56, 22, "#f6f0e2") + repeat(4, (i) => rect(-32 + i * 14, -22, 7, 22, a)) + poly(a, -38, -21, -4, -48, 30, -21) + poly("#f6f0e2", -16, -21, -4, -48, 8, -21) + line("M-62 -64q60 16 124 0", "#4a4038", 0.8) + flags + repeat(4, (i) => at(-44 + i * 28, 6, 0.9, person(s)));
}

/** Football pitch with a goal and players. Drawn in pixels. */
export function pitch(s: Stage): string {
  const y = s.horizon + 18, stripes = repeat(6, (i) => poly(i % 2 ? s.paint("#5f9a48") : s.paint("#6fab54"), 30 + i * 28, y, 58 + i * 28, y, -100 + (i + 1) * 72, 226, -100 + i * 72, 226));
  const white = "#ffffff", gx = s.between(80, 144), gy = s.horizon + 36;
  return stripes + line(d`M-30 ${y + 26}H250M30 ${y}L-100 226M198 ${y}L330 226M60 ${y + 60}q60 -24 110 0`, white, 1.6, faint(0.85)) + line(d`M${gx - 30} ${gy}v-27h60v27`, white, 2.6) + line(repeat(9, (i) => d`M${gx - 28 + i * 7} ${gy - 26}v24`) + repeat(3, (i) => d`M${gx - 28} ${gy - 20 + i * 7}h56`), white, 0.5, faint(0.8)) +
    repeat(4, () => at(s.between(30, 194), s.between(160, 196), 0.75, person(s))) + disc(s.between(70, 150), 202, 3.4, white);
}

/** Golf flag on a green with a bunker. */
export function golf(s: Stage): string {
  return oval(0, 2, 58, 13, s.paint("#8fc768")) + oval(-36, 12, 22, 6, s.paint("#e8d9ac")) + line("M6 2v-60", "#f6f3ea", 2) + poly(s.paints(["#d9303a", "#f2c530"]), 7, -62, 32, -54, 7, -45) + oval(6, 2.6, 3.4, 1.2, "#1f2a20") + at(-22, 4, 0.9, person(s) + line("M6 -18l10 17", "#c9ced0", 1.2)) + disc(26, 4, 1.8, "#fff");
}

/** Cricket: white figures, wicket, pavilion. */
export function cricket(s: Stage): string {
  const white = (x: number, y: number): string => at(x, y, 0.85, shadow(14) + line("M-2.4 0l.6 -15M3 0l-1.2 -15", "#fbfaf4", 3.6) + shape("M-6 -14q-1 -18 6 -18t6 18z", "#fbfaf4") + disc(0, -36, 4.4, "#d9a988") + line("M6 -20l8 15", "#c9a468", 2.6));
  return oval(0, 0, 66, 14, s.paint("#8fc062")) + poly(s.paint("#d9cb98"), -8, 6, -4, -8, 6, -8, 10, 6) + rect(-44, -30, 40, 15, "#f6f2e6") + poly(s.paint("#8a4f3c"), -48, -29, -38, -41, -10, -41, 0, -29) + windows(-42, -28, 36, 12, 4, 1, "#34434f") + line("M-2 4v-10M1 4v-10M4 4v-10", "#efe0b0", 1.2) + white(-18, 4) + white(20, 0) + white(44, -4);
}

/** Playground: swings and a slide. */
export function playground(s: Stage): string {
  const a = s.paints(["#d9402f", "#2d6fb5", "#e8b52e"]), b = s.paints(["#2d6fb5", "#3a9a5a", "#d9402f"]);
  return oval(0, 2, 60, 8, s.paint("#c98a5a")) + line("M-52 2l8 -44l8 44M-14 2l8 -44l8 44M-44 -42h38", a, 3) + line("M-36 -42v28M-29 -42v28M-22 -42l5 26M-15 -42l5 26", "#4a4f55", 1) + line("M-37 -13h9M-18 -15h9", "#22252a", 2.6) +
    line("M18 2v-42M28 2v-42M18 -8h10M18 -16h10M18 -24h10M18 -32h10", b, 2) + shape("M26 -40h6q8 22 26 38h-9q-16 -14 -23 -38z", s.paint("#f2c530")) + rect(14, -52, 18, 3, b) + at(42, 8, 0.62, person(s));
}

/** Bandstand with flower beds. */
export function bandstand(s: Stage): string {
  const green = s.paints(["#2f6a5a", "#2d4f8a", "#8a2f45"]);
  const bed = (x: number): string => oval(x, 4, 16, 4.6, s.paint("#4a7a3c")) + repeat(14, () => disc(x + s.between(-13, 13), s.between(1, 6), 1.7, s.paints(["#e0506a", "#f2c530", "#f6f0e6", "#a85ac0"])));
  return shadow(60) + rect(-26, -8, 52, 8, s.paint("#c9bfa8")) + line("M-22 -8v-28M-9 -8v-28M9 -8v-28M22 -8v-28M-22 -17h44", s.paint("#f6f3ea"), 2) + shape("M-30 -35q26 -6 30 -23q4 17 30 23z", green) + disc(0, -60, 2.4, "#d9b24a") + bed(-44) + bed(44) + bed(0);
}

/** Park bench under a tree, by flowers. */
export function bench(s: Stage): string {
  const wood = s.paint("#8a5f3c");
  return shadow(50) + line("M-22 -16h44M-22 -20.5h44M-22 -25h44", wood, 3) + line("M-24 -11h48M-25 -8h50", wood, 3) + line("M-18 -27v29M18 -27v29M-22 -8v10M22 -8v10", "#2f3438", 2.2) + repeat(26, () => disc(s.between(-48, 48), s.between(5, 13), s.between(1.3, 2.3), s.paints(["#e0506a", "#f2c530", "#f6f0e6", "#a85ac0"])));
}

/** Rows of headstones, with crosses and a yew. */
export function graves(s: Stage): string {
  const stone = (): string => s.paints(["#c4c0b6", "#a9a69e", "#8f908e", "#d6d1c4"]);
  const yew = s.chance(0.55) ? shape("M-58 -4q2 -54 14 -60q14 8 16 60z", s.paint("#2f4a3c")) + shape("M-56 -4q0 -48 10 -56q-2 26 2 56z", s.paint("#436349")) : "";
  return yew + repeat(11, (i) => {
    const row = i < 4 ? 0 : i < 8 ? 1 : 2, x = [-40, -14, 14, 40, -50, -24, 6, 34, -38, -4, 34][i] + s.between(-4, 4), k = [0.62, 0.82, 1.08][row], c = stone(), kind = s.random.below(4), lean = s.between(-5, 5);
    const dark = mix(c, "#2a3044", 0.4), slab = kind === 0 ? d`M-3 0v-15h-7v-6h7v-8h6v8h7v6h-7v15z` : kind === 1 ? "M-8 0v-18q0 -8 8 -8t8 8v18z" : kind === 2 ? "M-8 0v-22h5l3 -4l3 4h5v22z" : "M-6 0l2 -34l4 -5l4 5l2 34z";
    return at(x, [-14, -3, 14][row], k, `<g transform="rotate(${lean.toFixed(1)})">` + shadow(18) + `<path d="${slab}" fill="${dark}" transform="translate(2.4 -.6)"/>` + shape(slab, c) + (kind === 1 ? line("M-4 -15h8M-4 -11h8", dark, 1) : "") + "</g>");
  });
}

/** Celtic high cross among graves. */
export function celticCross(s: Stage): string {
  const c = s.paints(["#a9a69e", "#c4c0b6"]), dark = mix(c, "#2a3044", 0.35);
  return graves(s) + poly(mix(c, "#2a3044", 0.2), 4, -4, 8, -14, 26, -14, 30, -4) + rect(13.5, -74, 7, 62, c) + rect(17.5, -74, 3, 62, dark) + rect(3, -62, 28, 7, c) + `<circle cx="17" cy="-58.5" r="9.5" fill="none" stroke="${c}" stroke-width="3.2"/>`;
}

/** Dry-stone wall across the picture, with a stile or gate. Drawn in pixels. */
export function wall(s: Stage): string {
  const y = s.between(184, 202), stone = s.random.pick(["#a39b8c", "#8f8d88", "#b5a88e"]), gap = s.between(60, 140), h = s.between(24, 32);
  let blocks = "";
  for (let row = 0; row < 4; row++) {
    for (let x = -8; x < 228; ) {
      const w = s.between(9, 19);
      if (x + w < gap || x > gap + 46) blocks += rect(x, y - h + row * h * 0.25, w - 1.2, h * 0.25 - 1, mix(s.paint(stone), s.random.uniform() < 0.5 ? "#ffffff" : "#39404e", s.between(0, 0.2)), 'rx="1.6"');
      x += w;
    }
  }
  const back = s.paint(mix(stone, "#1d222c", 0.65));
  return rect(-4, y - h, gap + 4, h, back) + rect(gap + 46, y - h, 190, h, back) + blocks + at(gap + 23, y, 1, s.chance(0.5) ? gate(s) : stile(s));
}

function gate(s: Stage): string {
  const wood = s.paints(["#a5825a", "#d6d1c4", "#8a6c4a"]);
  return line("M-23 -6h46M-23 -12h46M-23 -18h46M-23 -25h46M-22 -5L20 -25", wood, 2.6) + line("M-24 2v-34M24 2v-34", mix(wood, "#2a3044", 0.25), 4.4);
}

function stile(s: Stage): string {
  const wood = s.paints(["#8a6c4a", "#a5825a"]);
  return line("M-20 2v-36M20 2v-36", mix(wood, "#2a3044", 0.2), 5) + line("M-20 -24h40M-20 -14h40", wood, 4) + line("M-11 -5h22", mix(wood, "#ffffff", 0.25), 5) + line("M-8 -4v8M8 -4v8", wood, 3) + disc(20, -26, 3.4, s.paint("#f2d24a"));
}

/** Post-and-rail fence with wire. Drawn in pixels. */
export function fence(s: Stage): string {
  const y = s.between(188, 206), wood = s.paints(["#a5825a", "#8a7a66", "#e9e4d6"]);
  return line(d`M-4 ${y - 22}h232M-4 ${y - 12}h232`, wood, 3) + line(repeat(9, (i) => d`M${8 + i * 27} ${y + 4}v-34`), mix(wood, "#2a3044", 0.22), 4.6) + shape(lumps(s, -6, 230, y + 8, 5), s.paint(s.season.grass[2]));
}

/** Boundary stone or milestone. */
export function milestone(s: Stage): string {
  const c = s.paints(["#e9e4d6", "#b5ab98", "#a9a69e"]);
  return shadow(34) + shape("M-15 1v-34q2 -14 15 -14t15 14v34z", c) + shape("M6 1v-46q9 3 9 12v34z", mix(c, "#2a3044", 0.35)) + line("M-9 -32h11M-9 -25h11M-7 -18h7", "#3a3f48", 2.4) + shape(lumps(s, -26, 26, 3, 7), s.paint(s.season.grass[2]));
}

export function postBox(s: Stage): string {
  const red = s.paint("#cf2f2f"), dark = s.paint("#8f1f26");
  return shadow(28) + rect(-12, -4, 24, 5, "#22252a") + rect(-11, -48, 22, 45, red) + rect(4, -48, 7, 45, dark) + shape("M-14 -48q2 -10 14 -10t14 10z", red) + rect(-14, -49, 28, 3.4, dark) + rect(-7, -42, 14, 3.4, "#16181c") + rect(-6, -34, 10, 9, "#f6f3ea");
}

export function phoneBox(s: Stage): string {
  const red = s.paint("#cf2f2f");
  return shadow(30) + rect(-14, -62, 28, 62, red) + shape("M-15 -62q15 -10 30 0z", red) + rect(-11, -60, 22, 5, "#f6f3ea") + windows(-12, -53, 24, 46, 3, 6, s.paint("#dceaf0")) + rect(10, -62, 4, 62, s.paint("#8f1f26")) + rect(-14, -6, 28, 6, red);
}

export function mast(s: Stage): string {
  const c = s.random.pick([["#c8303a", "#f4f2ec"], ["#8a949c", "#8a949c"]]);
  return repeat(6, (i) => line(d`M${-9 + i * 1.3} ${-i * 16}L${-7.7 + i * 1.3} ${-16 - i * 16}M${9 - i * 1.3} ${-i * 16}L${7.7 - i * 1.3} ${-16 - i * 16}M${-9 + i * 1.3} ${-i * 16}L${7.7 - i * 1.3} ${-16 - i * 16}M${9 - i * 1.3} ${-i * 16}L${-7.7 + i * 1.3} ${-16 - i * 16}`, s.paint(c[i % 2]), 1.5)) + line("M0 -96v-16", s.paint(c[0]), 1.8) + oval(-7, -70, 4, 6, "#f2f4f4") + oval(8, -58, 4.4, 6.4, "#f2f4f4") + oval(-6, -46, 3.4, 5, "#d9dee0") + rect(-34, -13, 20, 13, s.paint("#8f9a90")) + line("M0 -92L-44 0M0 -92L44 0", s.paint("#6b7278"), 0.6);
}

export function poles(s: Stage): string {
  const wood = s.paint("#5b4636");
  return line("M-40 0v-42M-6 0v-60M40 4v-86", wood, 2.4) + line("M-48 -38h16M-16 -55h20M26 -79h28M26 -71h28", wood, 2) + line("M-48 -39Q-34 -38 -16 -56Q4 -50 26 -80M-32 -39Q-18 -38 4 -56Q26 -50 54 -80M54 -80q20 4 40 -8M26 -80q40 12 80 -10", "#3a3f48", 0.8);
}

export function dishes(s: Stage): string {
  const dish = (x: number, k: number): string => at(x, 0, k, poly(s.paint("#9aa3a8"), -12, 0, -3, -26, 3, -26, 12, 0) + `<g transform="rotate(-32 0 -32)">` + oval(0, -32, 27, 10, s.paint("#f4f5f2")) + oval(0, -34, 24, 7.6, s.paint("#c4ccd2")) + line("M-12 -34L0 -54L12 -34", "#6b7278", 1.2) + "</g>");
  return dish(30, 0.62) + dish(-12, 1.1);
}

/** Airliner climbing or landing; also a runway below. Drawn in pixels. */
export function airliner(s: Stage): string {
  const x = s.between(84, 140), y = s.between(40, Math.max(60, s.horizon - 34)), tail = s.paints(["#c8303a", "#2d4f8a", "#3a8a5a", "#e0a83a"]), white = s.paint("#fafaf8"), grey = s.paint("#aab5be");
  const plane = poly(grey, 4, -3, 26, -24, 34, -24, 20, -3) + shape("M-56 -2q4 -9 20 -9h72q16 0 28 9q-6 7 -20 7h-74q-22 0 -26 -7z", white) + shape("M-54 0q30 7 96 5q14 -2 20 -7q-4 7 -18 7h-74q-20 0 -24 -5z", grey) + poly(tail, -56, -4, -66, -28, -55, -28, -38, -10) + poly(grey, -50, -2, -68, 3, -58, 3, -40, -1) + poly(grey, 8, 1, -20, 26, -9, 26, 26, 2) + oval(4, 12, 8, 3.6, tail) + line("M-34 -5h72", "#34434f", 2, 'stroke-dasharray="2 3"') + poly("#34434f", 48, -8, 56, -5, 48, -4);
  return at(x, y, s.between(0.95, 1.25), `<g transform="rotate(${s.between(-12, 4).toFixed(1)})">${plane}</g>`, s.chance(0.5) ? 1 : -1) + (s.chance(0.6) ? runway(s) : "");
}

function runway(s: Stage): string {
  const r = way(s, 74, 0), p = (z: number, k: number): [number, number] => [r.at(z).x + r.at(z).w * k, r.at(z).y];
  const keys = repeat(6, (i) => poly("#f6f3ea", ...p(1.3, -0.75 + i * 0.27), ...p(1.3, -0.62 + i * 0.27), ...p(1.7, -0.62 + i * 0.27), ...p(1.7, -0.75 + i * 0.27)));
  const dash = repeat(6, (i) => poly("#f6f3ea", ...p(2 + i * 0.9, -0.05), ...p(2 + i * 0.9, 0.05), ...p(2.4 + i * 0.9, 0.05), ...p(2.4 + i * 0.9, -0.05)));
  return poly(s.paint("#73787d"), ...p(1, -1), ...p(1, 1), ...p(40, 1), ...p(40, -1)) + keys + dash;
}

/** Light aircraft parked on grass, with a wind sock and control tower. */
export function lightAircraft(s: Stage): string {
  const body = s.paints(["#f6f3ea", "#f2c530", "#c8383a"]), stripe = s.paints(["#2d4f8a", "#c8303a"]);
  return rect(-50, -58, 12, 48, s.paint("#e9e4d8")) + poly("#34434f", -56, -70, -32, -70, -35, -57, -53, -57) + line("M48 -4v-54", "#8a9096", 1.6) + poly(s.paint("#e8632c"), 48, -58, 74, -53, 74, -48, 48, -48) + shadow(90, 0, 3) + shape("M-40 -16q20 -4 34 -10q16 -6 30 2q10 4 10 9q-2 6 -14 6h-26q-20 -2 -34 -7z", body) + line("M-38 -15q30 5 70 1", stripe, 2.2) + poly(stripe, -42, -15, -46, -32, -37, -32, -27, -16) + shape("M-2 -24q10 -8 20 0l3 5h-24z", "#34434f") + poly(body, -14, -28, 38, -32, 40, -29, -12, -24) + line("M4 -9l-3 9M22 -9l2 9", "#4a4f55", 2) + disc(0, 1, 4, "#22252a") + disc(24, 1, 4, "#22252a") + oval(37, -15, 1.3, 15, "#34434f", faint(0.6));
}

export function helicopter(s: Stage): string {
  const c = s.paints(["#c8303a", "#f2c530", "#2d4f8a"]);
  return at(s.between(70, 154), s.between(46, Math.max(50, s.horizon - 40)), 1.1, line("M-50 -24h92", "#2a2d31", 1.8, faint(0.75)) + rect(-5, -24, 3, 8, "#2a2d31") + shape("M-20 -16h26q18 2 20 15q-4 9 -18 9h-22q-12 -4 -12 -14z", c) + poly(c, -20, -14, -60, -12, -60, -8, -20, -2) + poly(c, -62, -24, -56, -24, -54, -8, -60, -8) + shape("M8 -13q14 2 16 13h-16z", "#34434f") + line("M-18 13h44M-10 8v5M12 8v5", "#2a2d31", 1.8));
}

