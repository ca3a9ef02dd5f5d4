/** The sample's CSV files, as text in the competition's layout. */
import { csvText } from "../../lib/files/csv";
import type { SampleRow } from "./plan";
import type { TagStatistics } from "./tag-sets";
import { words } from "./words";

/** train.csv; with `names`, train-extra.csv, whose last column has the tags' names joined by semicolons. */
export function labelFile(
  rows: readonly SampleRow[],
  { cols, names }: TagStatistics,
  withNames = false,
): string {
  const header = ["gridimage_id", ...cols, ...(withNames ? ["tags"] : [])];
  return csvText([
    header,
    ...rows.map((row) => [
      String(row.id),
      ...cols.map((_, t) => (row.tags.includes(t) ? "1" : "0")),
      ...(withNames ? [row.tags.map((t) => names[t]).join(";")] : []),
    ]),
  ]);
}

/** test.csv: the ids alone. */
export function testFile(rows: readonly SampleRow[]): string {
  return csvText([["gridimage_id"], ...rows.map((row) => [String(row.id)])]);
}

/** metadata.csv or metadata-extra.csv; a bad line has its title's words set apart by commas. */
export function metadataFile(rows: readonly SampleRow[]): string {
  const line = (row: SampleRow): string =>
    row.badLine
      ? `${row.id},${row.user},${row.title.replace(/[",]/g, "").split(" ").join(", ")}, again,${row.reference}\n`
      : csvText([[String(row.id), String(row.user), row.title, row.reference]]);
  return "gridimage_id,user_id,title,grid_reference\n" + rows.map(line).join("");
}

/** tags-top.csv; like the competition's it begins with an empty line. */
export function tagFile({ cols, names, groupings }: TagStatistics): string {
  const header = "\ntag_id,prefix,tag,col,grouping,description\n";
  return (
    header +
    csvText(
      cols.map((col, t) => [
        col.replace("tag", ""),
        "top",
        names[t],
        col,
        groupings[t],
        words().tags[names[t]].description,
      ]),
    )
  );
}

/** Text as Latin-1 bytes; characters outside Latin-1 become "?", as they do on the way to metadata-extra.csv. */
export function latin1(text: string): Buffer {
  return Buffer.from(
    Array.from(text, (c) => ((c.codePointAt(0) as number) > 255 ? "?" : c)).join(""),
    "latin1",
  );
}
