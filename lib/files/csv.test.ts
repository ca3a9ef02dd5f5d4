import { expect, test } from "vitest";
import { csvText, readCsv, type CsvCounts, type Reject } from "./csv";

interface Read {
  records: [number, ...string[]][];
  rejects: Reject[];
}

/** All records of a text with the columns id, title, and what was rejected. */
function read(text: string): Read {
  const { records, rejects } = readCounted(text);
  return { records, rejects };
}

function readCounted(text: string): Read & { counts: CsvCounts } {
  const records: [number, ...string[]][] = [];
  const rejects: Reject[] = [];
  const counts = readCsv(text, {
    file: "m.csv",
    columns: ["id", "title"],
    id: "id",
    onRecord: (values, line) => {
      if (values[0] === "bad") return "the id is bad";
      records.push([line, ...values]);
      return undefined;
    },
    onReject: (reject) => rejects.push(reject),
  });
  return { records, rejects, counts };
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
    [4, "3"],
    [6, "5"],
    [7, "6"],
    [12, "10"],
  ]);
  expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
    [3, "4 fields, 3 expected"],
    [5, "text follows a closing quote"],
    [8, "text follows a closing quote"],
    [9, "the id is bad"],
    [10, "a character is not valid UTF-8"],
    [11, "a quote is not closed"],
  ]);
  expect(rejects[1]).toMatchObject({ file: "m.csv", text: '4,"stray,TQ1234' });
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

test.each([
  ["120 lines below, behind an inch mark", 120, '129,Miniature railway 15",TQ0102', 122],
  ["on the next line", 0, '10,Old",TQ0102', 2],
  ["on the next line, which is short", 0, '10,Old"', 2],
  ["on the next line, with an id that has a point", 0, '10.0,Old",TQ0102', 2],
])("a stray quote whose partner stands %s costs one line", (_, between, partner, kept) => {
  const filler = Array.from({ length: between }, (__, i) => `${i + 1000},row,x`);
  const text = ["id,title,ref", '9,"The Old Barn,TQ0101', ...filler, partner, "200,last,x"].join(
    "\n",
  );
  const { records, rejects } = read(text);
  expect(records.length).toBe(kept);
  expect(Math.max(...records.map(([, , title]) => title.length))).toBeLessThan(30);
  expect(rejects).toEqual([
    {
      file: "m.csv",
      line: 2,
      reason: "a quote is not closed on this line",
      text: '9,"The Old Barn,TQ0101',
    },
  ]);
});

test("stray quotes are found wherever the id's column is, and many of them", () => {
  const lines = Array.from(
    { length: 40 },
    (_, i) => `${i % 4 ? "" : '"'}title ${i}${i % 4 === 3 ? '"' : ""},x,${i}`,
  );
  const { records, rejects } = read(["title,x,id", ...lines].join("\n"));
  expect([records.length, rejects.length]).toEqual([30, 10]);
});

test("line breaks in a field stay if no line of it is a record", () => {
  const { records, rejects } = read('id,title,ref\n1,"of two, three\nor more\nlines",x\n2,b,y\n');
  expect(records).toEqual([
    [2, "1", "of two, three\nor more\nlines"],
    [5, "2", "b"],
  ]);
  expect(rejects).toEqual([]);
});

test("short records are kept and counted", () => {
  const { records, rejects, counts } = readCounted("id,title,ref\n1,a\n2\n3,c,x\n");
  expect(records.map(([, ...values]) => values)).toEqual([
    ["1", "a"],
    ["2", ""],
    ["3", "c"],
  ]);
  expect([rejects, counts]).toEqual([[], { records: 3, short: 2 }]);
});

test("a comma at the end of every line is no field; at the end of one line it may be one", () => {
  const every = read("id,title,ref\n1,a,x,\n2,b,y,\n3,c,,d\n4,e,z,,\n5,f,z,\n");
  expect(every.records.map(([, id]) => id)).toEqual(["1", "2", "5"]);
  expect(every.rejects.map(({ line, reason }) => [line, reason])).toEqual([
    [4, "4 fields, 3 expected"],
    [5, "5 fields, 3 expected"],
  ]);
  const one = read("id,title,ref\n1,a,x\n2,Barn, old,\n3,c,y\n");
  expect(one.records.map(([, id]) => id)).toEqual(["1", "3"]);
});

test("a file most of whose lines don't fit is an error that says why", () => {
  const lines = Array.from({ length: 60 }, (_, i) =>
    i % 3 ? `${i},a title, with a comma,x` : `${i},good,x`,
  );
  expect(() => read(["id,title,ref", ...lines].join("\n"))).toThrow(
    "m.csv: 40 of 60 lines don't fit, too many to be skipped. " +
      "40 of them: 4 fields, 3 expected. The first is line 3:\n  1,a title",
  );
});

test("no good line at all is an error, however few there are", () => {
  expect(() => read("id,title\n1,a,b\n")).toThrow("1 of 1 lines don't fit");
  expect(read("id,title\n").records).toEqual([]);
});

test("rows of commas, as Excel leaves them below a table, are passed over", () => {
  expect(readCounted("id,title\n1,a\n,\n , \n").counts).toEqual({ records: 1, short: 0 });
});

test("a damaged character in a column that is not wanted costs nothing", () => {
  const { records, rejects } = read("id,title,ref\n1,a,caf\ufffd\n2,b\ufffd,x\n3,c,y\n");
  expect([records.length, rejects.length]).toEqual([2, 1]);
});

test.each([
  ["id;title\n1;a\n", 'Its fields are separated by ";": save it with commas'],
  ["id\ttitle\n1\ta\n", "Its fields are separated by tabs"],
  ["sep=;\nid;title\n1;a\n", 'separated by ";"'],
  ["id,title,title\n1,a,b\n", "m.csv has the column title twice"],
])("the file %j is refused with a remedy", (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test("what is written is read again", () => {
  const rows = [
    ["id", "title"],
    ["1", 'a, "b"'],
    ["2", "two\nlines"],
    ["3", " spaces "],
    ["4", ""],
  ];
  const { records } = read(csvText(rows));
  expect(records.map(([, ...values]) => values)).toEqual(rows.slice(1));
});
