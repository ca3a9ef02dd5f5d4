/** Water inland, rock, and the wild things that sit for a portrait. */
import { lit, mix } from "./colour";
import { stones } from "./land";
import { SIZE, d, disc, faint, line, oval, poly, rect, repeat, shadow, shape } from "./pen";
import type { Stage } from "./stage";

/** Fills for still water: a mirror of the sky, a little darker. */
export function waterFill(s: Stage): string {
  const [top] = s.mood.sky;
  const low = s.mood.sky[s.mood.sky.length - 1];
  return s.gradient(mix(low, "#6f94a0", 0.25), mix(top, "#3d6b7c", 0.4));
}

/** A lake across the middle of the picture, with its far bank mirrored in it. */
export function lake(s: Stage): string {
  const y = s.horizon + s.between(16, 26);
  const near = s.between(178, 200);
  const x = s.between(80, 144);
  const w = s.between(110, 170);
  const m = (y + near) / 2;
  const spit = s.between(-14, 26);
  const edge =
    d`M${x - w} ${m}C${x - w} ${y - 4} ${x - w * 0.4} ${y + 3} ${x} ${y}` +
    d`S${x + w} ${y - 5} ${x + w} ${m - 8}S${x + w * 0.5} ${near + 4} ${x + spit} ${near - 7}` +
    d`S${x - w} ${near + 8} ${x - w} ${m}z`;
  s.depth = 0.1;
  const bank = s.paint(mix(s.season.grass[2], "#3a4436", 0.4));
  const ripples = repeat(
    9,
    () => d`M${s.between(10, 190)} ${s.between(y + 12, near - 12)}h${s.between(8, 30)}`,
  );
  return (
    shape(edge, waterFill(s), `stroke="${bank}" stroke-width="2.5"`) +
    oval(x, y + 12, w * 0.7, 7, bank, faint(0.3)) +
    line(ripples, "#ffffff", 1, faint(0.4))
  );
}

/** Dark pools in a bog, with moss and cotton grass round them. */
export function bogPools(s: Stage): string {
  const water = waterFill(s);
  const moss = s.paints(["#8a9a4a", "#a0813f", "#7d8a4c"]);
  return repeat(8, (i) => {
    const near = (i + s.between(0, 0.8)) / 8;
    const y = s.horizon + 22 + near * 75;
    const x = s.between(10, 214);
    const w = 10 + near * 38;
    return (
      oval(x, y + 1, w * 1.12, w * 0.24 + 1.4, moss) +
      oval(x, y, w, w * 0.2, "#2e3436") +
      oval(x + 1, y + 0.8, w * 0.94, w * 0.17, water)
    );
  });
}

/** Rock outcrop with joints: 80 wide, 50 high. `strata` draws it in tilted bands. */
export function crag(s: Stage, strata = false): string {
  const rock = s.random.pick(
    strata ? ["#b5835a", "#c49a6c", "#a8695a"] : ["#8b8b88", "#7f8184", "#96897a"],
  );
  const j = (k: number): number => s.between(-k, k);
  const outline = [
    -42,
    2,
    -38 + j(3),
    -20,
    -26 + j(3),
    -34 + j(4),
    -8 + j(4),
    -44 + j(5),
    8 + j(3),
    -50 + j(5),
    26 + j(3),
    -34 + j(4),
    38,
    -16,
    43,
    2,
  ];
  const bright = s.paint(mix(rock, "#efe6cf", 0.2));
  const dark = s.paint(mix(rock, "#29303f", 0.45));
  const cracks = line(
    d`M-26 -30l4 30M-6 -42l-2 18l6 22M22 -32l-4 16l3 16M-36 -16l14 3M-8 -24l16 5`,
    dark,
    1.3,
    faint(0.8),
  );
  const face = poly(dark, 8, -50, 26, -34, 38, -16, 43, 2, 14, 2, 18, -20);
  if (!strata) return shadow(84) + poly(bright, ...outline) + face + cracks;
  const bands = repeat(6, (i) =>
    line(
      d`M${-44} ${-i * 9 + 4}q40 ${-14 + j(3)} 86 ${-4}`,
      i % 2 ? dark : s.paint("#ead6b0"),
      2.6,
      faint(0.7),
    ),
  );
  s.defs.push(
    `<clipPath id="strata"><polygon points="${outline.map((v) => v.toFixed(1)).join(" ")}"/></clipPath>`,
  );
  return shadow(84) + poly(bright, ...outline) + `<g clip-path="url(#strata)">${face}${bands}</g>`;
}

/** Wet rocks and weed at the water's edge. Drawn in pixels. */
export function shoreRocks(s: Stage): string {
  const x = s.chance(0.5) ? s.between(0, 50) : s.between(174, 224);
  s.depth = 0;
  return repeat(7, () => {
    const r = s.between(4, 13);
    const px = x + s.between(-34, 34);
    const y = s.shore + s.between(4, 22);
    const rock = s.paints(["#6d6a66", "#7d766c", "#5f6468"]);
    return (
      oval(px, y, r * 1.3, r * 0.7, mix(rock, "#1d222c", 0.4)) +
      oval(px - r * 0.2, y - r * 0.2, r, r * 0.46, rock)
    );
  });
}

/** Columns of basalt, stepping up. */
export function columns(s: Stage): string {
  const tops = [12, 22, 34, 46, 40, 52, 36, 26, 14];
  return (
    shadow(84) +
    tops
      .map((h, i) => {
        const x = -42 + i * 9.4;
        const tall = h + s.between(-4, 4);
        const rock = s.paints(["#5d5f62", "#6b6763", "#55585e"]);
        return (
          rect(x, -tall, 9.2, tall + 2, rock) +
          rect(x, -tall, 3, tall + 2, mix(rock, "#ffffff", 0.15)) +
          poly(
            mix(rock, "#d8d2c0", 0.5),
            x,
            -tall,
            x + 3,
            -tall - 2.4,
            x + 7.4,
            -tall - 2,
            x + 9.2,
            -tall,
            x + 4.6,
            -tall + 1.6,
          )
        );
      })
      .join("")
  );
}

/** A boulder perched on another: an erratic. */
export function erratic(s: Stage): string {
  const rock = s.paints(["#8d8a84", "#a1998c"]);
  const dark = mix(rock, "#29303f", 0.45);
  return (
    shadow(70) +
    shape("M-34 2q-2 -16 14 -18h34q18 2 18 18z", dark) +
    shape("M-34 2q-2 -16 14 -18h14q-10 8 -8 18z", rock) +
    shape("M-24 -16q-8 -26 14 -32q26 -6 36 10q4 16 -10 22z", dark) +
    shape("M-24 -16q-8 -26 14 -32q20 -4 26 4q-22 6 -20 28z", mix(rock, "#ffffff", 0.12))
  );
}

/** Scree and cliffs filling the middle of the picture. */
export function cliffs(s: Stage): string {
  const rock = s.random.pick(["#8a8a8c", "#97897a", "#7c8288", "#a58d77"]);
  const left = s.chance(0.5);
  s.depth = 0.25;
  const bright = s.paint(mix(rock, "#efe6cf", 0.18));
  const dark = s.paint(mix(rock, "#2a3142", 0.42));
  const top = s.horizon - s.between(26, 62);
  const foot = s.horizon + s.between(28, 40);
  const x = (v: number): number => (left ? v : SIZE - v);
  let text = poly(
    bright,
    x(-6),
    top,
    x(60),
    top - 6,
    x(92),
    top + 12,
    x(118),
    top + 26,
    x(140),
    foot - 22,
    x(168),
    foot,
    x(-6),
    foot + 14,
  );
  for (let i = 0; i < 8; i++) {
    const px = i * 18 + s.between(-4, 4);
    const py = top - 5 + i * 4 + i * i * 0.6;
    text += poly(
      dark,
      x(px),
      py,
      x(px + 7),
      py + 3,
      x(px + 9),
      foot - 12 + s.between(-14, 4),
      x(px + 1),
      foot - 6,
    );
  }
  text += poly(
    s.paint(s.season.grass[0]),
    x(-6),
    top + 3,
    x(60),
    top - 3,
    x(92),
    top + 15,
    x(90),
    top + 9,
    x(60),
    top - 9,
    x(-6),
    top - 4,
  );
  text += poly(
    mix(bright, dark, 0.4),
    x(-6),
    foot - 10,
    x(70),
    foot - 18,
    x(190),
    foot + 12,
    x(120),
    foot + 26,
    x(-6),
    foot + 34,
  );
  return text + stones(s, 26, [rock, mix(rock, "#e9dfc8", 0.3)]);
}

/** A deer, standing. */
export function deer(s: Stage): string {
  const coat = s.paints(["#9a6238", "#8a5630", "#a97444"]);
  const dark = mix(coat, "#241b18", 0.4);
  return (
    shadow(46) +
    line("M-14 -22l-2 22M-9 -22l1 22M12 -22l-1 22M17 -22l2 22", dark, 3.2) +
    shape(
      "M-20 -34q2 -8 14 -8h22q4 -10 8 -20l8 -2q8 2 9 7l-9 3q-2 14 -10 24q-6 10 -22 9h-14q-7 -4 -6 -13z",
      coat,
    ) +
    line("M25 -64q-10 -8 -7 -20m0 9l-6 -4m8 -2M28 -64q8 -8 4 -20m1 9l6 -5", dark, 2) +
    shape("M-20 -34l-4 8q2 4 6 0z", "#efe6d6") +
    disc(31, -59, 1, "#1b1614")
  );
}

/** A long-legged or perching bird seen close: heron, robin, swan. */
export function bird(s: Stage): string {
  const kind = s.random.below(3);
  if (kind === 0) return heron(s);
  if (kind === 1) return swan(s);
  const brown = s.paint("#8a7256");
  return (
    line("M-50 2q50 -8 100 0", s.paint("#5b4636"), 5) +
    line("M-6 -4l-2 6M5 -4l2 6", "#3d302a", 2) +
    shape("M-44 -14q20 -10 24 -22q6 -22 28 -20q20 3 20 22q2 30 -30 32q-20 0 -28 -12z", brown) +
    shape("M4 -52q22 -4 24 16q2 26 -26 30q-12 -14 -6 -26q2 -8 8 -20z", s.paint("#d9602f")) +
    shape("M-6 -6q16 6 24 -2q-4 10 -16 10z", s.paint("#efe8da")) +
    disc(14, -46, 2.4, "#17120f") +
    disc(14.6, -46.6, 0.8, "#fff") +
    poly("#4a3c32", 27, -46, 37, -43, 27, -41)
  );
}

function heron(s: Stage): string {
  const grey = s.paint("#8f9aa5");
  const pale = s.paint("#e6e8e6");
  return (
    shadow(40) +
    line("M-4 -30l-3 30M4 -30l3 30", s.paint("#9a8248"), 1.8) +
    shape("M-34 -26q16 -24 36 -22q14 2 10 14q-10 14 -46 8z", grey) +
    shape("M-34 -26q18 -10 34 -8l-10 8z", mix(grey, "#2b3440", 0.5)) +
    line("M8 -42q12 -10 4 -22q-6 -10 2 -16", pale, 5.5) +
    oval(17, -82, 6, 4, pale) +
    line("M10 -85q-8 -1 -14 4", "#2b3440", 1.8) +
    poly(s.paint("#e0a63c"), 21, -85, 42, -79, 21, -80) +
    disc(18, -83, 1, "#17120f")
  );
}

function swan(s: Stage): string {
  const white = s.paint("#fbfbf7");
  const shade = s.paint("#cdd6dc");
  return (
    oval(0, 2, 58, 6, s.paint("#7fa3b0")) +
    shape("M-42 -14q8 -20 40 -18q22 -2 30 16q2 14 -16 16h-34q-16 -2 -20 -14z", white) +
    shape("M-42 -14q18 -12 44 -6q-6 16 -26 14q-12 -2 -18 -8z", shade) +
    line("M24 -14q18 -16 6 -34q-6 -12 6 -17", white, 7.5) +
    oval(38, -66, 7, 5, white) +
    poly(s.paint("#e58a36"), 43, -68, 56, -62, 43, -62) +
    disc(40, -67, 1.2, "#17120f") +
    poly("#22201e", 42, -69, 46, -66, 43, -63)
  );
}

/** Toadstools in grass. */
export function mushrooms(s: Stage): string {
  const cap = s.paints(["#c8382c", "#c98d4a", "#b5563a", "#d9b27c"]);
  return [
    [-20, 0.7],
    [18, 0.62],
    [0, 1.05],
  ]
    .map(
      ([x, k]) =>
        `<g transform="translate(${x} 0) scale(${k})">` +
        shape("M-6 2q3 -20 0 -34h12q-3 16 0 34z", s.paint("#f1e8d6")) +
        shape("M-28 -28q4 -30 28 -32q24 2 28 32q-28 8 -56 0z", cap) +
        shape("M-28 -28q28 8 56 0q-4 6 -28 7q-24 -1 -28 -7z", lit(cap, "#b09a90")) +
        repeat(6, (i) => oval(-18 + i * 7.4, -38 - (i % 3) * 6, 2.8, 2, "#fbf3e4")) +
        "</g>",
    )
    .join("");
}

/** Flowers or a butterfly on one, close up. */
export function blossom(s: Stage): string {
  const petal = s.paints(["#e06a94", "#7b6fc9", "#f3d13c", "#f5f3ec", "#d9506a"]);
  const flower = (x: number, y: number, r: number): string =>
    line(d`M${x} ${y}q4 30 0 ${-y + 6}`, s.paint("#4f8040"), 2.6) +
    repeat(6, (i) =>
      disc(x + Math.cos(i * 1.047) * r, y + Math.sin(i * 1.047) * r, r * 0.62, petal),
    ) +
    disc(x, y, r * 0.55, s.paint("#f0c040"));
  const wings = s.chance(0.5)
    ? shape(
        "M4 -66q-26 -26 -32 -6q0 14 32 8q-20 10 -14 20q12 6 16 -18q14 24 22 12q4 -14 -20 -16q34 2 32 -12" +
          "q-6 -16 -36 12z",
        s.paints(["#e58a2e", "#4f80c4", "#b5483a"]),
        'stroke="#2a2320" stroke-width="1.6"',
      )
    : "";
  return flower(-26, -34, 9) + flower(0, -54, 11) + flower(25, -30, 8) + wings;
}

/** Out-of-focus leaves behind a close-up. */
export function bokeh(s: Stage): string {
  s.depth = 0.15;
  const [a, b, c] = s.season.grass;
  const dark = mix(s.season.snow ? "#8fa0a8" : c, "#24402f", 0.35);
  return (
    rect(
      0,
      0,
      SIZE,
      SIZE,
      s.gradient(s.paint(mix(b, s.mood.haze, 0.35)), s.paint(a), s.paint(dark)),
    ) +
    repeat(16, () =>
      disc(
        s.between(0, SIZE),
        s.between(0, SIZE),
        s.between(9, 30),
        s.paints([a, b, ...s.season.leaf, "#eef0d0"]),
        faint(0.22),
      ),
    )
  );
}
