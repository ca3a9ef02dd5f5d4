/** Trees, woods, heath, moor, grass and flowers. */
import { mix } from "./colour";
import { folds, plainCover, tufts } from "./land";
import {
  SIZE,
  at,
  d,
  disc,
  faint,
  line,
  lumps,
  oval,
  poly,
  rect,
  repeat,
  shadow,
  shape,
} from "./pen";
import type { Stage } from "./stage";

/** One tree of the season, about 60 units tall on the origin. */
export function tree(s: Stage): string {
  const roll = s.random.uniform();
  if (roll < 0.22) return conifer(s);
  if (s.season.bare && roll < 0.85) return bareTree(s);
  return roll > 0.93 ? poplar(s) : broadleaf(s);
}

function broadleaf(s: Stage): string {
  const leaf = s.random.pick(s.season.bare ? ["#4f6b4c", "#5b7050"] : s.season.leaf);
  const dark = s.paint(mix(leaf, "#1e3038", 0.35));
  const mid = s.paint(leaf);
  const bright = s.paint(mix(leaf, "#f3e59a", 0.3));
  const blob = (
    fill: string,
    spread: number,
    dx: number,
    dy: number,
    r: number,
    n: number,
  ): string =>
    repeat(n, (i) => {
      const angle = (i / n) * 6.28 + s.between(0, 0.8);
      return disc(
        Math.cos(angle) * spread + dx,
        dy + Math.sin(angle) * spread * 0.75,
        r * s.between(0.85, 1.2),
        fill,
      );
    });
  return (
    shadow(38) +
    shape("M-3 0q2 -12 0 -26h6q-2 14 1 26z", s.paint("#5b4636")) +
    blob(dark, 13, 1, -36, 12, 5) +
    blob(mid, 9, -3, -40, 10, 4) +
    blob(bright, 5, -7, -46, 5, 3)
  );
}

function conifer(s: Stage): string {
  const green = s.random.pick(["#2f5a48", "#34604a", "#2a4f45"]);
  const dark = s.paint(mix(green, "#18242e", 0.3));
  const snow = s.season.snow ? s.paint("#eef4f7") : s.paint(mix(green, "#a8c08a", 0.28));
  return (
    shadow(24) +
    rect(-1.6, -8, 3.2, 8, s.paint("#4b3a2e")) +
    repeat(4, (i) => {
      const y = -6 - i * 13;
      const w = 15 - i * 3;
      return poly(dark, -w, y, 0, y - 22, w, y) + poly(snow, -w, y, 0, y - 22, -w * 0.25, y);
    })
  );
}

function poplar(s: Stage): string {
  const leaf = s.paints(s.season.leaf);
  return (
    shadow(16) +
    rect(-1.5, -8, 3, 8, s.paint("#5b4636")) +
    oval(0, -36, 7.5, 32, mix(leaf, "#1e3038", 0.25)) +
    oval(-2, -38, 4.5, 27, leaf)
  );
}

function bareTree(s: Stage): string {
  const bark = s.paint("#54483f");
  const lean = s.between(-3, 3);
  const twig = (x: number, y: number, dx: number, dy: number): string =>
    d`M${x} ${y}q${dx * 0.3} ${dy * 0.7} ${dx} ${dy}m${-dx * 0.4} ${-dy * 0.36}` +
    d`l${dx * 0.7} ${dy * 0.1}m${-dx * 0.5} ${-dy * 0.2}l${-dx * 0.1} ${dy * 0.62}`;
  const twigs = repeat(9, (i) =>
    twig(lean * (i / 9), -18 - i * 3.4, (i % 2 ? 1 : -1) * s.between(9, 18 - i), -s.between(9, 17)),
  );
  return (
    shadow(26) +
    shape(d`M-3 0q2 -16 ${lean} -50q3 34 5 50z`, bark) +
    line(twigs, bark, 1.1) +
    oval(lean, -40, 17, 17, bark, faint(0.14))
  );
}

function bush(s: Stage, colour = ""): string {
  const leaf = colour || s.random.pick(s.season.bare ? ["#5d6a4c", "#6b6a50"] : s.season.leaf);
  return (
    shadow(26) +
    shape(lumps(s, -15, 15, 1, 13), s.paint(mix(leaf, "#1e3038", 0.3))) +
    shape(lumps(s, -12, 9, -4, 8), s.paint(leaf))
  );
}

/** Some trees along the middle distance, left or right: scenery in most pictures. */
export function treeLine(s: Stage): string {
  return repeat(Math.floor(s.between(2, 6)), () => {
    s.depth = s.between(0.25, 0.45);
    const near = 1 - s.depth;
    return at(
      s.between(-5, SIZE + 5),
      s.horizon + 9 + near * 8,
      s.between(0.28, 0.5) * (0.6 + near * 0.5),
      tree(s),
    );
  });
}

/** A wood that fills the middle of the picture, trunks and a floor of leaves. */
export function woodland(s: Stage): string {
  const pines = s.chance(0.35);
  const floor = s.paints(["#6a7a4a", "#8a7448", "#7d6a48"]);
  s.depth = 0.5;
  let text = shape(
    lumps(s, -10, 234, s.horizon + 22, 42),
    s.paint(mix(s.season.leaf[0], "#2c4648", 0.4)),
  );
  for (let row = 0; row < 3; row++) {
    s.depth = 0.4 - row * 0.2;
    const y = s.horizon + 22 + row * 20;
    const n = 8 - row * 2;
    text += repeat(n, (i) =>
      at(
        (i + s.between(0.1, 0.9)) * (SIZE / n),
        y + s.between(-3, 5),
        0.95 + row * 0.4 + s.between(-0.1, 0.2),
        pines ? conifer(s) : tree(s),
      ),
    );
  }
  return text + rect(0, s.horizon + 66, SIZE, 0, floor);
}

/** Inside a wood: tall trunks, dappled light and bluebells or fallen leaves. */
export function insideWood(s: Stage): string {
  const leaf = s.random.pick(s.season.bare ? ["#77705c", "#6b6a58"] : s.season.leaf);
  s.depth = 0.45;
  const far = mix(s.paint(leaf), s.mood.haze, 0.4);
  let text = rect(
    0,
    0,
    SIZE,
    SIZE,
    s.gradient(s.paint(leaf), far, s.paint(mix(leaf, "#6b5a3a", 0.5))),
  );
  for (let row = 0; row < 3; row++) {
    s.depth = 0.6 - row * 0.28;
    const y = 142 + row * 24;
    const w = 4 + row * 5;
    const bark = s.paint("#4a3f38");
    text += repeat(8 - row * 2, () => {
      const x = s.between(-5, SIZE);
      const lean = s.between(-5, 5);
      return shape(
        d`M${x - w / 2} ${y}q${lean} -80 ${lean} -190h${w * 0.8}` +
          d`q${-lean * 0.2} 110 ${w * 0.5 - lean * 0.6} 190z`,
        bark,
      );
    });
    if (row === 0)
      text += rect(
        0,
        136,
        SIZE,
        90,
        s.gradient(far, s.paint(mix("#7d6a44", s.season.grass[0], 0.5))),
      );
  }
  const beams = s.chance(0.6)
    ? repeat(4, (i) =>
        shape(
          d`M${i * 62 + s.between(0, 20)} -4h${s.between(12, 26)}l-60 190h-44z`,
          s.mood.sun,
          faint(0.17),
        ),
      )
    : "";
  s.depth = 0;
  const flower =
    s.season.name === "spring" ? "#6f6fc0" : s.season.name === "autumn" ? "#c8772f" : "#5d7a3c";
  return (
    text +
    beams +
    repeat(45, () =>
      oval(
        s.between(0, SIZE),
        s.between(158, SIZE),
        s.between(1, 5),
        s.between(0.8, 2),
        s.paint(flower),
        faint(0.7),
      ),
    ) +
    shape(lumps(s, -10, 234, -22, 30).replace("z", "V-40H-10z"), s.paint(mix(leaf, "#1e3038", 0.2)))
  );
}

/** Heather and rough grass rolling away: brown and purple. */
export function moorCover(s: Stage): string {
  const tones = s.season.snow
    ? ["#dfe6e6", "#c9c7b8", "#b3a58c"]
    : s.season.name === "summer"
      ? ["#8f6f86", "#9a8458", "#7a5f72"]
      : ["#a08a54", "#8a6f4c", "#75614a"];
  return (
    plainCover(s, tones[1], tones[0], tones[2]) +
    folds(s, tones) +
    tufts(s, mix(tones[2], "#33281f", 0.4), 60, 1.25) +
    (s.chance(0.4) ? cottonGrass(s) : "")
  );
}

function cottonGrass(s: Stage): string {
  return repeat(18, () =>
    disc(
      s.between(0, SIZE),
      s.between(s.horizon + 40, SIZE),
      s.between(0.8, 2),
      s.paint("#f6f4ea"),
    ),
  );
}

/** Dry heath: heather in flower, gorse and birch. */
export function heathCover(s: Stage): string {
  const heather = s.random.pick(["#9a6590", "#8b5a7d", "#7d6a5a"]);
  const ground =
    plainCover(s, "#9b8f62", heather, mix(heather, "#5f6b3f", 0.45)) +
    folds(s, [heather, "#8a8a52", mix(heather, "#4c4a3c", 0.3)]);
  const sprigs = repeat(90, () => d`M${s.between(0, SIZE)} ${s.between(s.horizon + 34, SIZE)}h.01`);
  return (
    ground +
    line(sprigs, s.paint(mix(heather, "#f0c9e4", 0.45)), 2.2, 'stroke-linecap="round"') +
    repeat(12, (i) => {
      const near = (i + s.random.uniform()) / 12;
      s.depth = 0.4 * (1 - near);
      return at(
        s.between(-5, SIZE + 5),
        s.horizon + 20 + near * 78,
        0.5 + near * 1.05,
        s.chance(0.72) ? gorse(s) : bush(s),
      );
    })
  );
}

function gorse(s: Stage): string {
  return (
    bush(s, "#56683a") +
    repeat(9, () =>
      disc(s.between(-11, 11), s.between(-11, -3), s.between(0.9, 2.1), s.paint("#f2c72e")),
    )
  );
}

/** A big tree at the edge of the picture, partly cut off by it. */
export function framingTree(s: Stage): string {
  const left = s.chance(0.5);
  return at(
    left ? s.between(-6, 12) : SIZE - s.between(-6, 12),
    s.between(186, 204),
    s.between(1.9, 2.6),
    tree(s),
    left ? 1 : -1,
  );
}

/** A fringe of dark grass along the bottom edge, at times with flowers in it. */
export function foreground(s: Stage): string {
  const dark = s.paint(mix(s.season.grass[2], s.season.snow ? "#5a6a78" : "#1f3a34", 0.5));
  const blades = repeat(54, (i) => {
    const x = i * 4.3 + s.between(-2, 2);
    const h = s.between(7, 17) * (0.7 + Math.abs(x - 112) / 160);
    return d`M${x} 226l${s.between(-4, 2)} ${-h}l3.4 ${h}z`;
  });
  const petal = s.paints(["#f4f1e4", "#f0cf3c", "#d9506a", "#8f7fd0", "#e58a3a"]);
  const side = s.chance(0.5) ? 0 : 130;
  const flowers = repeat(16, () => d`M${side + s.between(0, 94)} ${s.between(203, 219)}h.01`);
  return (
    shape(blades, dark) +
    (s.season.bare || s.chance(0.4)
      ? ""
      : line(flowers, petal, s.between(2.6, 3.8), 'stroke-linecap="round"'))
  );
}

/** Marram grass on the dunes. */
export function marram(s: Stage): string {
  const clump = repeat(4, () => {
    const x = s.between(0, SIZE);
    const y = s.between(200, 222);
    return repeat(
      9,
      () =>
        d`M${x + s.between(-5, 5)} ${y}q${s.between(-2, 4)} -10 ${s.between(-6, 13)} ${-s.between(12, 24)}`,
    );
  });
  return line(clump, s.paints(["#8f9a5a", "#a3a05c", "#7d8f5c"]), 1.3);
}

/** Long grass with flowers, close to the eye. */
export function meadow(s: Stage): string {
  s.depth = 0;
  const stem = s.paint(mix(s.season.grass[2], "#33502c", 0.2));
  const tip = s.random.pick(["#f4f1e4", "#f0cf3c", "#d9d09a", "#c9665a"]);
  const blades = repeat(
    60,
    (i) =>
      d`M${(i * SIZE) / 60} 228q${s.between(-5, 5)} ${-s.between(10, 22)} ${s.between(-9, 9)} ${-s.between(20, 44)}`,
  );
  const heads = repeat(20, () =>
    oval(s.between(0, SIZE), s.between(180, 216), 1.6, 2, s.paint(tip)),
  );
  return line(blades, stem, 1.5, faint(0.85)) + (s.chance(0.6) ? heads : "");
}
