/** The results as CSV: a line a photo, a column a tag. */
import type { LatLon } from "../../data/location";

export interface Result {
  file: string;
  title: string;
  place: LatLon | null;
  given: string[];
  /** [tags] */
  probabilities: Float32Array;
}

const quote = (cell: string): string =>
  /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

export function csvOf(results: readonly Result[], tags: readonly string[]): string {
  const header = ["file", "title", "latitude", "longitude", "tags", ...tags];
  const lines = results.map(({ file, title, place, given, probabilities }) => [
    file,
    title,
    place ? place.lat.toFixed(5) : "",
    place ? place.lon.toFixed(5) : "",
    given.join("; "),
    ...Array.from(probabilities, (value) => value.toFixed(6)),
  ]);
  return [header, ...lines].map((cells) => `${cells.map(quote).join(",")}\n`).join("");
}
