import type { Random } from "../../../lib/random";
import { background } from "./ground";
import type { Piece } from "./ground";
import { drawPieces, subject, weatherVeil } from "./layout";
import { makeStage } from "./light";
import { SIZE } from "./pen";
import type { Stage } from "./pen";
import { DISTRACTORS, TAG_ART } from "./tags";
import type { Cover, Setting, TagArt } from "./tags";

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
  let left = s.random.uniform() * art.reduce((sum, [, , weight]) => sum + weight, 0);
  const [zone, draw] = art.find(([, , weight]) => (left -= weight) < 0) ?? art[0];
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
