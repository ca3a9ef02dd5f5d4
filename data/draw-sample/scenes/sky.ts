/** Sky and air: the backdrop of every scene, and the weather that is a subject of its own. */
import { lit, mix } from "./colour";
import { SIZE, d, disc, faint, oval, rect, repeat, shape } from "./pen";
import type { Stage } from "./stage";

/** Gradient, sun or moon, and clouds, down to a little below the horizon. */
export function drawSky(s: Stage): string {
  const fill = s.gradient(...s.mood.sky);
  let text = rect(0, 0, SIZE, s.horizon + 12, fill);
  if (!["overcast", "storm"].includes(s.mood.name) && s.chance(0.75)) text += drawSun(s);
  const count = Math.round(s.mood.cloud * 7 * s.between(0.5, 1.1));
  const streaks = ["sunset", "dusk", "dawn", "golden", "mist"].includes(s.mood.name);
  const veil = s.mood.cloud > 0.85;
  if (veil) text += repeat(5, () => cloudBank(s));
  return text + repeat(veil ? 2 : count, () => (streaks ? streak(s) : cumulus(s)));
}

function drawSun(s: Stage): string {
  const low = ["sunset", "dawn", "golden", "dusk"].includes(s.mood.name);
  const x = s.between(20, 204);
  const y = low ? s.horizon - s.between(4, 34) : s.between(16, s.horizon * 0.5);
  const r = low ? s.between(8, 13) : s.between(6, 9);
  s.defs.push(
    `<radialGradient id="sun"><stop offset="0" stop-color="${s.mood.sun}" stop-opacity=".85"/>` +
      `<stop offset="1" stop-color="${s.mood.sun}" stop-opacity="0"/></radialGradient>`,
  );
  return disc(x, y, low ? 85 : 50, "url(#sun)") + disc(x, y, r, s.mood.sun);
}

/** A flat-bottomed fair-weather cloud: smaller and paler towards the horizon. */
function cumulus(s: Stage): string {
  const y = s.between(10, s.horizon - 14);
  const nearness = 1 - y / (s.horizon + 20);
  const w = s.between(26, 64) * (0.45 + nearness);
  const x = s.between(-20, SIZE);
  return cloudAt(
    s,
    x,
    y,
    w,
    mix(s.mood.sky[s.mood.sky.length - 1], s.mood.cloudColour, 0.55 + 0.45 * nearness),
  );
}

function cloudAt(s: Stage, x: number, y: number, w: number, colour: string): string {
  const r = w * 0.16;
  let data = d`M${x} ${y}`;
  const bumps = 5;
  for (let i = 0; i < bumps; i++) {
    const lift = Math.sin(((i + 0.5) / bumps) * Math.PI);
    data += d`a${w / bumps / 1.7} ${r * (0.6 + lift)} 0 0 1 ${w / bumps} ${(i < 2 ? -1 : i > 2 ? 1 : 0) * r * 0.45}`;
  }
  const shade = mix(colour, lit(s.mood.sky[0], "#c8ccd4"), 0.28);
  return shape(data + "z", s.gradient(colour, colour, shade), faint(0.92));
}

function streak(s: Stage): string {
  const y = s.between(12, s.horizon - 6);
  const w = s.between(26, 80);
  return oval(s.between(0, SIZE), y, w, s.between(1.2, 4), s.mood.cloudColour, faint(0.55));
}

function cloudBank(s: Stage): string {
  const y = s.between(-6, s.horizon * 0.75);
  const colour = mix(s.mood.sky[0], s.mood.cloudColour, s.between(0.2, 0.8));
  return oval(s.between(0, SIZE), y, s.between(60, 130), s.between(8, 20), colour, faint(0.5));
}

/** Weather as the subject: towering cloud, rainbow, rays, lightning or a double sunset glow. */
export function weather(s: Stage): string {
  const kinds =
    s.mood.name === "storm" ? [lightning, rays] : [tower, rainbow, rays, tower, mackerel];
  return s.random.pick(kinds)(s);
}

function tower(s: Stage): string {
  const x = s.between(-10, 70);
  const base = s.horizon - s.between(2, 20);
  const colour = s.mood.cloudColour;
  return repeat(5, (i) =>
    cloudAt(s, x + i * 7 + s.between(-8, 8), base - (4 - i) * 17, 95 + i * 12, colour),
  );
}

function rainbow(s: Stage): string {
  const x = s.between(60, 170);
  const r = s.between(78, 105);
  const y = s.horizon + 14;
  const bands = ["#d9534f", "#ee9a4d", "#f3d75a", "#7fbf6a", "#5a9fd4", "#7b6bb5"];
  return bands
    .map(
      (colour, i) =>
        `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${(r - i * 2.6).toFixed(1)}"` +
        ` fill="none" stroke="${colour}" stroke-width="2.8" stroke-opacity=".62"/>`,
    )
    .join("");
}

function rays(s: Stage): string {
  const x = s.between(50, 174);
  const y = s.between(10, 34);
  const beams = repeat(7, (i) => {
    const angle = (i - 3) * 0.3 + s.between(-0.07, 0.07);
    const spread = s.between(0.03, 0.07);
    const far = s.horizon + 40;
    const left = x + Math.tan(angle - spread) * far;
    const right = x + Math.tan(angle + spread) * far;
    return shape(d`M${x} ${y}L${left} ${far}L${right} ${far}z`, s.mood.sun, faint(0.3));
  });
  return beams + cloudAt(s, x - 55, y + 12, 110, mix(s.mood.cloudColour, s.mood.sky[0], 0.45));
}

function lightning(s: Stage): string {
  const x = s.between(50, 170);
  const base = s.horizon;
  const bolt = d`M${x} 20l-9 ${base * 0.36}l8 -2l-11 ${base * 0.42}l22 ${-base * 0.48}l-8 2l7 ${-base * 0.3}z`;
  return (
    shape(bolt, "#fdf3b8") +
    cloudAt(s, x - 70, 34, 130, "#4c5865") +
    cloudAt(s, x - 20, 24, 110, "#59656f")
  );
}

function mackerel(s: Stage): string {
  return repeat(34, (i) => {
    const row = Math.floor(i / 6);
    const y = 8 + row * s.horizon * 0.15;
    return oval(
      (i % 6) * 40 + s.between(-12, 22),
      y + s.between(-3, 3),
      s.between(9, 17),
      4.6 - row * 0.5,
      s.mood.cloudColour,
      faint(0.8),
    );
  });
}

/** Birds far off, as two strokes each. */
export function birds(s: Stage, n: number): string {
  const x = s.between(30, 170);
  const y = s.between(24, s.horizon - 26);
  const data = repeat(n, () => {
    const w = s.between(2, 4);
    return (
      d`M${x + s.between(-26, 26)} ${y + s.between(-14, 14)}q${w * 0.6} ${-w * 0.7} ${w} 0` +
      d`q${w * 0.4} ${-w * 0.7} ${w} 0`
    );
  });
  return `<path d="${data}" fill="none" stroke="${s.paint("#3d4650")}" stroke-width=".9"/>`;
}
