/** The CSV file of a submission: header gridimage_id and the tag columns, then a row an image. */

/** A submission as read back from its file. */
export interface Submission {
  /** Name of the file inside the zip. */
  entry: string;
  tagCols: string[];
  ids: Int32Array;
  /** 0 or 1, [n, tags] row by row. */
  labels: Uint8Array;
}

/** The CSV file's bytes: a header, then a row an image. */
export function toCsv(
  ids: ArrayLike<number>,
  labels: Uint8Array,
  tagCols: readonly string[],
): Buffer {
  const width = tagCols.length;
  const header = `gridimage_id,${tagCols.join(",")}\n`;
  const csv = Buffer.alloc(header.length + ids.length * (11 + 2 * width + 1), ",");
  let at = csv.write(header, "latin1");
  for (let row = 0; row < ids.length; row++) {
    at += csv.write(String(ids[row]), at, "latin1");
    for (let i = row * width; i < (row + 1) * width; i++, at += 2) csv[at + 1] = 48 + labels[i]; // the comma is there
    csv[at++] = 10;
  }
  return csv.subarray(0, at);
}

/** The CSV file's lines, from the first byte to the one behind the last; "\r\n" counts as "\n". */
function splitLines(csv: Buffer): [start: number, end: number][] {
  const lines: [number, number][] = [];
  for (let start = 0; start < csv.length;) {
    const found = csv.indexOf(10, start);
    const end = found < 0 ? csv.length : found;
    lines.push([start, csv[end - 1] === 13 ? end - 1 : end]);
    start = end + 1;
  }
  return lines;
}

/** Read a row that is as it should be, straight from its bytes: the id, or -1 if something is not as it should be. */
function plainRow(csv: Buffer, [start, end]: [number, number], labels: Uint8Array): number {
  let at = start;
  let id = 0;
  for (; at < end && csv[at] !== 44; at++)
    id = csv[at] >= 48 && csv[at] <= 57 ? id * 10 + csv[at] - 48 : NaN;
  if (at === start || at - start > 9 || !(id >= 0) || end - at !== 2 * labels.length) return -1;
  for (let j = 0; j < labels.length; j++, at += 2) {
    if (csv[at] !== 44 || (csv[at + 1] !== 48 && csv[at + 1] !== 49)) return -1;
    labels[j] = csv[at + 1] - 48;
  }
  return id;
}

/** Read any other row; what is wrong with it goes to `problems`. */
function oddRow(
  text: string,
  where: string,
  tagCols: readonly string[],
  labels: Uint8Array,
  problems: string[],
): number {
  const cells = text.split(",");
  const width = tagCols.length;
  labels.fill(0);
  if (cells.length !== width + 1)
    problems.push(`${where}: ${cells.length} values, ${width + 1} expected`);
  if (!/^\d+$/.test(cells[0])) problems.push(`${where}: the id is "${cells[0]}"`);
  for (let j = 0; j < width; j++) {
    const cell = cells[j + 1];
    if (cell === "1") labels[j] = 1;
    else if (cell !== "0" && cell !== undefined)
      problems.push(`${where}, ${tagCols[j]}: "${cell}" is not 0 or 1`);
  }
  return Number(cells[0]);
}

/** Parse the CSV file; what is wrong with a row goes to `problems`, and its cells are then not to be trusted. */
export function parseCsv(entry: string, csv: Buffer, problems: string[]): Submission {
  const [head = [0, 0], ...lines] = splitLines(csv);
  const text = (line: [number, number]): string => csv.toString("utf8", ...line);
  const [first, ...tagCols] = text(head).split(",");
  const width = tagCols.length;
  if (first !== "gridimage_id")
    problems.push(`the header begins with "${first}", not gridimage_id`);
  const ids = new Int32Array(lines.length);
  const labels = new Uint8Array(ids.length * width);
  lines.forEach((line, row) => {
    const cells = labels.subarray(row * width, (row + 1) * width);
    const id = plainRow(csv, line, cells);
    ids[row] = id >= 0 ? id : oddRow(text(line), `line ${row + 2}`, tagCols, cells, problems);
  });
  return { entry, tagCols, ids, labels };
}
