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
  const batches = titleBatches(titles, 6);
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

it("keeps a title that is longer than a batch, and has nothing to do without titles", () => {
  expect(titleBatches([[1, 3, 4, 2]], 2).map((batch) => batch.tokens)).toEqual([[[1, 3, 4, 2]]]);
  expect(titleBatches([])).toEqual([]);
});
