/** People, their games and their parks. */
import { at, d, disc, faint, line, oval, poly, rect, repeat, shadow, shape, windows } from "./pen";
import type { Stage } from "./stage";

export function person(s: Stage): string {
  const coat = s.paints(["#c8383a", "#2d5fa0", "#3a8a5a", "#e0a83a", "#6a4a8a", "#d9d3c4"]);
  const legs = s.paints(["#2d3a5a", "#4a4038", "#22252a"]);
  return (
    shadow(14) +
    line("M-2.4 0l0.6 -15M3 0l-1.2 -15", legs, 3.6) +
    shape("M-6 -14q-1 -18 6 -18t6 18z", coat) +
    line("M-5 -28l-4 11M5 -28l4 11", coat, 2.8) +
    disc(0, -36, 4.4, s.paints(["#e8bfa0", "#c68c66", "#8a5a3f"])) +
    shape("M-4.6 -36q0 -6 4.6 -6t4.6 6q-4 -3 -9.2 0z", "#3a2a22")
  );
}

/** A group of walkers or spectators. */
export function crowd(s: Stage): string {
  return repeat(9, (i) =>
    at(
      -46 + (i % 5) * 22 + s.between(-5, 5) + (i > 4 ? 10 : 0),
      i > 4 ? 4 : -8,
      i > 4 ? 1.15 : 0.9,
      person(s),
      s.chance(0.5) ? 1 : -1,
    ),
  );
}

/** Fair: marquee, bunting, people. */
export function fair(s: Stage): string {
  const a = s.paints(["#c8383a", "#2d5fa0", "#e0a83a"]);
  const flags = repeat(12, (i) =>
    poly(
      s.paints(["#c8383a", "#2d5fa0", "#f2d24a", "#3a8a5a"]),
      -60 + i * 10,
      -62 + Math.sin(i * 0.55) * 5,
      -53 + i * 10,
      -62 + Math.sin(i * 0.55) * 5,
      -56.5 + i * 10,
      -53,
    ),
  );
  return (
    shadow(70) +
    rect(-32, -22, 56, 22, "#f6f0e2") +
    repeat(4, (i) => rect(-32 + i * 14, -22, 7, 22, a)) +
    poly(a, -38, -21, -4, -48, 30, -21) +
    poly("#f6f0e2", -16, -21, -4, -48, 8, -21) +
    line("M-62 -64q60 16 124 0", "#4a4038", 0.8) +
    flags +
    repeat(4, (i) => at(-44 + i * 28, 6, 0.9, person(s)))
  );
}

/** Football pitch with a goal and players. Drawn in pixels. */
export function pitch(s: Stage): string {
  const y = s.horizon + 18;
  const stripes = repeat(6, (i) =>
    poly(
      i % 2 ? s.paint("#5f9a48") : s.paint("#6fab54"),
      30 + i * 28,
      y,
      58 + i * 28,
      y,
      -100 + (i + 1) * 72,
      226,
      -100 + i * 72,
      226,
    ),
  );
  const white = "#ffffff";
  const gx = s.between(80, 144);
  const gy = s.horizon + 36;
  return (
    stripes +
    line(
      d`M-30 ${y + 26}H250M30 ${y}L-100 226M198 ${y}L330 226M60 ${y + 60}q60 -24 110 0`,
      white,
      1.6,
      faint(0.85),
    ) +
    line(d`M${gx - 30} ${gy}v-27h60v27`, white, 2.6) +
    line(
      repeat(9, (i) => d`M${gx - 28 + i * 7} ${gy - 26}v24`) +
        repeat(3, (i) => d`M${gx - 28} ${gy - 20 + i * 7}h56`),
      white,
      0.5,
      faint(0.8),
    ) +
    repeat(4, () => at(s.between(30, 194), s.between(160, 196), 0.75, person(s))) +
    disc(s.between(70, 150), 202, 3.4, white)
  );
}

/** Golf flag on a green with a bunker. */
export function golf(s: Stage): string {
  return (
    oval(0, 2, 58, 13, s.paint("#8fc768")) +
    oval(-36, 12, 22, 6, s.paint("#e8d9ac")) +
    line("M6 2v-60", "#f6f3ea", 2) +
    poly(s.paints(["#d9303a", "#f2c530"]), 7, -62, 32, -54, 7, -45) +
    oval(6, 2.6, 3.4, 1.2, "#1f2a20") +
    at(-22, 4, 0.9, person(s) + line("M6 -18l10 17", "#c9ced0", 1.2)) +
    disc(26, 4, 1.8, "#fff")
  );
}

/** Cricket: white figures, wicket, pavilion. */
export function cricket(s: Stage): string {
  const white = (x: number, y: number): string =>
    at(
      x,
      y,
      0.85,
      shadow(14) +
        line("M-2.4 0l.6 -15M3 0l-1.2 -15", "#fbfaf4", 3.6) +
        shape("M-6 -14q-1 -18 6 -18t6 18z", "#fbfaf4") +
        disc(0, -36, 4.4, "#d9a988") +
        line("M6 -20l8 15", "#c9a468", 2.6),
    );
  return (
    oval(0, 0, 66, 14, s.paint("#8fc062")) +
    poly(s.paint("#d9cb98"), -8, 6, -4, -8, 6, -8, 10, 6) +
    rect(-44, -30, 40, 15, "#f6f2e6") +
    poly(s.paint("#8a4f3c"), -48, -29, -38, -41, -10, -41, 0, -29) +
    windows(-42, -28, 36, 12, 4, 1, "#34434f") +
    line("M-2 4v-10M1 4v-10M4 4v-10", "#efe0b0", 1.2) +
    white(-18, 4) +
    white(20, 0) +
    white(44, -4)
  );
}

/** Playground: swings and a slide. */
export function playground(s: Stage): string {
  const a = s.paints(["#d9402f", "#2d6fb5", "#e8b52e"]);
  const b = s.paints(["#2d6fb5", "#3a9a5a", "#d9402f"]);
  return (
    oval(0, 2, 60, 8, s.paint("#c98a5a")) +
    line("M-52 2l8 -44l8 44M-14 2l8 -44l8 44M-44 -42h38", a, 3) +
    line("M-36 -42v28M-29 -42v28M-22 -42l5 26M-15 -42l5 26", "#4a4f55", 1) +
    line("M-37 -13h9M-18 -15h9", "#22252a", 2.6) +
    line("M18 2v-42M28 2v-42M18 -8h10M18 -16h10M18 -24h10M18 -32h10", b, 2) +
    shape("M26 -40h6q8 22 26 38h-9q-16 -14 -23 -38z", s.paint("#f2c530")) +
    rect(14, -52, 18, 3, b) +
    at(42, 8, 0.62, person(s))
  );
}

/** Bandstand with flower beds. */
export function bandstand(s: Stage): string {
  const green = s.paints(["#2f6a5a", "#2d4f8a", "#8a2f45"]);
  const bed = (x: number): string =>
    oval(x, 4, 16, 4.6, s.paint("#4a7a3c")) +
    repeat(14, () =>
      disc(
        x + s.between(-13, 13),
        s.between(1, 6),
        1.7,
        s.paints(["#e0506a", "#f2c530", "#f6f0e6", "#a85ac0"]),
      ),
    );
  return (
    shadow(60) +
    rect(-26, -8, 52, 8, s.paint("#c9bfa8")) +
    line("M-22 -8v-28M-9 -8v-28M9 -8v-28M22 -8v-28M-22 -17h44", s.paint("#f6f3ea"), 2) +
    shape("M-30 -35q26 -6 30 -23q4 17 30 23z", green) +
    disc(0, -60, 2.4, "#d9b24a") +
    bed(-44) +
    bed(44) +
    bed(0)
  );
}

/** Park bench under a tree, by flowers. */
export function bench(s: Stage): string {
  const wood = s.paint("#8a5f3c");
  return (
    shadow(50) +
    line("M-22 -16h44M-22 -20.5h44M-22 -25h44", wood, 3) +
    line("M-24 -11h48M-25 -8h50", wood, 3) +
    line("M-18 -27v29M18 -27v29M-22 -8v10M22 -8v10", "#2f3438", 2.2) +
    repeat(26, () =>
      disc(
        s.between(-48, 48),
        s.between(5, 13),
        s.between(1.3, 2.3),
        s.paints(["#e0506a", "#f2c530", "#f6f0e6", "#a85ac0"]),
      ),
    )
  );
}
