import { bird, blossom, bokeh, deer, mushrooms } from "./nature";
import { at, d, faint, line, rect, repeat, SIZE } from "./pen";
import type { Stage } from "./pen";
import { foreground, framingTree, meadow } from "./plants";
import { drawLandfall, drawZone } from "./ground";
import type { Piece } from "./ground";
import type { Setting } from "./tags";

/** Where things stand in a scene, and the weather in front of it all. */

/** Everything that stands on the background, from the back to the front. */
export function drawPieces(s: Stage, pieces: readonly Piece[], setting: Setting): string {
  if (pieces.some((piece) => piece.zone === "whole")) return "";
  const sea = setting === "sea";
  const patches = drawZone(s, pieces, "patch");
  const afloat = pieces
    .filter((piece) => piece.zone === "water")
    .map((piece, i) =>
      at(
        s.between(60, 164),
        s.horizon + s.between(22, 34) + i * 12,
        s.between(0.85, 1.05),
        piece.draw(s),
      ),
    )
    .join("");
  return (
    patches +
    afloat +
    (sea ? drawLandfall(s) : "") +
    drawWays(s, pieces) +
    drawStanding(s, pieces, sea) +
    drawZone(s, pieces, "band") +
    drawFront(s, pieces) +
    (sea ? "" : frame(s, setting))
  );
}

/** Ways in perspective; by the sea they end at the water. */
function drawWays(s: Stage, pieces: readonly Piece[]): string {
  const horizon = s.horizon;
  if (s.shore > horizon) s.horizon = s.shore - 4;
  const text = drawZone(s, pieces, "line");
  s.horizon = horizon;
  return text;
}

function drawStanding(s: Stage, pieces: readonly Piece[], sea: boolean): string {
  const standing = pieces.filter((piece) => piece.zone === "mid");
  const n = standing.length;
  const beside = pieces.some((piece) => piece.zone === "line");
  const low = pieces.some((piece) => piece.zone === "band");
  const order = s.random.permutation(Math.max(1, n));
  const start = s.chance(0.5) ? 0 : 1;
  return standing
    .map((piece, i) => {
      const slot =
        n === 1 ? (beside ? [46, 178][start] : 112) : 112 + ((order[i] + 0.5) / n - 0.5) * 200;
      const size = (n === 1 ? (beside ? 0.95 : 1.4) : n === 2 ? 1.05 : 0.78) * s.between(0.88, 1.1);
      const y = sea
        ? s.shore + s.between(28, 44)
        : s.horizon + (beside || low ? s.between(22, 34) : s.between(38, 60));
      s.depth = 0.08;
      return at(
        slot + s.between(-9, 9) * (n > 2 ? 0.6 : 1.4),
        y,
        size,
        piece.draw(s),
        s.chance(0.5) ? 1 : -1,
      );
    })
    .join("");
}

function drawFront(s: Stage, pieces: readonly Piece[]): string {
  const front = pieces.filter((piece) => piece.zone === "front");
  const alone = pieces.length === 1;
  const start = s.random.below(2);
  return front
    .map((piece, i) => {
      const x = alone ? s.between(92, 132) : [58, 166][(start + i) % 2] + s.between(-10, 10);
      const size = (alone ? 1.5 : 1.1) * s.between(0.88, 1.1);
      s.depth = 0;
      if (piece.draw === meadow) return piece.draw(s);
      return at(x, s.between(192, 208), size, piece.draw(s), s.chance(0.5) ? 1 : -1);
    })
    .join("");
}

/** What frames the view: grass and flowers at the bottom edge, sometimes a tree cut by the side of the picture. */
function frame(s: Stage, setting: Setting): string {
  s.depth = 0;
  const tree = s.chance(setting === "town" ? 0.12 : 0.2) ? framingTree(s) : "";
  return tree + (setting !== "town" && s.chance(0.55) ? foreground(s) : "");
}

/** The creature or flower in front of an out-of-focus background. */
export function subject(s: Stage, whole: Piece): string {
  if (whole.draw !== bokeh) return "";
  s.depth = 0;
  return at(
    s.between(90, 134),
    s.between(186, 202),
    s.between(1.5, 1.9),
    s.random.pick([bird, blossom, mushrooms, deer, blossom, bird])(s),
    s.chance(0.5) ? 1 : -1,
  );
}

/** Rain, snow or mist over everything, and a little grain. */
export function weatherVeil(s: Stage): string {
  let text = "";
  if (s.mood.name === "mist") {
    const stop = (offset: number, alpha: number): string =>
      `<stop offset="${offset}" stop-color="${s.mood.haze}" stop-opacity="${alpha}"/>`;
    s.defs.push(
      `<linearGradient id="mist" x2="0" y2="1">${stop(0, 0)}${stop(0.4, 0.5)}${stop(1, 0)}</linearGradient>`,
    );
    text += rect(0, s.horizon - 26, SIZE, 90, "url(#mist)");
  }
  if (s.mood.name === "storm" && s.chance(0.5))
    text += line(
      repeat(46, () => d`M${s.between(0, 240)} ${s.between(-8, SIZE)}l-4 13`),
      "#e6edf2",
      0.8,
      faint(0.4),
    );
  if (s.season.snow && s.chance(0.35))
    text += line(
      repeat(60, () => d`M${s.between(0, SIZE)} ${s.between(0, SIZE)}h.01`),
      "#ffffff",
      2.4,
      'stroke-linecap="round" stroke-opacity=".85"',
    );
  const speck = (colour: string): string =>
    line(
      repeat(110, () => d`M${s.between(0, SIZE)} ${s.between(0, SIZE)}h.9`),
      colour,
      0.9,
      faint(0.09),
    );
  return text + speck("#ffffff") + speck("#101820");
}
