/** How a scene is put together: what it shows, the lie of the land, where things stand, the weather before it all. */
import type { Random } from "../../../lib/random";
import { pickWeighted } from "../weighted";
import { DISTRACTORS, TAG_ART } from "./art";
import type { Cover, Setting, TagArt, Zone } from "./art";
import { cityBackdrop, lamps, streetBackdrop } from "./houses";
import {
  drawHills,
  drawMountains,
  drawSea,
  drawShore,
  fieldsCover,
  grassCover,
  plainCover,
  stones,
} from "./land";
import { bird, blossom, bokeh, deer, mushrooms, shoreRocks } from "./nature";
import { SIZE, at, d, faint, line, rect, repeat } from "./pen";
import { foreground, framingTree, heathCover, marram, meadow, moorCover, treeLine } from "./plants";
import { farSail } from "./shore";
import { birds, drawSky } from "./sky";
import { makeStage } from "./stage";
import type { Motif, Stage } from "./stage";

/** A drawing with the place it belongs to. */
interface Piece {
  zone: Zone;
  draw: Motif;
}

const DISTRACTOR_RATE = 0.3;
/** Where several tags disagree about the setting, the one listed first wins. */
const SETTING_ORDER: readonly Setting[] = ["sea", "town", "upland", "plain", "country"];
/** Covers a setting has when no tag says otherwise. */
const DEFAULT_COVERS: Readonly<Record<Setting, readonly Cover[]>> = {
  sea: ["sand", "sand", "grass"],
  town: ["paved", "grass"],
  upland: ["grass", "grass", "moor", "barren"],
  plain: ["fields", "grass"],
  country: ["grass", "fields"],
};

/**
 * Draws a landscape for a set of tags as an SVG of 224 x 224 pixels. The picture is an imperfect witness on purpose: a
 * tag may not be visible, and things may be visible that nobody tagged. Throws for an unknown tag name.
 */
export function drawScene(tags: readonly string[], random: Random): string {
  const s = makeStage(random);
  const shown = tags.map((tag) => artOf(tag)).filter((art) => s.chance(art.seen));
  const setting = chooseSetting(s, shown);
  const cover = chooseCover(s, shown, setting);
  const pieces = choosePieces(s, shown);
  placeHorizon(s, setting, pieces);
  const whole = pieces.find((piece) => piece.zone === "whole");
  const body = whole ? whole.draw(s) + subject(s, whole) : background(s, setting, cover, pieces);
  const picture = body + drawPieces(s, pieces, setting) + weatherVeil(s);
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}">`;
  return `${head}<defs>${s.defs.join("")}</defs>${picture}</svg>`;
}

function artOf(tag: string): TagArt {
  const art = TAG_ART[tag];
  if (!art)
    throw new Error(`drawScene: unknown tag "${tag}"; use the names in data/paper/tags.csv`);
  return art;
}

function chooseSetting(s: Stage, shown: readonly TagArt[]): Setting {
  const wishes = shown
    .filter((art) => art.settings)
    .map((art) => s.random.pick(art.settings as Setting[]));
  const won = SETTING_ORDER.find((setting) => wishes.includes(setting));
  return (
    won ?? s.random.pick(["country", "country", "country", "country", "plain", "upland", "town"])
  );
}

function chooseCover(s: Stage, shown: readonly TagArt[], setting: Setting): Cover {
  const wishes = shown
    .filter((art) => art.covers)
    .map((art) => s.random.pick(art.covers as Cover[]));
  const special = wishes.find((cover) => cover !== "grass" && cover !== "fields");
  return special ?? wishes[0] ?? s.random.pick(DEFAULT_COVERS[setting]);
}

function pickPiece(s: Stage, art: TagArt["art"]): Piece {
  const [zone, draw] = pickWeighted(art, ([, , weight]) => weight, s.random);
  return { zone, draw };
}

/** One motif for each shown tag, and perhaps one that nobody tagged; at most one way in perspective if possible. */
function choosePieces(s: Stage, shown: readonly TagArt[]): Piece[] {
  const pieces: Piece[] = [];
  for (const { art } of shown) {
    if (art.length === 0) continue;
    const taken = pieces.some((piece) => piece.zone === "line");
    const others =
      shown.length > 1
        ? art.filter(([zone]) => zone !== "whole" && !(taken && zone === "line"))
        : art;
    pieces.push(pickPiece(s, others.length > 0 ? others : art));
  }
  if (s.chance(DISTRACTOR_RATE) && !pieces.some((piece) => piece.zone === "whole")) {
    const busy = pieces.some((piece) => piece.zone === "line");
    pieces.push(
      pickPiece(
        s,
        DISTRACTORS.filter(([zone]) => !(busy && zone === "line")),
      ),
    );
  }
  return pieces;
}

function placeHorizon(s: Stage, setting: Setting, pieces: readonly Piece[]): void {
  const skyward = pieces.some((piece) => piece.zone === "sky");
  const low = skyward ? 128 : setting === "sea" ? 84 : 88;
  const high = skyward ? 150 : setting === "upland" ? 118 : 112;
  s.horizon = s.between(low, high);
  s.shore = setting === "sea" ? s.between(158, 174) : s.horizon;
}

/** All motifs of a zone that is drawn in pixels. */
function drawZone(s: Stage, pieces: readonly Piece[], zone: Zone): string {
  return pieces
    .filter((piece) => piece.zone === zone)
    .map((piece) => {
      s.depth = zone === "sky" ? 0.12 : 0;
      return piece.draw(s);
    })
    .join("");
}

/** Sky, distance and ground, with the pieces that belong in the sky or behind the ground. */
function background(s: Stage, setting: Setting, cover: Cover, pieces: readonly Piece[]): string {
  let text = drawSky(s) + (s.chance(0.25) ? birds(s, 5) : "") + drawZone(s, pieces, "sky");
  if (setting === "upland") text += drawMountains(s, s.between(44, 80));
  else if (setting === "country") text += drawHills(s, s.between(12, 30));
  else if (setting === "plain") text += drawHills(s, s.between(3, 9));
  else if (setting === "sea")
    return (
      text + (s.chance(0.4) ? drawHills(s, 9) : "") + drawSea(s) + (s.chance(0.3) ? farSail(s) : "")
    );
  const back = drawZone(s, pieces, "back");
  if (setting === "town")
    text += back || drawHills(s, 12) + (s.chance(0.6) ? streetBackdrop(s) : cityBackdrop(s));
  else text += back;
  text += drawCover(s, cover);
  return text + (cover !== "paved" && s.chance(0.8) ? treeLine(s) : "");
}

function drawCover(s: Stage, cover: Cover): string {
  switch (cover) {
    case "fields":
      return fieldsCover(s);
    case "moor":
      return moorCover(s);
    case "heath":
      return heathCover(s);
    case "barren":
      return (
        plainCover(s, "#a89f90", "#b5ab9a", "#8f867a") +
        stones(s, 60, ["#a39b8e", "#8f8d8a", "#b9b0a0"])
      );
    case "paved":
      return (
        plainCover(s, "#b9b5ac", "#aaa69e", "#8f8d8a") +
        pavingLines(s) +
        (s.chance(0.6) ? lamps(s) : "")
      );
    case "sand":
      return plainCover(s, "#d9c79a", "#e3d0a0", "#cdb684");
    case "mud":
      return plainCover(s, "#a3967e", "#948670", "#85765f");
    case "grass":
      return grassCover(s);
  }
}

function pavingLines(s: Stage): string {
  const y = s.horizon + 12;
  const x = s.between(80, 144);
  const rays = repeat(11, (i) => d`M${x + (i - 5) * 12} ${y}L${x + (i - 5) * 66} 228`);
  const rows = [12, 22, 36, 56, 84].map((v) => d`M-4 ${y + v}h232`).join("");
  return line(rays + rows, s.paint("#7a7873"), 0.8, faint(0.35));
}

/** Sand, mud and shingle: far and near. */
const SHORES = [
  ["#e3d0a0", "#cdb684"],
  ["#a3967e", "#7f715c"],
  ["#b0a69a", "#8d857c"],
] as const;

/** The beach, mud or quay at the bottom of a scene by the sea. */
function drawLandfall(s: Stage): string {
  const [far, near] = s.random.pick(SHORES);
  return (
    drawShore(s, far, near) +
    (s.chance(0.55) ? shoreRocks(s) : "") +
    (s.chance(0.4) ? marram(s) : "")
  );
}

/** Everything that stands on the background, from the back to the front. */
function drawPieces(s: Stage, pieces: readonly Piece[], setting: Setting): string {
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
function subject(s: Stage, whole: Piece): string {
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
function weatherVeil(s: Stage): string {
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
