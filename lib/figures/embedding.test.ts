import { expect, it } from "vitest";
import { embeddingMap, SEVERAL, sharedGroup } from "./embedding";

const groupings = new Map([
  ["Canals", "Communications"],
  ["Railways", "Communications"],
  ["Uplands", "Topography"],
]);

it("a photo belongs to the group that all its tags share, or to several", () => {
  const of = (...tags: string[]): string => sharedGroup(tags, groupings);
  expect([of("Canals"), of("Canals", "Railways"), of("Canals", "Uplands")]).toEqual([
    "Communications",
    "Communications",
    SEVERAL,
  ]);
  expect(() => of("Nothing")).toThrow('"Nothing" has no grouping');
});

it("each photo is one dot of its group, with title and tags; those of several groups lie behind", () => {
  const photo = (title: string, ...tags: string[]) => ({
    title,
    tags,
    group: sharedGroup(tags, groupings),
  });
  const photos = [
    photo("Lock <7>", "Canals"),
    photo("Ben", "Uplands"),
    photo("Pass", "Uplands", "Railways"),
  ];
  const { data } = embeddingMap(photos, [
    [0.12345, 1],
    [-2, 12.3456],
    [3, 4],
  ]);
  expect(data.map(({ name, x, y, text }) => [name, x, y, text])).toEqual([
    [SEVERAL, [3], [4], ["Pass<br>Uplands; Railways"]],
    ["Communications", [0.123], [1], ["Lock &lt;7&gt;<br>Canals"]],
    ["Topography", [-2], [12.3], ["Ben<br>Uplands"]],
  ]);
  const looks = new Set(data.map(({ marker }) => JSON.stringify(marker)));
  expect(looks.size).toBe(3);
  expect(() => embeddingMap(photos, [[0, 0]])).toThrow("3 photos, but 1 points");
});
