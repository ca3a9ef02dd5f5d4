/** Walls, fences, gates and milestones. */
import { mix } from "./colour";
import { at, d, disc, line, lumps, rect, repeat, shadow, shape } from "./pen";
import type { Stage } from "./stage";

/** Dry-stone wall across the picture, with a stile or gate. Drawn in pixels. */
export function wall(s: Stage): string {
  const y = s.between(184, 202);
  const stone = s.random.pick(["#a39b8c", "#8f8d88", "#b5a88e"]);
  const gap = s.between(60, 140);
  const h = s.between(24, 32);
  let blocks = "";
  for (let row = 0; row < 4; row++) {
    for (let x = -8; x < 228;) {
      const w = s.between(9, 19);
      if (x + w < gap || x > gap + 46)
        blocks += rect(
          x,
          y - h + row * h * 0.25,
          w - 1.2,
          h * 0.25 - 1,
          mix(s.paint(stone), s.random.uniform() < 0.5 ? "#ffffff" : "#39404e", s.between(0, 0.2)),
          'rx="1.6"',
        );
      x += w;
    }
  }
  const back = s.paint(mix(stone, "#1d222c", 0.65));
  return (
    rect(-4, y - h, gap + 4, h, back) +
    rect(gap + 46, y - h, 190, h, back) +
    blocks +
    at(gap + 23, y, 1, s.chance(0.5) ? gate(s) : stile(s))
  );
}

function gate(s: Stage): string {
  const wood = s.paints(["#a5825a", "#d6d1c4", "#8a6c4a"]);
  return (
    line("M-23 -6h46M-23 -12h46M-23 -18h46M-23 -25h46M-22 -5L20 -25", wood, 2.6) +
    line("M-24 2v-34M24 2v-34", mix(wood, "#2a3044", 0.25), 4.4)
  );
}

function stile(s: Stage): string {
  const wood = s.paints(["#8a6c4a", "#a5825a"]);
  return (
    line("M-20 2v-36M20 2v-36", mix(wood, "#2a3044", 0.2), 5) +
    line("M-20 -24h40M-20 -14h40", wood, 4) +
    line("M-11 -5h22", mix(wood, "#ffffff", 0.25), 5) +
    line("M-8 -4v8M8 -4v8", wood, 3) +
    disc(20, -26, 3.4, s.paint("#f2d24a"))
  );
}

/** Post-and-rail fence with wire. Drawn in pixels. */
export function fence(s: Stage): string {
  const y = s.between(188, 206);
  const wood = s.paints(["#a5825a", "#8a7a66", "#e9e4d6"]);
  return (
    line(d`M-4 ${y - 22}h232M-4 ${y - 12}h232`, wood, 3) +
    line(
      repeat(9, (i) => d`M${8 + i * 27} ${y + 4}v-34`),
      mix(wood, "#2a3044", 0.22),
      4.6,
    ) +
    shape(lumps(s, -6, 230, y + 8, 5), s.paint(s.season.grass[2]))
  );
}

/** Boundary stone or milestone. */
export function milestone(s: Stage): string {
  const c = s.paints(["#e9e4d6", "#b5ab98", "#a9a69e"]);
  return (
    shadow(34) +
    shape("M-15 1v-34q2 -14 15 -14t15 14v34z", c) +
    shape("M6 1v-46q9 3 9 12v34z", mix(c, "#2a3044", 0.35)) +
    line("M-9 -32h11M-9 -25h11M-7 -18h7", "#3a3f48", 2.4) +
    shape(lumps(s, -26, 26, 3, 7), s.paint(s.season.grass[2]))
  );
}
