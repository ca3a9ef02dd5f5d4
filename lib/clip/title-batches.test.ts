import { expect, it } from "vitest";
import { titleBatches } from "./title-batches";

it("embeds equal titles once, in batches of one length and a limited number of tokens", () => {
  const titles = [
    [1, 5, 2],
    [1, 2],
    [1, 6, 2],
    [1, 5, 2],
    [1, 7, 8, 9, 2],
    [1, 7, 2],
  ];
  const batches = titleBatches(titles, { tokensPerBatch: 6 });
  expect(batches.map((batch) => batch.tokens)).toEqual([
    [[1, 2]],
    [
      [1, 5, 2],
      [1, 6, 2],
    ],
    [[1, 7, 2]],
    [[1, 7, 8, 9, 2]],
  ]);

  // The "embedding" of a title: its middle token and its length.
  const all = new Float32Array(titles.length * 2).fill(-1);
  for (const { tokens, scatter } of batches)
    scatter(
      Float32Array.from(tokens.flatMap((list) => [list.length > 2 ? list[1] : 0, list.length])),
      all,
    );
  expect([...all]).toEqual([5, 3, 0, 2, 6, 3, 5, 3, 7, 5, 7, 3]);
});

it("leaves rows out that are done, and counts the rows of the others", () => {
  const titles = [
    [1, 5, 2],
    [1, 2],
    [1, 5, 2],
    [1, 6, 2],
  ];
  const batches = titleBatches(titles, { isDone: (row) => row === 1 || row === 2 });
  expect(batches.map(({ tokens, rows }) => [tokens, rows])).toEqual([
    [
      [
        [1, 5, 2],
        [1, 6, 2],
      ],
      2,
    ],
  ]);
  const all = new Float32Array(4).fill(-1);
  batches[0].scatter(Float32Array.of(7, 8), all);
  expect([...all]).toEqual([7, -1, -1, 8]);
});

it("keeps a title that is longer than a batch, and has nothing to do without titles", () => {
  expect(titleBatches([[1, 3, 4, 2]], { tokensPerBatch: 2 }).map((batch) => batch.tokens)).toEqual([
    [[1, 3, 4, 2]],
  ]);
  expect(titleBatches([])).toEqual([]);
});
