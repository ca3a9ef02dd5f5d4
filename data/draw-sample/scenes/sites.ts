/** Building sites, waste, ruin and defence. */
import { mix } from "./colour";
import { car, house } from "./houses";
import { at, d, disc, line, lumps, poly, rect, repeat, shadow, shape, windows } from "./pen";
import type { Stage } from "./stage";
import { digger } from "./works";

/** Tower crane over a half-built frame. */
export function craneSite(s: Stage): string {
  const yellow = s.paints(["#f0b52e", "#d9503c", "#e8e4d8"]);
  const frame = s.paint("#9a958c");
  const drawing =
    shadow(84) +
    repeat(4, (i) => rect(-42, -14 - i * 13, 46, 3, frame)) +
    repeat(4, (i) => rect(-42 + i * 14.4, -53, 3, 53, frame)) +
    line("M-46 0v-60M8 0v-60M-46 -18h54M-46 -34h54M-46 -50h54", s.paint("#7a5f42"), 0.9) +
    line(
      "M22 0v-94M30 0v-94M22 -4l8 -8l-8 -8l8 -8l-8 -8l8 -8l-8 -8l8 -8l-8 -8l8 -8l-8 -8",
      yellow,
      1.7,
    ) +
    line("M-40 -92h104M-40 -97L26 -110L58 -97M-40 -97h98", yellow, 2) +
    rect(21, -96, 11, 9, yellow) +
    rect(50, -92, 12, 9, "#6b6b68") +
    line("M-24 -92v28", "#2a2d31", 1) +
    rect(-31, -64, 14, 5, s.paint("#a8573f"));
  return at(0, 0, 0.86, drawing);
}

/** New houses in scaffolding with a digger in front. */
export function scaffold(s: Stage): string {
  return (
    house(s, -12, { w: 52, h: 30, roof: 15, wall: "#c08a68", tiles: "#8a6c4a" }) +
    line(
      "M-44 0v-40M-28 0v-40M-12 0v-40M4 0v-40M20 0v-40M-46 -12h70M-46 -25h70M-46 -37h70M-44 -12l16 -13M4 -25l16 -12",
      s.paint("#c9ced0"),
      1.7,
    ) +
    line("M-46 -11h70M-46 -24h70", s.paint("#b58a50"), 1.8) +
    at(30, 8, 0.7, digger(s)) +
    repeat(5, (i) => rect(-52 + i * 12, 2, 11, 9, i % 2 ? s.paint("#e8632c") : "#f6f3ea"))
  );
}

/** Wheelie bins or recycling banks. */
export function bins(s: Stage): string {
  const bin = (x: number, c: string): string =>
    shadow(20, x) +
    poly(c, x - 9, -2, x - 11, -28, x + 11, -28, x + 9, -2) +
    poly(mix(c, "#14171d", 0.35), x + 3, -2, x + 4, -28, x + 11, -28, x + 9, -2) +
    shape(d`M${x - 13} -27q1 -7 13 -7t13 7z`, mix(c, "#ffffff", 0.15)) +
    disc(x - 6, -1, 3, "#1f2226");
  if (s.chance(0.55))
    return bin(-30, s.paint("#2f7a4a")) + bin(-2, s.paint("#2d5fa0")) + bin(26, s.paint("#4a4038"));
  const bank = (x: number, c: string): string =>
    shadow(26, x) +
    shape(d`M${x - 13} 0v-24q0 -14 13 -14t13 14v24z`, c) +
    disc(x, -24, 4.6, "#1f2226") +
    rect(x - 8, -14, 16, 8, "#f6f3ea");
  return bank(-30, s.paint("#3a8a4f")) + bank(0, s.paint("#2d5fa0")) + bank(30, s.paint("#b8702f"));
}

/** Rubbish tip: a heap, gulls, a skip. */
export function landfill(s: Stage): string {
  const scrap = repeat(34, () => {
    const x = s.between(-44, 44);
    const top = -34 * (1 - Math.abs(x) / 56) ** 1.2;
    return rect(
      x,
      s.between(top, 0),
      s.between(3, 8),
      s.between(2, 5),
      s.paints(["#d9d3c4", "#4a6a8a", "#c8553a", "#2b2724", "#e0b83a", "#7a8a6a", "#f4f4f0"]),
    );
  });
  const gulls = repeat(9, () => d`M${s.between(-46, 42)} ${s.between(-66, -38)}q3 -4 5 0q3 -4 5 0`);
  return (
    shape("M-54 3q26 -40 54 -40t54 40z", s.paint("#8a7a66")) +
    scrap +
    line(gulls, "#fbfbf7", 1.5) +
    poly(s.paint("#e0b83a"), 20, 4, 16, -14, 58, -14, 54, 4) +
    poly(s.paint("#b8922a"), 42, 4, 44, -14, 58, -14, 54, 4)
  );
}

/** Roofless, ivied ruin. */
export function ruin(s: Stage): string {
  const stone = s.paints(["#a39b8c", "#9a8a74", "#a8705a"]);
  const dark = mix(stone, "#2a3044", 0.42);
  const ivy = s.paint("#4a6a3c");
  return (
    shadow(80) +
    poly(dark, -30, 0, -30, -22, -12, -26, 10, -20, 30, -27, 30, 0) +
    poly(
      stone,
      -38,
      0,
      -38,
      -27,
      -26,
      -50,
      -20,
      -44,
      -14,
      -28,
      -8,
      -24,
      -4,
      -14,
      8,
      -17,
      12,
      -8,
      24,
      -12,
      28,
      0,
    ) +
    poly(mix(stone, "#2a3044", 0.2), 28, 0, 28, -30, 36, -46, 42, -38, 44, -26, 44, 0) +
    shape("M-31 -8v-12h8v12zM-29 -30h5v8h-5zM-4 0v-9h7v9z", "#20242c") +
    line("M-26 -46L6 -30M-20 -36L18 -30", s.paint("#5a4636"), 1.8) +
    shape(lumps(s, -42, -20, -22, 10), ivy) +
    shape(lumps(s, 30, 47, -24, 12), ivy) +
    shape(lumps(s, -44, -6, 2, 8), s.paint("#6a7a4a")) +
    shape(lumps(s, 12, 50, 2, 9), s.paint("#5f7044"))
  );
}

/** A rusting car or shed, boarded up. */
export function wreck(s: Stage): string {
  if (s.chance(0.5))
    return (
      at(0, 0, 1.4, car({ ...s, paints: () => s.paint("#a0623c") })) +
      shape(lumps(s, -46, 44, 3, 10), s.paint("#6a7a4a"))
    );
  return (
    house(s, 0, { w: 58, h: 25, roof: 13, wall: "#9a9488", tiles: "#7a5a4a" }) +
    poly("#20242c", -14, -28, -6, -37, 8, -35, 4, -27) +
    line(
      "M-24 -22l10 9M-24 -13l10 -9M-8 -22l10 9M-8 -13l10 -9M10 -22l10 9M10 -13l10 -9",
      s.paint("#a5825a"),
      2.4,
    ) +
    shape(lumps(s, -46, -8, 2, 12), s.paint("#55703c")) +
    shape(lumps(s, 8, 46, 2, 9), s.paint("#6a7a4a"))
  );
}

/** Pillbox. */
export function pillbox(s: Stage): string {
  const c = s.paints(["#a8a296", "#8f8c84", "#9a9a8a"]);
  const dark = mix(c, "#2a3044", 0.38);
  return (
    shadow(78) +
    poly(c, -36, 0, -36, -26, -10, -30, 14, -30, 14, 0) +
    poly(dark, 14, 0, 14, -30, 38, -25, 38, 0) +
    poly(mix(c, "#ffffff", 0.2), -39, -25, -10, -33, 16, -33, 41, -27, 14, -28, -10, -27) +
    rect(-28, -19, 15, 5, "#171a20") +
    rect(-6, -20, 15, 5, "#171a20") +
    rect(21, -18, 10, 4.6, "#171a20") +
    shape(lumps(s, -44, -14, 2, 7), s.paint("#5f7a44")) +
    shape(lumps(s, 16, 46, 2, 6), s.paint("#5f7a44"))
  );
}

/** Nissen huts behind a fence. */
export function nissenHuts(s: Stage): string {
  const tin = s.paints(["#7d8a7a", "#8a9298", "#6a7a5c"]);
  const hut = (x: number): string =>
    shadow(34, x) +
    shape(d`M${x - 16} 0q0 -25 16 -25t16 25z`, tin) +
    shape(d`M${x + 5} 0q2 -22 -3 -24.6q14 4 14 24.6z`, mix(tin, "#2a3044", 0.35)) +
    rect(x - 4, -13, 8, 13, "#2f3a34") +
    rect(x - 12, -11, 5, 6, s.mood.glow);
  return (
    hut(-32) +
    hut(0) +
    hut(32) +
    line(
      "M-52 3v-19l3 -3M-26 3v-19l3 -3M0 3v-19l3 -3M26 3v-19l3 -3M52 3v-19l3 -3M-52 -3h104M-52 -10h104M-52 -16h104",
      "#4a4f4a",
      0.9,
    ) +
    line("M44 0v-56", "#7b8288", 1.4) +
    poly(s.paint("#c8303a"), 44, -56, 62, -53, 62, -44, 44, -46)
  );
}

/** Tank on a plinth. */
export function tank(s: Stage): string {
  const green = s.paints(["#5a6a44", "#6a6a48", "#8a7a54"]);
  const dark = mix(green, "#14171d", 0.4);
  return (
    shadow(84) +
    rect(-38, -14, 76, 14, "#26292b", 'rx="7"') +
    repeat(6, (i) => disc(-29 + i * 11.6, -7, 5, dark)) +
    poly(green, -42, -14, -34, -24, 34, -24, 42, -14) +
    shape("M-16 -24q0 -13 8 -14h18q8 2 10 14z", green) +
    rect(14, -34, 40, 3.6, dark) +
    rect(-6, -41, 11, 4, dark) +
    disc(-2, -30, 4, "#f6f3ea") +
    disc(-2, -30, 2, s.paint("#2d4f8a"))
  );
}

/** Martello tower or radar golf balls. */
export function fort(s: Stage): string {
  if (s.chance(0.5))
    return [
      [-26, 17],
      [10, 24],
      [38, 12],
    ]
      .map(
        ([x, r]) =>
          rect(x - r * 0.5, -r * 0.6, r, r * 0.6, s.paint("#8f8d88")) +
          disc(x, -r * 1.2, r, s.paint("#f6f6f2")) +
          shape(
            d`M${x} ${-r * 2.2}a${r} ${r} 0 0 1 0 ${r * 2}q${r * 0.6} ${-r} 0 ${-r * 2}z`,
            s.paint("#c4ccd2"),
          ),
      )
      .join("");
  const brick = s.paints(["#b5785a", "#b5ab98"]);
  return (
    shadow(60) +
    poly(brick, -28, 0, -23, -42, 23, -42, 28, 0) +
    poly(mix(brick, "#2a3044", 0.38), 6, 0, 7, -42, 23, -42, 28, 0) +
    rect(-25, -46, 50, 6, mix(brick, "#ffffff", 0.2)) +
    rect(-4, -28, 8, 11, "#20242c") +
    windows(-22, -24, 14, 12, 1, 1, "#20242c") +
    line("M-8 -48L20 -54", "#20242c", 4)
  );
}
