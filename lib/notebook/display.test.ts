import { createRequire } from "node:module";
import { afterEach, expect, test, vi } from "vitest";
import { escapeHtml, showImage, showTable } from "./display";
import { describe, duration, progressBar } from "./progress";

const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
afterEach(() => printed.mockClear());

test("a table has its columns in order, numbers to the right, and says nothing for null", () => {
  showTable(
    [
      { tag: "Canals", F1: 0.894, photos: 1200 },
      { tag: "Flat landscapes", F1: 0, photos: null },
    ],
    { digits: 3 },
  );
  expect(printed.mock.calls[0][0]).toBe(
    [
      "tag                 F1  photos",
      "Canals           0.894   1,200",
      "Flat landscapes  0.000",
    ].join("\n"),
  );
});

test("numbers that come as text stand to the right too; ranges are text", () => {
  showTable([
    { p: "< 0.001", change: "+1.2", range: "1 to 2" },
    { p: "0.5", change: "−11.7", range: "11 to 12" },
  ]);
  expect(printed.mock.calls[0][0]).toBe(
    ["      p  change  range", "< 0.001    +1.2  1 to 2", "    0.5   −11.7  11 to 12"].join("\n"),
  );
});

test("a table shows the columns and the number of rows asked for", () => {
  const rows = [
    { id: 1, tag: "Canals", F1: 0.5 },
    { id: 2, tag: "Railways", F1: 0.25 },
    { id: 3, tag: "Bogs", F1: 1 },
  ];
  showTable(rows, { columns: ["F1", "tag"], first: 2, digits: 2 });
  expect(printed.mock.calls[0][0]).toBe(["  F1  tag", "0.50  Canals", "0.25  Railways"].join("\n"));
});

test("ids are written without separators", () => {
  showTable([{ gridimage_id: 1234567, photos: 1234567 }]);
  expect(printed.mock.calls[0][0]).toBe("gridimage_id     photos\n     1234567  1,234,567");
});

test("a data frame is a table too", () => {
  showTable(
    {
      columns: ["a", "b"],
      values: [
        [1, "x"],
        [2, "y"],
      ],
    },
    { caption: "A frame" },
  );
  expect(printed.mock.calls[0][0]).toBe("A frame\na  b\n1  x\n2  y");
});

test("only numbers stand to the right: lists, truths and columns without a value are text", () => {
  showTable([
    { valExactMatch: 0.5, macroF1: null, tags: ["a", "b"], dropped: true, note: null },
    { valExactMatch: 0.25, macroF1: 0.5, tags: [], dropped: false, note: null },
  ]);
  expect(printed.mock.calls[0][0]).toBe(
    [
      "val exact match  macro F1  tags  dropped  note",
      "         0.5000            a; b  true",
      "         0.2500    0.5000        false",
    ].join("\n"),
  );
});

test("what is HTML in the data is text on the page", () => {
  expect(escapeHtml('<img src="x"> & co')).toBe("&lt;img src=&quot;x&quot;&gt; &amp; co");
});

test("progress says how far, how fast and how long still", () => {
  expect(describe(1200, 5000, "photos", 300)).toBe(
    "1,200 of 5,000 photos, 300 a second, 13 s left",
  );
  expect(describe(0, 5000, "photos", 0)).toBe("0 of 5,000 photos");
  vi.useFakeTimers();
  const bar = progressBar("Training", "photos");
  vi.advanceTimersByTime(75_000);
  bar.update(5000, 5000, "2 unreadable");
  vi.useRealTimers();
  expect(printed.mock.calls[0][0]).toBe(
    "Training: 5,000 of 5,000 photos, done in 1 min 15 s · 2 unreadable",
  );
  expect([59.4, 60, 3599, 7500].map(duration)).toEqual([
    "59 s",
    "1 min 0 s",
    "59 min 59 s",
    "2 h 5 min",
  ]);
});

test("in a notebook a picture has its description as alternative text and, unseen, below it", () => {
  const kernel = createRequire(import.meta.url)("tslab/dist/jupyter") as {
    lastWriteDisplayData: unknown;
  };
  const sent: { data: Record<string, string>; metadata: Record<string, { alt?: string }> }[] = [];
  kernel.lastWriteDisplayData = (bundle: (typeof sent)[0]) => sent.push(bundle);
  try {
    showImage(Buffer.of(0xff, 0xd8), 'A canal, titled "Lock"');
    showTable([{ tag: "Canals", F1: 0.5 }]);
  } finally {
    kernel.lastWriteDisplayData = null;
  }
  expect(sent[0].metadata["image/jpeg"].alt).toBe('A canal, titled "Lock"');
  expect(sent[1].data["text/html"]).toContain("A canal, titled &quot;Lock&quot;</p>");
  expect(sent[2].data["text/html"]).toContain(
    '<th scope="col" align="right" style="text-align:right">F1</th>',
  );
  expect(sent[2].data["text/html"]).toContain(
    '<td align="left" style="text-align:left">Canals</td>',
  );
});
