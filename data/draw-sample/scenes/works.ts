/** People's works: power, industry, quarries and mines, water. */
import { mix } from "./colour";
import { house } from "./houses";
import { skyline } from "./land";
import {
  SIZE,
  at,
  d,
  disc,
  faint,
  line,
  oval,
  poly,
  rect,
  repeat,
  shadow,
  shape,
  windows,
} from "./pen";
import type { Stage } from "./stage";

export function windTurbine(s: Stage): string {
  const one = (x: number, k: number): string => {
    const turn = s.between(0, 120);
    const blade = "M-1.6 0q-2.6 -18 1 -40q2.6 22 2.6 40z";
    return at(
      x,
      0,
      k,
      poly(s.paint("#f4f6f5"), -2.6, 0, -1.2, -66, 1.2, -66, 2.6, 0) +
        rect(0.6, -66, 1.2, 66, s.paint("#bcc8cf")) +
        repeat(
          3,
          (i) =>
            d`<path d="${blade}" fill="${s.paint("#fbfcfb")}" transform="translate(0 -67) rotate(${turn + i * 120})"/>`,
        ) +
        disc(0, -67, 2.6, s.paint("#d6dde0")),
    );
  };
  return one(-34, 0.7) + one(34, 0.8) + one(0, 1.15);
}

export function pylons(s: Stage): string {
  const steel = s.paint("#56626c");
  const one =
    "M-14 0L-4 -50L-1.5 -84M14 0L4 -50L1.5 -84M-11 -14L8 -30M11 -14L-8 -30M-8 -30L4.6 -48M8 -30L-4.6 -48" +
    "M-20 -50h40M-16 -63h32M-11 -76h22M-20 -50L-2.5 -57M20 -50L2.5 -57";
  return (
    at(-42, -3, 0.5, line(one, mix(steel, s.mood.haze, 0.4), 2)) +
    line(one, steel, 1.9) +
    line(
      "M-20 -50Q-40 -22 -52 -28M20 -50Q-12 -20 -32 -28M20 -50q50 22 120 10M-20 -50q80 30 150 20M16 -63" +
        "q50 16 120 4M-16 -63q-100 30 -150 14",
      steel,
      0.9,
      faint(0.8),
    )
  );
}

export function coolingTowers(s: Stage): string {
  const concrete = s.paint("#cfcbc2");
  const dark = s.paint("#8f8f90");
  const tower = (x: number, k: number): string =>
    at(
      x,
      0,
      k,
      repeat(4, (i) => disc(i * 8 - 4, -68 - i * 9, 10 + i * 3.4, s.paint("#fafafa"), faint(0.6))) +
        shape("M-22 0q12 -30 7 -60h30q-5 30 7 60z", s.gradient(concrete, concrete)) +
        shape("M4 0q2 -34 0 -60h11q-5 30 7 60z", dark) +
        oval(0, -60, 15, 2.6, "#6d6d70"),
    );
  return (
    rect(24, -92, 6, 92, dark) +
    rect(24, -92, 6, 7, s.paint("#c8553a")) +
    tower(-32, 0.85) +
    tower(4, 1) +
    rect(18, -22, 34, 22, s.paint("#7f8a92"))
  );
}

export function solarPanels(s: Stage): string {
  return repeat(3, (r) =>
    repeat(4, (i) => {
      const k = 0.7 + r * 0.25;
      const x = (-46 + i * 28) * k;
      const y = -22 + r * 14;
      return (
        poly(
          s.paint("#24406b"),
          x,
          y,
          x + 22 * k,
          y,
          x + 25 * k,
          y - 11 * k,
          x + 4 * k,
          y - 11 * k,
        ) +
        line(
          d`M${x + 11 * k} ${y}l${3 * k} ${-11 * k}M${x + 2 * k} ${y - 5.5 * k}h${22 * k}`,
          "#a9c4e0",
          0.8,
        ) +
        line(d`M${x + 3 * k} ${y}v${4 * k}m${16 * k} ${-4 * k}v${4 * k}`, "#6b7278", 1)
      );
    }),
  );
}

export function substation(s: Stage): string {
  const steel = s.paint("#8a949c");
  return (
    shadow(86) +
    line("M-40 0v-44M-14 0v-44M14 0v-44M40 0v-44M-40 -42h80M-40 -34h80", steel, 2.6) +
    repeat(7, (i) =>
      line(d`M${-36 + i * 12} -34v13`, s.paint("#8a5a3c"), 2.8, 'stroke-dasharray="1.6 1"'),
    ) +
    repeat(
      3,
      (i) =>
        rect(-34 + i * 26, -18, 17, 18, s.paint("#9fa9a4")) +
        line(d`M${-30 + i * 26} -18v-6m9 6v-6`, "#8a5a3c", 2),
    ) +
    line("M-50 2h100M-50 -9h100", "#4a5a50", 0.8) +
    line(
      repeat(21, (i) => d`M${-50 + i * 5} 3v-13`),
      "#4a5a50",
      0.7,
    )
  );
}

/** Factory: saw-tooth roof, chimney, smoke. */
export function factory(s: Stage): string {
  const brick = s.paints(["#a8573f", "#8f6a58", "#9a9f9f"]);
  const stack = s.paint("#9a5a44");
  const glass = s.paint("#9fc0cc");
  return (
    repeat(5, (i) =>
      disc(
        33 + i * 8,
        -84 - i * 8,
        6 + i * 2.6,
        s.paint(s.mood.name === "dusk" ? "#b9b5c4" : "#e6e4de"),
        faint(0.7),
      ),
    ) +
    shadow(92) +
    poly(stack, 26, 0, 28, -80, 35, -80, 37, 0) +
    rect(27.4, -78, 8, 3, "#e9dfc9") +
    repeat(
      4,
      (i) =>
        poly(brick, -46 + i * 18, -22, -46 + i * 18, -40, -28 + i * 18, -28, -28 + i * 18, -22) +
        poly(
          glass,
          -45.6 + i * 18,
          -26,
          -45.6 + i * 18,
          -38,
          -42 + i * 18,
          -35.6,
          -42 + i * 18,
          -26,
        ),
    ) +
    rect(-46, -26, 72, 26, brick) +
    windows(-44, -22, 48, 13, 7, 1, s.mood.glow) +
    rect(8, -16, 14, 16, s.paint("#3f5a6b")) +
    line("M8 -12h14M8 -8h14M8 -4h14", "#6f8a9a", 0.8)
  );
}

/** Storage tanks, pipes and silos. */
export function tanks(s: Stage): string {
  const metal = s.paints(["#d3d8d9", "#c9c2b2", "#a9b5ba"]);
  const dark = mix(metal, "#39465a", 0.4);
  const silo = (x: number, w: number, h: number): string =>
    rect(x, -h, w, h, metal) +
    rect(x + w * 0.65, -h, w * 0.35, h, dark) +
    oval(x + w / 2, -h, w / 2, 3.4, mix(metal, "#ffffff", 0.4)) +
    line(d`M${x} ${-h * 0.4}h${w}`, dark, 0.9);
  return (
    shadow(90) +
    silo(-44, 26, 24) +
    silo(-14, 14, 54) +
    silo(2, 14, 54) +
    silo(20, 26, 30) +
    line("M-36 -30h40v-8M16 -40h20v10M-12 -54L10 -70L16 -54", dark, 2.4) +
    disc(10, -76, 5, s.paint("#f0efe8"), faint(0.7)) +
    disc(16, -84, 7, s.paint("#f0efe8"), faint(0.6))
  );
}

/** Textile mill: tall, many windows, chimney. */
export function mill(s: Stage): string {
  const stone = s.paints(["#a8573f", "#a39078", "#8f8274"]);
  return (
    shadow(84) +
    poly(mix(stone, "#2a3044", 0.15), 30, 0, 32, -96, 38, -96, 41, 0) +
    rect(-42, -56, 68, 56, stone) +
    rect(-43, -59, 70, 4, mix(stone, "#ffffff", 0.2)) +
    windows(-40, -55, 64, 54, 9, 5, s.mood.glow) +
    rect(-30, -68, 14, 12, stone) +
    poly("#5d636d", -32, -68, -23, -77, -14, -68)
  );
}

/** Stepped quarry face with a digger. Drawn in pixels. */
export function quarryFace(s: Stage): string {
  const rock = s.random.pick(["#c9b08a", "#d9d3c4", "#a89a8c", "#b5835a"]);
  const y = s.horizon - 14;
  s.depth = 0.3;
  let text = shape(skyline(s, y + 4, 22, 120), s.paint(mix(s.season.grass[2], "#4c5a3c", 0.3)));
  for (let i = 0; i < 4; i++) {
    s.depth = 0.36 - i * 0.1;
    const top = y + i * 17;
    const inset = -6 + i * 13;
    const lip = s.paint(mix(rock, "#ffffff", 0.25));
    const face = s.paint(mix(rock, "#3a3038", 0.18 + i * 0.04));
    const j = s.between(-3, 3);
    text +=
      poly(
        face,
        inset,
        top,
        SIZE - inset + j,
        top - 2,
        SIZE - inset - 8,
        top + 14,
        inset + 8,
        top + 15,
      ) +
      poly(
        lip,
        inset + 6,
        top + 14,
        SIZE - inset - 6,
        top + 13,
        SIZE - inset - 12,
        top + 18,
        inset + 14,
        top + 19,
      ) +
      line(
        repeat(
          9,
          () => d`M${s.between(inset + 8, SIZE - inset - 8)} ${top + 1}l${s.between(-2, 2)} 12`,
        ),
        s.paint(mix(rock, "#2a2430", 0.42)),
        1,
        faint(0.7),
      );
  }
  s.depth = 0;
  const heap = (x: number, w: number): string =>
    poly(s.paint(mix(rock, "#ffffff", 0.15)), x - w, 196, x - w * 0.1, 196 - w * 0.8, x, 196) +
    poly(s.paint(mix(rock, "#3a3038", 0.25)), x, 196, x - w * 0.1, 196 - w * 0.8, x + w, 196);
  return (
    text +
    rect(
      -2,
      y + 84,
      228,
      60,
      s.gradient(s.paint(mix(rock, "#ffffff", 0.1)), s.paint(mix(rock, "#4a4038", 0.3))),
    ) +
    heap(s.between(30, 70), 34) +
    at(s.between(120, 180), 200, 0.8, digger(s))
  );
}

export function digger(s: Stage): string {
  const yellow = s.paint("#f0b52e");
  return (
    shadow(56) +
    rect(-22, -8, 40, 9, "#2a2d31", 'rx="4"') +
    rect(-20, -24, 30, 15, yellow) +
    rect(-2, -38, 16, 16, yellow) +
    rect(1, -36, 11, 10, "#34434f") +
    line("M12 -20L32 -46L50 -26", yellow, 5) +
    poly("#3a3d41", 44, -26, 56, -24, 52, -12, 43, -16)
  );
}

/** Colliery headframe. */
export function headframe(s: Stage): string {
  const steel = s.paint("#4a545c");
  return (
    shadow(70) +
    poly(s.paint("#5f5a55"), 20, 0, 46, -26, 74, 0) +
    line(
      "M-14 0L-6 -62M14 0L6 -62M6 -58L44 0M-12 -18h24M-10 -36h20M-12 -18L10 -36M12 -18L-10 -36M-9 -40L6 -58",
      steel,
      3,
    ) +
    [-6, 7]
      .map(
        (x) => `<circle cx="${x}" cy="-66" r="9" fill="none" stroke="${steel}" stroke-width="2"/>`,
      )
      .join("") +
    line("M-6 -75v18M-15 -66h18M7 -75v18M-2 -66h18", steel, 1) +
    house(s, -34, { w: 30, h: 17, roof: 9, wall: "#a8573f", storeys: 1 })
  );
}

/** Cornish engine house: a tall ruin with a chimney at its corner. */
export function engineHouse(s: Stage): string {
  const stone = s.paints(["#9a8c78", "#8f8a80"]);
  const dark = mix(stone, "#2a3044", 0.42);
  return (
    shadow(60) +
    poly(stone, -22, 0, -22, -48, -8, -60, 8, -48, 8, 0) +
    poly(dark, 8, 0, 8, -48, 20, -44, 20, 0) +
    poly(stone, 18, 0, 20, -56, 29, -56, 31, 0) +
    poly(s.paint("#a8573f"), 20, -56, 20.8, -80, 28.2, -80, 29, -56) +
    shape("M-12 -8v-12q5 -6 10 0v12zM-12 -30v-9q5 -6 10 0v9z", "#20242c") +
    shape("M11 -12v-14l5 -2v15z", "#20242c")
  );
}

/** Reservoir and dam. Drawn in pixels. */
export function dam(s: Stage): string {
  const y = s.horizon + s.between(12, 20);
  const stone = s.paints(["#b8b0a0", "#a39b8c", "#c9c5ba"]);
  const dark = mix(stone, "#2a3044", 0.35);
  const low = s.mood.sky[s.mood.sky.length - 1];
  const buttress = repeat(11, (i) => d`M${14 + i * 20} ${y + 6}v${32 - Math.abs(i - 5) * 2.5}`);
  return (
    rect(-2, y - 9, 228, 12, s.gradient(mix(low, "#6f94a0", 0.3), s.paint("#5a8a9a"))) +
    shape(d`M-4 ${y}h232v20Q112 ${y + 76} -4 ${y + 20}z`, s.gradient(stone, dark)) +
    line(buttress, dark, 2, faint(0.7)) +
    rect(-4, y - 3, 232, 4.4, mix(stone, "#ffffff", 0.25)) +
    shape(d`M100 ${y + 6}h24l10 40h-44z`, "#f4f8f8", faint(0.9)) +
    at(s.between(46, 70), y, 0.4, valveTower(s)) +
    oval(112, y + 56, 50, 6, "#dfeaec", faint(0.7))
  );
}

function valveTower(s: Stage): string {
  const stone = s.paint("#c9bfa8");
  return (
    rect(-11, -44, 22, 48, stone) +
    rect(3, -44, 8, 48, mix(stone, "#2a3044", 0.35)) +
    poly(s.paint("#5a8a7a"), -14, -44, 0, -70, 14, -44) +
    windows(-10, -38, 20, 20, 2, 1, "#34434f")
  );
}

export function waterTower(s: Stage): string {
  const c = s.paints(["#d6d3c8", "#b5a28c", "#c9d0d0"]);
  const dark = mix(c, "#2a3044", 0.36);
  return (
    shadow(40) +
    rect(-14, -40, 5, 40, c) +
    rect(-2.5, -40, 5, 40, c) +
    rect(9, -40, 5, 40, dark) +
    line("M-12 -20h24M-12 -36L12 -20M12 -36L-12 -20", dark, 1.4) +
    shape("M-24 -66h48v18q-4 10 -24 10t-24 -10z", c) +
    shape("M8 -66h16v18q-2 6 -16 9z", dark) +
    oval(0, -66, 24, 4.4, mix(c, "#ffffff", 0.4))
  );
}

/** Treatment works: round tanks with a rotating arm. */
export function filterBeds(s: Stage): string {
  return [
    [-26, -14, 0.7],
    [28, -16, 0.66],
    [-4, 0, 1],
  ]
    .map(([x, y, k]) =>
      at(
        x,
        y,
        k,
        oval(0, 2, 38, 12, s.paint("#8a8a84")) +
          oval(0, -2, 38, 12, s.paint("#c4c2ba")) +
          oval(0, -2, 34, 10, s.paint("#5f7a6d")) +
          oval(-4, -4, 20, 5, s.paint("#84a08f"), faint(0.6)) +
          line("M-33 -5L33 1", s.paint("#4a545c"), 2.4) +
          rect(-2.6, -15, 5.2, 14, s.paint("#4a545c")),
      ),
    )
    .join("");
}

/** Village pump or well. */
export function pump(s: Stage): string {
  const iron = s.paints(["#2f5a4a", "#2d3a4a", "#7a2f38"]);
  return (
    shadow(50) +
    rect(-24, -6, 48, 7, s.paint("#b5ab98")) +
    rect(-6, -46, 12, 42, iron) +
    rect(-8, -49, 16, 4, iron) +
    disc(0, -53, 4, iron) +
    line("M6 -36q14 2 14 14M-6 -42q-18 -2 -20 24", iron, 3.4) +
    rect(10, -16, 22, 12, s.paint("#8f8d88")) +
    line("M20 -22v10", "#9fd0e6", 2)
  );
}
