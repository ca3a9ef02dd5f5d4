import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

/** One output in several forms; Jupyter shows the richest that it can: HTML or Plotly first, then pictures, then text. */
export type Bundle = Record<string, unknown> & { "text/plain": string };

type WriteDisplayData = (
  data: { data: Bundle; metadata: Record<string, unknown>; transient: { display_id?: string } },
  update: boolean,
) => void;

/** The kernel's way to send a bundle (tslab's public `display` sends one form at a time); null outside a notebook. */
function kernelDisplay(): WriteDisplayData | null {
  const kernel = createRequire(join(process.cwd(), "package.json"))("tslab/dist/jupyter") as {
    lastWriteDisplayData: WriteDisplayData | null;
  };
  return kernel.lastWriteDisplayData;
}

/**
 * Show a bundle below the running cell; with `id`, a later call with the same id and `update` replaces it in place.
 * `alt` describes its pictures to readers who can't see them. Outside a notebook (tests, scripts) the plain text is
 * printed.
 */
export function displayBundle(
  bundle: Bundle,
  { id, update = false, alt }: { id?: string; update?: boolean; alt?: string } = {},
): void {
  const write = kernelDisplay();
  if (write) {
    // Where nbconvert looks for a picture's alternative text.
    const pictures =
      alt === undefined ? [] : Object.keys(bundle).filter((type) => type.startsWith("image/"));
    const metadata = Object.fromEntries(pictures.map((type) => [type, { alt }]));
    write({ data: bundle, metadata, transient: { display_id: id } }, update);
  } else if (!update) {
    console.log(bundle["text/plain"]);
  }
}

/** Off the screen, but read out by screen readers. */
const UNSEEN =
  "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";

/**
 * Show a picture (or a bundle that has one) with its description. JupyterLab gives pictures no alternative text and drawn
 * figures no name, so the description follows as text that is read out but not seen.
 */
export function displayPicture(bundle: Record<string, unknown>, description: string): void {
  displayBundle({ ...bundle, "text/plain": description }, { alt: description });
  const text = `<p class="description" style="${UNSEEN}">${escapeHtml(description)}</p>`;
  if (kernelDisplay()) displayBundle({ "text/html": text, "text/plain": description });
}

/** Show a PNG or JPEG file's bytes, with a description for readers who can't see it. */
export function showImage(bytes: Buffer, description: string): void {
  const type = bytes[0] === 0xff ? "image/jpeg" : "image/png";
  displayPicture({ [type]: bytes.toString("base64") }, description);
}

/** Show Markdown: sentences that are made from numbers, or a table with words in bold. */
export function showMarkdown(markdown: string): void {
  displayBundle({ "text/markdown": markdown, "text/plain": markdown });
}

/** A value as a table cell: numbers short, lists with semicolons, the rest as text. */
type Cell = string | number | boolean | null | undefined | readonly unknown[];

/** What a danfojs DataFrame has of interest here. */
interface Frame {
  columns: string[];
  values: unknown[];
}

export interface TableOptions<Column extends string = string> {
  caption?: string;
  /** Decimals of numbers that are no integers. */
  digits?: number;
  /** The columns to show, in this order; by default the first row's keys. */
  columns?: readonly Column[];
  /** Show only so many rows. */
  first?: number;
}

/**
 * Show rows, or a danfojs DataFrame, as a table: columns of numbers (also of numbers as text, such as "< 0.001") to the
 * right, all others to the left, names of properties in words ("valExactMatch" as "val exact match").
 */
export function showTable<Row extends object>(
  table: readonly Row[] | Frame,
  {
    caption = "",
    digits = 4,
    columns: chosen,
    first,
  }: TableOptions<Extract<keyof Row, string>> = {},
): void {
  const rows = (
    "columns" in table ? frameRows(table) : (table as readonly Record<string, Cell>[])
  ).slice(0, first);
  const columns: readonly string[] = chosen ?? Object.keys(rows[0] ?? {});
  // A column of counts shows whole numbers, one with any fraction in it shows decimals throughout.
  const whole = columns.map((column) =>
    rows.every(({ [column]: cell }) => typeof cell !== "number" || Number.isInteger(cell)),
  );
  const text = (cell: Cell, i: number): string =>
    typeof cell !== "number" || /(^|_)id$/.test(columns[i]) // ids are names, not quantities
      ? [cell ?? ""].flat().join("; ")
      : whole[i]
        ? cell.toLocaleString("en-GB")
        : cell.toFixed(digits);
  const grid = rows.map((row) => columns.map((column, i) => text(row[column], i)));
  const align = columns.map((column) => {
    const known = rows.map((row) => row[column]).filter((cell) => cell !== null);
    return known.length > 0 && known.every(isNumber) ? "right" : "left";
  });
  const headings = columns.map(inWords);
  displayBundle({
    "text/html": htmlTable(headings, grid, align, caption),
    "text/plain": plainTable(headings, grid, align, caption),
  });
}

function isNumber(cell: Cell): boolean {
  return typeof cell === "string"
    ? /^(< )?[+−-]?\d[\d,]*(\.\d+)?$/.test(cell)
    : typeof cell === "number";
}

/** "paperMacroF1" as "paper macro F1"; what is no property's name stays as it is. */
function inWords(name: string): string {
  if (!/^[a-z]+([A-Z][a-z0-9]*)+$/.test(name)) return name;
  return name.replace(
    /[A-Z][a-z0-9]*/g,
    (word) => ` ${/\d/.test(word) ? word : word.toLowerCase()}`,
  );
}

function frameRows({ columns, values }: Frame): Record<string, Cell>[] {
  return (values as Cell[][]).map((row) =>
    Object.fromEntries(columns.map((column, i) => [column, row[i]])),
  );
}

function htmlTable(
  columns: readonly string[],
  grid: string[][],
  align: string[],
  caption: string,
): string {
  const row = (cells: readonly string[], tag: string): string => {
    const end = tag.split(" ")[0];
    return `<tr>${cells.map((cell, i) => `<${tag} align="${align[i]}" style="text-align:${align[i]}">${escapeHtml(cell)}</${end}>`).join("")}</tr>`;
  };
  return (
    `<table>${caption ? `<caption>${escapeHtml(caption)}</caption>` : ""}<thead>${row(columns, 'th scope="col"')}</thead>` +
    `<tbody>${grid.map((cells) => row(cells, "td")).join("")}</tbody></table>`
  );
}

function plainTable(
  columns: readonly string[],
  grid: string[][],
  align: string[],
  caption: string,
): string {
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...grid.map((cells) => cells[i].length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (align[i] === "right" ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  return [...(caption ? [caption] : []), line(columns), ...grid.map(line)].join("\n");
}

/** Text made safe inside HTML. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}

/** A new id under which an output can be replaced. */
export function newDisplayId(): string {
  return randomUUID();
}
