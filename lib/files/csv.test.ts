import { expect, test } from "vitest";
import { readCsv } from "./csv";
import type { Reject } from "./csv";

/** All records of a text with the columns id, title, and what was rejected. */
function read(text: string): { records: [number, ...string[]][]; rejects: Reject[] } {
  const records: [number, ...string[]][] = [];
  const rejects: Reject[] = [];
  readCsv(text, {
    file: "m.csv",
    columns: ["id", "title"],
    onRecord: (values, line) => {
      if (values[0] === "bad") return "the id is bad";
      records.push([line, ...values]);
      return undefined;
    },
    onReject: (reject) => rejects.push(reject),
  });
  return { records, rejects };
}

test("quotes, commas, accents, line breaks in a field, CR LF, a byte order mark, blank lines", () => {
  const text = [
    "\ufeff",
    "id,x,title",
    "1,-,Plain",
    "",
    '2,-,"A, ""quoted"" title"',
    '3,-,"two',
    'lines"',
    '4,-,Café "in" text',
    "5,-,",
  ].join("\r\n");
  expect(read(text)).toEqual({
    records: [
      [3, "1", "Plain"],
      [5, "2", 'A, "quoted" title'],
      [6, "3", "two\r\nlines"],
      [8, "4", 'Café "in" text'],
      [9, "5", ""],
    ],
    rejects: [],
  });
});

test("a bad line costs that line only, with its number and the reason", () => {
  const text = [
    "id,title,ref",
    "1,a,b",
    "2,too,many,fields",
    "3,few",
    '4,"stray,TQ1234',
    "5,good,c",
    '6,"quoted, good",d',
    '7,"a" b,c',
    "bad,x,y",
    "8,caf\ufffd,z",
    '9,"never closed,q',
    "10,last,r",
  ].join("\n");
  const { records, rejects } = read(text);
  expect(records.map(([line, id]) => [line, id])).toEqual([
    [2, "1"],
    [6, "5"],
    [7, "6"],
    [12, "10"],
  ]);
  expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
    [3, "4 fields, 3 expected"],
    [4, "2 fields, 3 expected"],
    [5, "text follows a closing quote"],
    [8, "text follows a closing quote"],
    [9, "the id is bad"],
    [10, "a character is not valid UTF-8"],
    [11, "a quote is not closed"],
  ]);
  expect(rejects[2]).toMatchObject({ file: "m.csv", text: '4,"stray,TQ1234' });
});

test("a quote that closes far below is a stray one", () => {
  const filler = Array.from({ length: 2000 }, (_, i) => `${i + 10},row,x`);
  const { records, rejects } = read(
    ["id,title,ref", '1,"stray,x', ...filler, '9999,"",x', ""].join("\n"),
  );
  expect(records.length).toBe(2001);
  expect(rejects.map((reject) => reject.line)).toEqual([2]);
});

test("a missing column and an empty file are errors", () => {
  expect(() => read("id,name\n1,a\n")).toThrow(
    'm.csv has no column title: its header is "id,name"',
  );
  expect(() => read("\n\n")).toThrow("m.csv is empty");
});
