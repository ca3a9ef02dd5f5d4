/**
 * A CSV reader for files with bad lines. DuckDB reads well-formed files faster, but one stray quote makes it lose
 * everything up to the next quote; here a bad record costs one line, which is reported, and reading goes on below it.
 */

/** A line that was skipped. */
export interface Reject {
  file: string;
  /** Line number in the file, from 1. */
  line: number;
  reason: string;
  /** The line itself. */
  text: string;
}

export interface CsvOptions {
  /** The file's name, for messages. */
  file: string;
  /** Columns wanted, by their names in the header; any others are ignored. */
  columns: readonly string[];
  /** Called with the wanted columns of each good record. A returned string is a reason to reject it. */
  onRecord: (values: string[], line: number) => string | undefined;
  onReject: (reject: Reject) => void;
}

/** A quoted field longer than this is taken for a stray quote. */
const MAX_FIELD = 10_000;

interface Parsed {
  fields: string[];
  /** Offset behind the record and its line end. */
  end: number;
}

/** The end of the quoted field that starts at `start`: offset of its closing quote, or -1. */
function closingQuote(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote >= 0 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
  return quote - start > MAX_FIELD ? -1 : quote;
}

/** Parse a record that contains quotes; returns the reason if it is malformed. Quotes inside a bare field are text. */
function parseQuoted(text: string, start: number): Parsed | string {
  const fields: string[] = [];
  for (let at = start; ; at++) {
    let stop: number;
    if (text[at] === '"') {
      const quote = closingQuote(text, at);
      if (quote < 0) return "a quote is not closed";
      fields.push(text.slice(at + 1, quote).replace(/""/g, '"'));
      stop = quote + 1;
      if (text[stop] === "\r" && text[stop + 1] === "\n") stop++;
      if (stop < text.length && text[stop] !== "," && text[stop] !== "\n")
        return "text follows a closing quote";
    } else {
      const newline = lineEnd(text, at);
      const comma = text.indexOf(",", at);
      stop = comma >= 0 && comma < newline ? comma : newline;
      fields.push(stop === newline ? withoutReturn(text.slice(at, stop)) : text.slice(at, stop));
    }
    if (text[stop] !== ",") return { fields, end: stop + 1 };
    at = stop;
  }
}

/** Offset of the line end at or after `at`, or the text's length. */
function lineEnd(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function countLines(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1))
    lines++;
  return lines;
}

/** Where the wanted columns are in the header. */
function columnPositions(header: string[], { file, columns }: CsvOptions): number[] {
  const missing = columns.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `${file} has no column ${missing.join(", ")}: its header is "${header.join(",").slice(0, 200)}"`,
    );
  }
  return columns.map((name) => header.indexOf(name));
}

/** The record at `start`, or the reason why its first line is to be skipped. A width of 0 stands for any width. */
function recordAt(
  text: string,
  start: number,
  first: string,
  next: number,
  width: number,
): Parsed | string {
  const parsed = first.includes('"')
    ? parseQuoted(text, start)
    : { fields: first.split(","), end: next };
  if (typeof parsed === "string") return parsed;
  if (width > 0 && parsed.fields.length !== width)
    return `${parsed.fields.length} fields, ${width} expected`;
  if (parsed.fields.some((field) => field.includes("\ufffd")))
    return "a character is not valid UTF-8";
  return parsed;
}

/** All records, the header first, each with its line number and first line; blank lines are passed over. */
function* records(
  text: string,
): Generator<{ line: number; first: string; record: string[] | string }> {
  let width = 0;
  for (let at = text.startsWith("\ufeff") ? 1 : 0, line = 1; at < text.length;) {
    const newline = lineEnd(text, at);
    const first = withoutReturn(text.slice(at, newline));
    const number = line++;
    const start = at;
    at = newline + 1;
    if (first.trim() === "") continue;
    const parsed = recordAt(text, start, first, at, width);
    if (typeof parsed === "string") yield { line: number, first, record: parsed };
    else {
      line += countLines(text, at, parsed.end); // a field may hold line breaks
      at = Math.max(at, parsed.end);
      width ||= parsed.fields.length;
      yield { line: number, first, record: parsed.fields };
    }
  }
}

/**
 * Read a CSV text with a header: commas, double quotes, LF or CR LF. Blank lines are passed over, above the header too.
 * Every record with another number of fields than the header, a broken quote or a character that is not valid in the
 * file's encoding (decoded as U+FFFD) is rejected. Throws if the header is missing or lacks a wanted column.
 */
export function readCsv(text: string, options: CsvOptions): void {
  const { file, onRecord, onReject } = options;
  let positions: number[] | null = null;
  for (const { line, first, record } of records(text)) {
    if (positions === null) {
      positions = columnPositions(typeof record === "string" ? [first] : record, options);
      continue;
    }
    const reason =
      typeof record === "string"
        ? record
        : onRecord(
            positions.map((i) => record[i]),
            line,
          );
    if (reason) onReject({ file, line, reason, text: first.slice(0, 500) });
  }
  if (positions === null)
    throw new Error(`${file} is empty: expected a header with ${options.columns.join(", ")}`);
}

/** A value as it is written in a CSV file: in quotes where it needs them, or where a reader might trim its spaces. */
export function csvField(value: string | number): string {
  const text = String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** Rows (the header is one of them) as the text of a CSV file: each on a line that ends in LF. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => row.map(csvField).join(",") + "\n").join("");
}
