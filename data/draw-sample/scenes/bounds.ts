import { at, d, disc, line, lumps, mix, poly, rect, repeat, shadow, shape } from "./pen";
import type { Stage } from "./pen";

/** Graves, walls, gates and milestones. */

/** Rows of headstones, with crosses and a yew. */
export function graves(s: Stage): string {
  const stone = (): string => s.paints(["#c4c0b6", "#a9a69e", "#8f908e", "#d6d1c4"]);
  const yew = s.chance(0.55)
    ? shape("M-58 -4q2 -54 14 -60q14 8 16 60z", s.paint("#2f4a3c")) +
      shape("M-56 -4q0 -48 10 -56q-2 26 2 56z", s.paint("#436349"))
    : "";
  return (
    yew +
    repeat(11, (i) => {
      const row = i < 4 ? 0 : i < 8 ? 1 : 2;
      const x = [-40, -14, 14, 40, -50, -24, 6, 34, -38, -4, 34][i] + s.between(-4, 4);
      const k = [0.62, 0.82, 1.08][row];
      const c = stone();
      const kind = s.random.below(4);
      const lean = s.between(-5, 5);
      const dark = mix(c, "#2a3044", 0.4);
      const slab =
        kind === 0
          ? d`M-3 0v-15h-7v-6h7v-8h6v8h7v6h-7v15z`
          : kind === 1
            ? "M-8 0v-18q0 -8 8 -8t8 8v18z"
            : kind === 2
              ? "M-8 0v-22h5l3 -4l3 4h5v22z"
              : "M-6 0l2 -34l4 -5l4 5l2 34z";
      return at(
        x,
        [-14, -3, 14][row],
        k,
        `<g transform="rotate(${lean.toFixed(1)})">` +
          shadow(18) +
          `<path d="${slab}" fill="${dark}" transform="translate(2.4 -.6)"/>` +
          shape(slab, c) +
          (kind === 1 ? line("M-4 -15h8M-4 -11h8", dark, 1) : "") +
          "</g>",
      );
    })
  );
}

/** Celtic high cross among graves. */
export function celticCross(s: Stage): string {
  const c = s.paints(["#a9a69e", "#c4c0b6"]);
  const dark = mix(c, "#2a3044", 0.35);
  return (
    graves(s) +
    poly(mix(c, "#2a3044", 0.2), 4, -4, 8, -14, 26, -14, 30, -4) +
    rect(13.5, -74, 7, 62, c) +
    rect(17.5, -74, 3, 62, dark) +
    rect(3, -62, 28, 7, c) +
    `<circle cx="17" cy="-58.5" r="9.5" fill="none" stroke="${c}" stroke-width="3.2"/>`
  );
}

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
