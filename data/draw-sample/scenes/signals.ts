/** Messages and flight: post and telephone boxes, masts, aeroplanes. */
import { at, d, disc, faint, line, oval, poly, rect, repeat, shadow, shape, windows } from "./pen";
import type { Stage } from "./stage";
import { way } from "./ways";

export function postBox(s: Stage): string {
  const red = s.paint("#cf2f2f");
  const dark = s.paint("#8f1f26");
  return (
    shadow(28) +
    rect(-12, -4, 24, 5, "#22252a") +
    rect(-11, -48, 22, 45, red) +
    rect(4, -48, 7, 45, dark) +
    shape("M-14 -48q2 -10 14 -10t14 10z", red) +
    rect(-14, -49, 28, 3.4, dark) +
    rect(-7, -42, 14, 3.4, "#16181c") +
    rect(-6, -34, 10, 9, "#f6f3ea")
  );
}

export function phoneBox(s: Stage): string {
  const red = s.paint("#cf2f2f");
  return (
    shadow(30) +
    rect(-14, -62, 28, 62, red) +
    shape("M-15 -62q15 -10 30 0z", red) +
    rect(-11, -60, 22, 5, "#f6f3ea") +
    windows(-12, -53, 24, 46, 3, 6, s.paint("#dceaf0")) +
    rect(10, -62, 4, 62, s.paint("#8f1f26")) +
    rect(-14, -6, 28, 6, red)
  );
}

export function mast(s: Stage): string {
  const c = s.random.pick([
    ["#c8303a", "#f4f2ec"],
    ["#8a949c", "#8a949c"],
  ]);
  const lattice = repeat(6, (i) => {
    const low = 9 - i * 1.3;
    const high = 7.7 - i * 1.3;
    const y = -i * 16;
    const top = -16 - i * 16;
    const legs = d`M${-low} ${y}L${-high} ${top}M${low} ${y}L${high} ${top}`;
    return line(
      legs + d`M${-low} ${y}L${high} ${top}M${low} ${y}L${-high} ${top}`,
      s.paint(c[i % 2]),
      1.5,
    );
  });
  return (
    lattice +
    line("M0 -96v-16", s.paint(c[0]), 1.8) +
    oval(-7, -70, 4, 6, "#f2f4f4") +
    oval(8, -58, 4.4, 6.4, "#f2f4f4") +
    oval(-6, -46, 3.4, 5, "#d9dee0") +
    rect(-34, -13, 20, 13, s.paint("#8f9a90")) +
    line("M0 -92L-44 0M0 -92L44 0", s.paint("#6b7278"), 0.6)
  );
}

export function poles(s: Stage): string {
  const wood = s.paint("#5b4636");
  return (
    line("M-40 0v-42M-6 0v-60M40 4v-86", wood, 2.4) +
    line("M-48 -38h16M-16 -55h20M26 -79h28M26 -71h28", wood, 2) +
    line(
      "M-48 -39Q-34 -38 -16 -56Q4 -50 26 -80M-32 -39Q-18 -38 4 -56Q26 -50 54 -80M54 -80q20 4 40 -8M26 -80" +
        "q40 12 80 -10",
      "#3a3f48",
      0.8,
    )
  );
}

export function dishes(s: Stage): string {
  const dish = (x: number, k: number): string =>
    at(
      x,
      0,
      k,
      poly(s.paint("#9aa3a8"), -12, 0, -3, -26, 3, -26, 12, 0) +
        `<g transform="rotate(-32 0 -32)">` +
        oval(0, -32, 27, 10, s.paint("#f4f5f2")) +
        oval(0, -34, 24, 7.6, s.paint("#c4ccd2")) +
        line("M-12 -34L0 -54L12 -34", "#6b7278", 1.2) +
        "</g>",
    );
  return dish(30, 0.62) + dish(-12, 1.1);
}

/** Airliner climbing or landing; also a runway below. Drawn in pixels. */
export function airliner(s: Stage): string {
  const x = s.between(84, 140);
  const y = s.between(40, Math.max(60, s.horizon - 34));
  const tail = s.paints(["#c8303a", "#2d4f8a", "#3a8a5a", "#e0a83a"]);
  const white = s.paint("#fafaf8");
  const grey = s.paint("#aab5be");
  const plane =
    poly(grey, 4, -3, 26, -24, 34, -24, 20, -3) +
    shape("M-56 -2q4 -9 20 -9h72q16 0 28 9q-6 7 -20 7h-74q-22 0 -26 -7z", white) +
    shape("M-54 0q30 7 96 5q14 -2 20 -7q-4 7 -18 7h-74q-20 0 -24 -5z", grey) +
    poly(tail, -56, -4, -66, -28, -55, -28, -38, -10) +
    poly(grey, -50, -2, -68, 3, -58, 3, -40, -1) +
    poly(grey, 8, 1, -20, 26, -9, 26, 26, 2) +
    oval(4, 12, 8, 3.6, tail) +
    line("M-34 -5h72", "#34434f", 2, 'stroke-dasharray="2 3"') +
    poly("#34434f", 48, -8, 56, -5, 48, -4);
  return (
    at(
      x,
      y,
      s.between(0.95, 1.25),
      `<g transform="rotate(${s.between(-12, 4).toFixed(1)})">${plane}</g>`,
      s.chance(0.5) ? 1 : -1,
    ) + (s.chance(0.6) ? runway(s) : "")
  );
}

function runway(s: Stage): string {
  const r = way(s, 74, 0);
  const p = (z: number, k: number): [number, number] => [r.at(z).x + r.at(z).w * k, r.at(z).y];
  const keys = repeat(6, (i) =>
    poly(
      "#f6f3ea",
      ...p(1.3, -0.75 + i * 0.27),
      ...p(1.3, -0.62 + i * 0.27),
      ...p(1.7, -0.62 + i * 0.27),
      ...p(1.7, -0.75 + i * 0.27),
    ),
  );
  const dash = repeat(6, (i) =>
    poly(
      "#f6f3ea",
      ...p(2 + i * 0.9, -0.05),
      ...p(2 + i * 0.9, 0.05),
      ...p(2.4 + i * 0.9, 0.05),
      ...p(2.4 + i * 0.9, -0.05),
    ),
  );
  return poly(s.paint("#73787d"), ...p(1, -1), ...p(1, 1), ...p(40, 1), ...p(40, -1)) + keys + dash;
}

/** Light aircraft parked on grass, with a wind sock and control tower. */
export function lightAircraft(s: Stage): string {
  const body = s.paints(["#f6f3ea", "#f2c530", "#c8383a"]);
  const stripe = s.paints(["#2d4f8a", "#c8303a"]);
  return (
    rect(-50, -58, 12, 48, s.paint("#e9e4d8")) +
    poly("#34434f", -56, -70, -32, -70, -35, -57, -53, -57) +
    line("M48 -4v-54", "#8a9096", 1.6) +
    poly(s.paint("#e8632c"), 48, -58, 74, -53, 74, -48, 48, -48) +
    shadow(90, 0, 3) +
    shape("M-40 -16q20 -4 34 -10q16 -6 30 2q10 4 10 9q-2 6 -14 6h-26q-20 -2 -34 -7z", body) +
    line("M-38 -15q30 5 70 1", stripe, 2.2) +
    poly(stripe, -42, -15, -46, -32, -37, -32, -27, -16) +
    shape("M-2 -24q10 -8 20 0l3 5h-24z", "#34434f") +
    poly(body, -14, -28, 38, -32, 40, -29, -12, -24) +
    line("M4 -9l-3 9M22 -9l2 9", "#4a4f55", 2) +
    disc(0, 1, 4, "#22252a") +
    disc(24, 1, 4, "#22252a") +
    oval(37, -15, 1.3, 15, "#34434f", faint(0.6))
  );
}

export function helicopter(s: Stage): string {
  const c = s.paints(["#c8303a", "#f2c530", "#2d4f8a"]);
  return at(
    s.between(70, 154),
    s.between(46, Math.max(50, s.horizon - 40)),
    1.1,
    line("M-50 -24h92", "#2a2d31", 1.8, faint(0.75)) +
      rect(-5, -24, 3, 8, "#2a2d31") +
      shape("M-20 -16h26q18 2 20 15q-4 9 -18 9h-22q-12 -4 -12 -14z", c) +
      poly(c, -20, -14, -60, -12, -60, -8, -20, -2) +
      poly(c, -62, -24, -56, -24, -54, -8, -60, -8) +
      shape("M8 -13q14 2 16 13h-16z", "#34434f") +
      line("M-18 13h44M-10 8v5M12 8v5", "#2a2d31", 1.8),
  );
}
