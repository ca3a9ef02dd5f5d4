/** Churches and graves, schools, hospitals, halls, great houses, and what history left standing. */
import { mix } from "./colour";
import { at, d, disc, line, oval, poly, rect, repeat, shadow, shape, windows } from "./pen";
import type { Stage } from "./stage";

const STONE = ["#c4b89c", "#a9a496", "#d3c6a6", "#9a958c", "#b8a58a"];

function lancets(xs: readonly number[], y: number, h: number, w: number, fill: string): string {
  return shape(
    xs.map((x) => d`M${x - w} ${y}v${-h * 0.6}q${w} ${-h * 0.6} ${w * 2} 0v${h * 0.6}z`).join(""),
    fill,
  );
}

/** Church with a west tower, battlemented or with a spire. */
export function church(s: Stage): string {
  const stone = s.paints(STONE);
  const dark = mix(stone, "#2a3044", 0.36);
  const roof = s.paints(["#6a6d76", "#8a5a48", "#565c66"]);
  const spire = s.chance(0.5);
  const glass = mix(s.mood.glow, "#39476b", 0.3);
  const top = spire
    ? poly(roof, -33, -50, -23, -94, -13, -50) +
      poly(mix(roof, "#1d2436", 0.35), -23, -94, -13, -50, -20, -50) +
      line("M-23 -94v-7M-26 -98h6", s.paint("#e9c25c"), 1.2)
    : shape("M-35 -50v-6h4v3h4v-3h4v3h4v-3h4v3h4v-3h3v6z", stone) +
      line("M-31 -56v-5M-14 -56v-5", stone, 1.6);
  return (
    shadow(84) +
    poly(roof, -12, -24, -8, -40, 38, -40, 43, -24) +
    rect(-12, -24, 54, 24, stone) +
    poly(dark, 42, 0, 42, -24, 46, -30, 50, -24, 50, 0) +
    lancets([-3, 8, 19, 30], -5, 14, 2.4, glass) +
    line("M2.5 -22v22M13.5 -22v22M24.5 -22v22M36 -22v22", dark, 1.6) +
    rect(-35, -51, 24, 51, stone) +
    rect(-17, -51, 6, 51, dark) +
    top +
    lancets([-25], -34, 12, 2.4, glass) +
    disc(-25, -27, 3.6, s.paint("#28324a")) +
    line("M-25 -27v-2.6M-25 -27h2", "#f0d27a", 0.8) +
    shape("M-29 0v-9q4 -6 8 0v9z", s.paint("#5a3b2c")) +
    rect(14, -12, 9, 12, stone) +
    shape("M15.5 0v-6q3 -4 6 0v6z", s.paint("#5a3b2c"))
  );
}

/** Nonconformist chapel: a gable front. */
export function chapel(s: Stage): string {
  const wall = s.paints(["#a9a496", "#b5684a", "#d9cfba"]);
  const trim = s.paint("#efe6d2");
  const glass = mix(s.mood.glow, "#39476b", 0.3);
  return (
    shadow(56) +
    poly(mix(wall, "#2a3044", 0.38), 24, 0, 24, -32, 40, -36, 40, 0) +
    poly(s.paint("#5f646d"), 0, -54, 18, -54, 42, -35, 25, -31) +
    poly(wall, -25, 0, -25, -32, 0, -55, 25, -32, 25, 0) +
    line("M-27 -31L0 -56L27 -31", trim, 2.4) +
    disc(0, -36, 5, trim) +
    disc(0, -36, 3.6, glass) +
    lancets([-15, 15], -9, 19, 3.4, glass) +
    shape("M-6 0v-14q6 -8 12 0v14z", s.paint("#5a3b2c")) +
    line("M0 -56v-10M-3 -62h6", trim, 1.6)
  );
}

/** Mosque or temple: dome, minaret, arches. */
export function dome(s: Stage): string {
  const wall = s.paint("#f0e6d0");
  const green = s.paints(["#3f8f7a", "#c9a23c", "#4a7fa5"]);
  return (
    shadow(80) +
    rect(-34, -24, 68, 24, wall) +
    shape("M-16 -24q-6 -26 16 -36q22 10 16 36z", green) +
    line("M0 -60v-9", "#d9b24a", 1.6) +
    rect(30, -70, 7, 70, mix(wall, "#2a3044", 0.12)) +
    shape("M28 -70q0 -8 5.5 -13q5.5 5 5.5 13z", green) +
    lancets([-26, -13, 0, 13, 26], 0, 15, 4, mix(wall, "#39476b", 0.6))
  );
}

/** School: gables, bell-cote, railings, yellow markings. */
export function school(s: Stage): string {
  const brick = s.paints(["#b0603f", "#a8523a", "#c07a52"]);
  const roof = s.paints(["#5f6672", "#6d5a55"]);
  const trim = s.paint("#f1e9d8");
  const gable = (x: number): string =>
    poly(brick, x - 12, 0, x - 12, -26, x, -39, x + 12, -26, x + 12, 0) +
    line(d`M${x - 13} -25.5l13 -14l13 14`, trim, 1.8) +
    rect(x - 6, -24, 12, 15, s.mood.glow) +
    line(d`M${x} -24v15M${x - 6} -17h12`, trim, 1);
  return (
    shadow(92) +
    poly(roof, -32, -22, -28, -36, 28, -36, 32, -22) +
    rect(-32, -22, 64, 22, brick) +
    windows(-20, -21, 40, 18, 4, 1, s.mood.glow) +
    rect(-4, -48, 8, 13, trim) +
    poly(roof, -6, -47, 0, -57, 6, -47) +
    disc(0, -42, 2.4, "#d9a93c") +
    gable(-32) +
    gable(32) +
    rect(-4, -12, 8, 12, s.paint("#2d5fa0")) +
    line("M-50 3h100M-50 -5h100", s.paint("#2f7a5a"), 1.2) +
    line(
      repeat(21, (i) => d`M${-50 + i * 5} 4v-10`),
      s.paint("#2f7a5a"),
      1.1,
    ) +
    rect(38, -17, 13, 9, s.paint("#f2c53c"))
  );
}

/** Hospital: long white block, a red cross or a blue sign, an ambulance. */
export function hospital(s: Stage): string {
  const wall = s.paints(["#eef0ec", "#dfe3e2", "#cfc6b4"]);
  const sign = s.paints(["#2d6fb5", "#3a9a6a"]);
  const ambulance =
    rect(-15, -16, 22, 13, "#f6f4e8") +
    shape("M7 -14h6q4 1 6 7v4h-12z", "#f6f4e8") +
    rect(-15, -10, 34, 3, s.paint("#e0c52e")) +
    poly("#33424f", 9, -12, 13, -12, 16, -8, 9, -8) +
    disc(-8, -3, 3.6, "#22252a") +
    disc(12, -3, 3.6, "#22252a") +
    rect(0, -18, 5, 2, "#3a7fe0");
  return (
    shadow(92) +
    rect(-46, -34, 88, 34, wall) +
    rect(-14, -50, 30, 50, mix(wall, "#ffffff", 0.4)) +
    rect(-46, -36, 88, 3, mix(wall, "#39476b", 0.3)) +
    windows(-44, -32, 29, 30, 5, 3, s.mood.glow) +
    windows(17, -32, 24, 30, 4, 3, s.mood.glow) +
    disc(1, -38, 8.6, "#ffffff") +
    shape("M-1.8 -44.5h5.6v4h4v5.6h-4v4h-5.6v-4h-4v-5.6h4z", s.paint("#cf2f34")) +
    rect(-7, -16, 16, 16, "#5f7f92") +
    rect(-10, -18, 22, 3, sign) +
    at(-28, 4, 0.95, ambulance)
  );
}

/** Town hall or library: columns, pediment, clock turret, flag. */
export function townHall(s: Stage): string {
  const stone = s.paints(["#e3d8bd", "#cfc4aa", "#d9d6cc"]);
  const dark = mix(stone, "#3a4258", 0.4);
  return (
    shadow(88) +
    rect(-7, -70, 14, 24, stone) +
    rect(3, -70, 4, 24, dark) +
    shape("M-8 -70q8 -14 16 0z", s.paint("#5a8a7a")) +
    disc(-1, -60, 4.4, "#fdf8e8") +
    line("M-1 -60v-3M-1 -60h2", "#2a2a2a", 0.8) +
    line("M0 -77v-16", "#6b7278", 1) +
    poly(s.paint("#c8383a"), 0, -93, 13, -91, 12, -86, 0, -85) +
    rect(-42, -36, 84, 36, stone) +
    poly(mix(stone, "#ffffff", 0.2), -28, -38, 0, -52, 28, -38) +
    windows(-41, -33, 17, 30, 2, 2, s.mood.glow) +
    windows(24, -33, 17, 30, 2, 2, s.mood.glow) +
    rect(-25, -36, 50, 34, dark) +
    repeat(5, (i) => rect(-25 + i * 11.4, -36, 4.4, 34, mix(stone, "#ffffff", 0.3))) +
    rect(-29, -3, 58, 3, stone) +
    rect(-33, 0, 66, 3, mix(stone, "#ffffff", 0.2)) +
    rect(-44, -39, 88, 3, stone)
  );
}

/** Village hall: low, wide, a porch and a notice board. */
export function villageHall(s: Stage): string {
  const wall = s.paints(["#e9e0cc", "#b5684a", "#8fa08a"]);
  const roof = s.paint("#5f6672");
  return (
    shadow(84) +
    poly(roof, -42, -18, -34, -33, 30, -33, 38, -18) +
    rect(-39, -18, 74, 18, wall) +
    windows(-36, -17, 30, 15, 3, 1, s.mood.glow) +
    windows(12, -17, 22, 15, 2, 1, s.mood.glow) +
    poly(wall, -8, 0, -8, -18, 2, -28, 12, -18, 12, 0) +
    line("M-10 -17l12 -12l12 12", "#f4eee0", 2) +
    rect(-2, -13, 8, 13, s.paint("#2d4668")) +
    rect(42, -16, 15, 11, s.paint("#3f6a4a")) +
    rect(43.5, -14.5, 12, 8, "#f6f0dc") +
    line("M44 0v-6M55 0v-6", "#4a3a30", 1.6)
  );
}

/** Country house with wings, a lawn and clipped trees. */
export function mansion(s: Stage): string {
  const stone = s.paints(["#dcc9a0", "#c9a787", "#b0623f", "#e3d8bd"]);
  const trim = s.paint("#f4ecd8");
  const dark = mix(stone, "#3a4258", 0.4);
  const wing = (x: number): string =>
    rect(x - 17, -30, 34, 30, stone) +
    rect(x - 18, -32, 36, 3, trim) +
    windows(x - 16, -28, 32, 26, 4, 2, s.mood.glow);
  return (
    oval(0, 4, 74, 9, s.paint(mix(s.season.grass[1], "#ffffff", 0.12))) +
    rect(-49, -42, 4, 12, dark) +
    rect(-30, -42, 4, 12, dark) +
    rect(28, -42, 4, 12, dark) +
    rect(46, -42, 4, 12, dark) +
    wing(-36) +
    wing(36) +
    rect(-21, -36, 42, 36, stone) +
    poly(trim, -22, -36, 0, -49, 22, -36) +
    poly(stone, -15, -37.5, 0, -46, 15, -37.5) +
    windows(-20, -33, 40, 16, 5, 1, s.mood.glow) +
    repeat(4, (i) => rect(-13 + i * 7.8, -33, 2.6, 33, trim)) +
    rect(-3, -11, 6, 11, dark) +
    rect(-16, 0, 32, 2.4, trim) +
    [-62, -54, 54, 62].map((x) => shape(d`M${x - 4} 3q4 -26 8 0z`, s.paint("#3f6a48"))).join("") +
    line("M0 3q-2 14 -12 26", trim, 6)
  );
}

/** Gate piers with balls, iron gates, and a lodge. */
export function lodgeGates(s: Stage): string {
  const stone = s.paint("#d3c6a6");
  const iron = s.paint("#2a3036");
  const pier = (x: number): string =>
    rect(x - 5, -36, 10, 36, stone) +
    rect(x + 1, -36, 4, 36, mix(stone, "#3a4258", 0.35)) +
    rect(x - 6.5, -39, 13, 4, stone) +
    disc(x, -43, 4.5, stone);
  return (
    shadow(90) +
    rect(-48, -18, 24, 18, mix(stone, "#6a6458", 0.3)) +
    rect(24, -18, 24, 18, mix(stone, "#6a6458", 0.3)) +
    line(
      repeat(11, (i) => d`M${-17 + i * 3.4} 0v${-22 - Math.abs(i - 5) * 1.2}`) +
        "M-18 -6h36M-18 -20q18 -10 36 0",
      iron,
      1.3,
    ) +
    pier(-22) +
    pier(22)
  );
}

/** Castle: a broken keep and curtain wall. */
export function castle(s: Stage): string {
  const stone = s.paints(["#a69a84", "#8f8a80", "#b09b7c"]);
  const dark = mix(stone, "#2a3044", 0.42);
  const j = (k: number): number => s.between(-k, k);
  return (
    shape("M-60 4q30 -14 60 -12t62 12z", s.paint(s.season.grass[2])) +
    poly(stone, -46, -4, -46, -30 + j(5), -40, -26, -34, -38 + j(4), -28, -30, -22, -36, -22, -4) +
    shape("M-22 -6v-54h5v5h5v-5h5v5h5v-5h5v54z", stone) +
    shape("M-6 -6v-49h5v-5h4v54z", dark) +
    poly(stone, 3, -5, 3, -26, 14, -30 + j(5), 20, -20, 30, -24, 30, -4) +
    shape("M28 -4v-40q3 -9 8 -6l4 6l4 -3v43z", stone) +
    shape("M37 -4v-43l3 3l4 -3v43z", dark) +
    shape(
      "M-14 -28v-7q2 -4 4 0v7zM-14 -44v-6q2 -4 4 0v6zM33 -26v-6q2 -4 4 0v6zM9 -5v-10q4 -6 8 0v10zM-38 -10v-8" +
        "q2 -4 4 0v8z",
      mix(dark, "#11151f", 0.4),
    )
  );
}

/** Standing stones: a short row or ring. */
export function standingStones(s: Stage): string {
  return [
    [-38, 24],
    [-20, 34],
    [0, 44],
    [20, 36],
    [38, 26],
  ]
    .map(([x, h]) => {
      const tall = h + s.between(-7, 7);
      const stone = s.paints(["#8f8d88", "#9a9488", "#7f807e"]);
      const lean = s.between(-4, 4);
      return (
        shadow(16, x, 0) +
        shape(
          d`M${x - 6} 1q-2 ${-tall * 0.6} ${2 + lean} ${-tall}q6 -4 9 3q4 ${tall * 0.5} 3 ${tall - 3}z`,
          stone,
        ) +
        shape(
          d`M${x + 1} 1q4 ${-tall * 0.6} ${lean} ${-tall + 1}q3 -2 4 2q4 ${tall * 0.5} 3 ${tall - 3}z`,
          mix(stone, "#2a3044", 0.45),
        )
      );
    })
    .join("");
}

/** A market or war-memorial cross on steps. */
export function cross(s: Stage): string {
  const stone = s.paints(STONE);
  const dark = mix(stone, "#2a3044", 0.4);
  return (
    shadow(44) +
    rect(-20, -6, 40, 7, stone) +
    rect(-14, -12, 28, 6, mix(stone, "#ffffff", 0.12)) +
    rect(-8, -18, 16, 6, stone) +
    rect(-2.6, -62, 5.2, 46, stone) +
    rect(0.6, -62, 2, 46, dark) +
    rect(-11, -54, 22, 5, stone) +
    `<circle cx="0" cy="-51.5" r="7" fill="none" stroke="${stone}" stroke-width="2.2"/>` +
    rect(2, -18, 6, 6, dark)
  );
}

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
