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
import { cityBackdrop, lamps, streetBackdrop } from "./houses";
import { shoreRocks } from "./nature";
import { d, faint, line, repeat } from "./pen";
import type { Motif, Stage } from "./pen";
import { heathCover, marram, moorCover, treeLine } from "./plants";
import { farSail } from "./shore";
import { birds, drawSky } from "./sky";
import type { Cover, Setting, Zone } from "./tags";

/** The lie of a scene: sky, distance and ground of its setting. */

/** A drawing with the place it belongs to. */
export interface Piece {
  zone: Zone;
  draw: Motif;
}

/** All motifs of a zone that is drawn in pixels. */
export function drawZone(s: Stage, pieces: readonly Piece[], zone: Zone): string {
  return pieces
    .filter((piece) => piece.zone === zone)
    .map((piece) => {
      s.depth = zone === "sky" ? 0.12 : 0;
      return piece.draw(s);
    })
    .join("");
}

/** Sky, distance and ground, with the pieces that belong in the sky or behind the ground. */
export function background(
  s: Stage,
  setting: Setting,
  cover: Cover,
  pieces: readonly Piece[],
): string {
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
export function drawLandfall(s: Stage): string {
  const [far, near] = s.random.pick(SHORES);
  return (
    drawShore(s, far, near) +
    (s.chance(0.55) ? shoreRocks(s) : "") +
    (s.chance(0.4) ? marram(s) : "")
  );
}
