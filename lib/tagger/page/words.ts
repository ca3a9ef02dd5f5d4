/** Numbers and places in words. */
import type { LatLon } from "../../data/location";

/** 0.0123 → "1.2 %", 0.57 → "57 %". */
export const percent = (share: number): string =>
  `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;

/** With a sign, also a plus: "+1.24", "−0.30". */
export const signed = (value: number): string =>
  `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

/** "52.41° N 1.90° W" */
export function placeInWords({ lat, lon }: LatLon): string {
  const degrees = (value: number, positive: string, negative: string): string =>
    `${Math.abs(value).toFixed(2)}° ${value < 0 ? negative : positive}`;
  return `${degrees(lat, "N", "S")} ${degrees(lon, "E", "W")}`;
}

const rows = ["top", "middle", "bottom"];
const columns = ["left", "centre", "right"];

/** Where patch `index` of side × side lies: "bottom left", "centre". */
export function whereInWords(index: number, side: number): string {
  const third = (position: number): number => Math.floor((3 * position) / side);
  const [row, column] = [third(Math.floor(index / side)), third(index % side)];
  if (row === 1) return column === 1 ? "centre" : columns[column];
  return column === 1 ? rows[row] : `${rows[row]} ${columns[column]}`;
}
