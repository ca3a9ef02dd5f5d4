/** What the text of a CSV field stands for: one rule for every file. */

/**
 * The whole number that a text is, or null. Exact ones only: digits, also with a point and zeros behind it, as pandas
 * writes the whole numbers of a column with gaps ("6602.0"). No sign, exponent or separator of thousands.
 */
export function wholeNumber(text: string): number | null {
  const match = /^\s*(\d+)(?:\.0*)?\s*$/.exec(text);
  const number = match ? Number(match[1]) : NaN;
  return Number.isSafeInteger(number) ? number : null;
}

/** Ids are kept in 32 bits. */
export const MAX_ID = 2 ** 31 - 1;

/** What is wrong with an id, or null if it is a whole number from 0 to MAX_ID. */
export function idProblem(text: string): string | null {
  const id = wholeNumber(text);
  if (id === null) return `expected a whole number, not ${text.trim() || "nothing"}`;
  return id > MAX_ID ? `${text.trim()} is larger than any id, ${MAX_ID}` : null;
}

/** The texts that pandas takes for a missing value, as they are written (`pandas.read_csv`, na_values), and MySQL's \N. */
const MISSING = new Set(
  "#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null|\\N".split(
    "|",
  ),
);
const MISSING_IN_ANY_CASE = new Set([...MISSING].map((mark) => mark.toLowerCase()));

/** Whether a text stands for a missing value: it is empty, or one of the marks above. */
export function isMissing(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === "" || MISSING.has(trimmed);
}

/** Whether a text is a value, but only by its case: "Na" (a title may be that) beside "NA". */
export function looksMissing(text: string): boolean {
  return !isMissing(text) && MISSING_IN_ANY_CASE.has(text.trim().toLowerCase());
}
