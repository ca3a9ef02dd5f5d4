import { at, d, disc, faint, line, mix, poly, rect, repeat, shape } from "./pen";
import type { Stage } from "./pen";
import { way, strip, cross } from "./ways";

/** Railways: tracks, trains, a viaduct. Drawn in pixels. */

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
