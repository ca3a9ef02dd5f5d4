/**
 * CSV files with a header, as people and programs write them: a bad line costs that line, which is reported, and reading
 * goes on below it. (DuckDB reads well-formed files faster, but one stray quote makes it lose everything up to the next
 * quote, and it turns text into numbers before anyone can look at it.)
 */
import { wholeNumber } from "./values";

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
  /** Columns that the file may lack: their values are then "". They follow the others in `values`. */
  optional?: readonly string[];
  /**
   * A column of whole numbers. A line that has one in this place is a record of its own: a quoted field that would
   * swallow it has a stray quote.
   */
  id?: string;
  /** Called with the wanted columns of each good record. A returned string is a reason to reject it. */
  onRecord: (values: string[], line: number) => string | undefined;
  onReject: (reject: Reject) => void;
}

export interface CsvCounts {
  /** Records that were accepted. */
  records: number;
  /** Of these, those that ended before the header's last column: what they lack is "". */
  short: number;
}

/** A quoted field longer than this (in characters) is taken for a stray quote. */
const MAX_FIELD = 10_000;
/** Fewer refused lines than this don't stop the reading, as long as there are good ones. */
const MANY_REJECTS = 20;

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

/** Whether one of the lines that begin between the offsets is a record of its own. */
function swallowsRecord(text: string, from: number, to: number, id: number): boolean {
  if (id < 0) return false;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) {
    const fields = text.slice(at + 1, lineEnd(text, at + 1)).split(",");
    if (wholeNumber(fields[id] ?? "") !== null) return true;
  }
  return false;
}

/**
 * Parse a record that contains quotes; returns the reason if it is malformed. Quotes inside a bare field are text. `id`
 * is the position of the column of whole numbers, or -1.
 */
function parseQuoted(text: string, start: number, id: number): Parsed | string {
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
      if (swallowsRecord(text, at, quote, id)) return "a quote is not closed on this line";
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

interface RawRecord {
  line: number;
  first: string;
  fields: string[] | string;
}

/**
 * All records, the header first, each with its line number, its first line, and its fields or what is wrong with it.
 * Lines without any content are passed over, such as the rows of commas below an Excel table. `id()` is asked once the
 * header is out.
 */
function* records(text: string, id: () => number): Generator<RawRecord> {
  for (let at = 0, line = 1; at < text.length;) {
    const newline = lineEnd(text, at);
    const first = withoutReturn(text.slice(at, newline));
    const number = line++;
    const start = at;
    at = newline + 1;
    if (/^[\s,]*$/.test(first)) continue;
    if (!first.includes('"')) {
      yield { line: number, first, fields: first.split(",") };
      continue;
    }
    const parsed = parseQuoted(text, start, id());
    if (typeof parsed === "string") yield { line: number, first, fields: parsed };
    else {
      line += countLines(text, at, parsed.end); // a field may hold line breaks
      at = Math.max(at, parsed.end);
      yield { line: number, first, fields: parsed.fields };
    }
  }
}

/** The text with LF or CR LF at its line ends (old Macs and some editors write CR alone), and without what precedes it. */
function plainText(text: string): string {
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  return /\r[^\n]/.test(body.slice(0, lineEnd(body, 0))) ? body.replace(/\r\n?/g, "\n") : body;
}

/** Excel's first line `sep=,`, which says how fields are separated and is no header. */
const SEP_LINE = /^"?sep=(.)"?\s*$/i;

/** The names of the columns: the first line with any content, without quotes and spaces around them. Throws if none. */
function headerOf(raw: Iterator<RawRecord, void>, file: string): string[] {
  for (;;) {
    const { value } = raw.next();
    if (!value) throw new Error(`${file} is empty: expected a header`);
    if (SEP_LINE.test(value.first)) continue;
    const fields = typeof value.fields === "string" ? [value.first] : value.fields;
    return fields.map((name) => name.trim());
  }
}

/** The names of a CSV text's columns. Throws if it has none. */
export function csvHeader(text: string, file: string): string[] {
  return headerOf(
    records(plainText(text), () => -1),
    file,
  );
}

/** Where a column is in the header, or -1. Throws if it is there twice. */
function position(header: string[], name: string, file: string): number {
  const at = header.indexOf(name);
  if (at >= 0 && header.includes(name, at + 1))
    throw new Error(`${file} has the column ${name} twice: remove or rename one of them`);
  return at;
}

/** Where the wanted columns are in the header, -1 for an optional one that is not there. */
function columnPositions(header: string[], options: CsvOptions): number[] {
  const { file, columns, optional = [] } = options;
  const missing = columns.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    const line = header.join(",").slice(0, 200);
    const other = header.length === 1 ? /[;\t|]/.exec(line)?.[0] : undefined;
    const hint = other
      ? `. Its fields are separated by ${other === "\t" ? "tabs" : `"${other}"`}: save it with commas`
      : "";
    throw new Error(`${file} has no column ${missing.join(", ")}: its header is "${line}"${hint}`);
  }
  return [...columns, ...optional].map((name) => position(header, name, file));
}

/** Throws if more records were refused than accepted: then it is not the lines that are wrong, but how they are read. */
function checkRefused(
  file: string,
  rejects: readonly Reject[],
  { records: good }: CsvCounts,
): void {
  if (rejects.length <= good || (good > 0 && rejects.length < MANY_REJECTS)) return;
  const byReason = new Map<string, Reject[]>();
  for (const reject of rejects) {
    const alike = byReason.get(reject.reason);
    if (alike) alike.push(reject);
    else byReason.set(reject.reason, [reject]);
  }
  const [[reason, alike]] = [...byReason].sort((a, b) => b[1].length - a[1].length);
  const [{ line, text }] = alike;
  throw new Error(
    `${file}: ${rejects.length} of ${rejects.length + good} lines don't fit, too many to be skipped. ` +
      `${alike.length} of them: ${reason}. The first is line ${line}:\n  ${text.slice(0, 200)}`,
  );
}

/**
 * Read a CSV text with a header: commas, double quotes, line ends of any kind. Lines without content are passed over,
 * above the header too, and Excel's `sep=` line. As in pandas a record may be short: what it lacks is "". It may be
 * longer than the header only by empty fields, and only if the first record is (a comma at the end of each line). Every
 * other record with more fields, with a broken quote or with a wanted value that holds U+FFFD (a character that was not
 * valid in the file's encoding) is rejected. Throws if the header is missing, lacks a wanted column or has it twice, and
 * if more records are rejected than accepted.
 */
export function readCsv(text: string, options: CsvOptions): CsvCounts {
  const { file, onRecord, onReject } = options;
  let id = -1;
  const raw = records(plainText(text), () => id);
  const header = headerOf(raw, file);
  const positions = columnPositions(header, options);
  if (options.id !== undefined) id = position(header, options.id, file);
  const mayBeDamaged = text.includes("\ufffd");
  const counts: CsvCounts = { records: 0, short: 0 };
  const rejects: Reject[] = [];
  let width = 0;
  const problem = ({ fields, line }: RawRecord): string | undefined => {
    if (typeof fields === "string") return fields;
    const surplus = fields.length > header.length && fields.slice(header.length);
    const isBlank = !surplus || surplus.every((field) => field.trim() === "");
    width ||= isBlank ? fields.length : header.length;
    if (surplus && (!isBlank || fields.length > width))
      return `${fields.length} fields, ${header.length} expected`;
    const values = positions.map((at) => fields[at] ?? "");
    if (mayBeDamaged && values.some((value) => value.includes("\ufffd")))
      return "a character is not valid UTF-8";
    return onRecord(values, line);
  };
  for (const record of raw) {
    const reason = problem(record);
    if (reason) {
      rejects.push({ file, line: record.line, reason, text: record.first.slice(0, 500) });
      onReject(rejects[rejects.length - 1]);
    } else {
      counts.records++;
      if (record.fields.length < header.length) counts.short++;
    }
  }
  checkRefused(file, rejects, counts);
  return counts;
}

/** A value as it is written in a CSV file: in quotes where it needs them, or where a reader might trim its spaces. */
function csvField(value: string | number): string {
  const text = String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** Rows (the header is one of them) as the text of a CSV file: each on a line that ends in LF. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => row.map(csvField).join(",") + "\n").join("");
}
