import { expect, test } from "vitest";
import { idProblem, isMissing, looksMissing, wholeNumber } from "./values";

test.each([
  ["0", 0],
  ["6602", 6602],
  ["6602.0", 6602],
  ["6602.", 6602],
  [" 6602.000 ", 6602],
  ["007", 7],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
])("%j is the whole number %d", (text, number) => {
  expect(wholeNumber(text)).toBe(number);
});

test.each([
  "",
  " ",
  "0.4",
  "1.4",
  "6602.5",
  "6602.01",
  "-1",
  "+1",
  "1e3",
  "6.602E3",
  "1,000",
  "1 000",
  "1_000",
  "6602,0",
  "0x10",
  "Infinity",
  "NaN",
  "true",
  "٣",
  "12a",
  ".0",
  "9007199254740993",
])("%j is no whole number", (text) => {
  expect(wholeNumber(text)).toBeNull();
});

test("ids have 32 bits", () => {
  expect(idProblem("2147483647")).toBeNull();
  expect(idProblem("2147483648")).toBe("2147483648 is larger than any id, 2147483647");
  expect(idProblem(" ")).toBe("expected a whole number, not nothing");
  expect(idProblem("x1")).toBe("expected a whole number, not x1");
});

test("what pandas and MySQL write for a missing value is none; a name that resembles it is one", () => {
  for (const mark of ["", "  ", "NA", " N/A ", "nan", "NaN", "NULL", "null", "None", "<NA>", "\\N"])
    expect([mark, isMissing(mark), looksMissing(mark)]).toEqual([mark, true, false]);
  for (const title of ["Na", "Nan", "Null", "none"])
    expect([title, isMissing(title), looksMissing(title)]).toEqual([title, false, true]);
  for (const title of ["NA 12", "Nant", "-", "0", "missing"])
    expect([title, isMissing(title), looksMissing(title)]).toEqual([title, false, false]);
});
