import { describe, expect, it } from "vitest";
import { binTitleLengths, titleLengths, wordCloud } from "./titles";
import { seededRandom } from "../random";
import { countWords, placeWords, wordWidth } from "./wordcloud";

describe("titleLengths", () => {
  const bins = [
    { from: 1, to: 4, titles: 30 },
    { from: 5, to: 9, titles: 50 },
    { from: 10, to: 14, titles: 20 },
  ];

  it("counts lengths from both ends of a bin, leaves out empty titles, puts longer ones last", () => {
    expect(binTitleLengths([0, 1, 4, 5, 9, 10, 14, 500], bins).map(({ titles }) => titles)).toEqual(
      [2, 2, 3],
    );
  });

  it("draws percent per character, so that the area under the outline is 100 %", () => {
    const [ours, paper] = titleLengths([1, 5, 5, 12], bins).data;
    expect(ours).toMatchObject({
      x: [1, 1, 5, 10, 15, 15],
      y: [0, 25 / 4, 50 / 5, 25 / 5, 25 / 5, 0],
    });
    expect(paper).toMatchObject({ y: [0, 30 / 4, 50 / 5, 20 / 5, 20 / 5, 0], name: "Paper" });
  });
});

describe("countWords", () => {
  it("counts words in lower case without stop words, apostrophes, digits and single letters", () => {
    const titles = [
      "The Lock, Hebden Bridge",
      "St Mary's church - the lock",
      "A1 at Ty'n-y-ffridd, Café Lôn",
    ];
    const [first, ...others] = countWords(titles);
    expect(first).toEqual({ word: "lock", count: 2 });
    expect(others.map(({ word }) => word)).toEqual([
      "bridge",
      "café",
      "church",
      "ffridd",
      "hebden",
      "lôn",
      "mary",
      "st",
      "ty",
    ]);
    expect(others.every(({ count }) => count === 1)).toBe(true);
  });

  it("takes the stop words it is given", () => {
    expect(countWords(["the road"], new Set(["road"]))).toEqual([{ word: "the", count: 1 }]);
  });
});

describe("the word cloud", () => {
  const random = seededRandom(7);
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const anyWord = (): string =>
    Array.from({ length: 3 + random.below(8) }, () => letters[random.below(26)]).join("");
  const words = Array.from({ length: 80 }, (_, i) => ({
    word: anyWord(),
    count: Math.ceil(900 / (i + 1)),
  }));
  const placed = placeWords(words, { width: 600, height: 300 });

  it("places every word large enough to read, none over another, none over the edge", () => {
    expect(placed.length).toBeGreaterThan(40);
    expect(placed.length).toBe(
      words.filter(({ count }) => placed[0].size * Math.sqrt(count / 900) >= 7).length,
    );
    for (const a of placed) {
      expect(Math.min(a.x - a.width / 2, a.y - a.height / 2)).toBeGreaterThanOrEqual(0);
      expect(a.x + a.width / 2 <= 600 && a.y + a.height / 2 <= 300, a.word).toBe(true);
      for (const b of placed) {
        const apart =
          Math.abs(a.x - b.x) >= (a.width + b.width) / 2 ||
          Math.abs(a.y - b.y) >= (a.height + b.height) / 2;
        expect(a === b || apart, `${a.word} ${b.word}`).toBe(true);
      }
    }
  });

  it("makes areas proportional to counts: a quarter as often, half the font size", () => {
    const two = [
      { word: "road", count: 400 },
      { word: "lane", count: 100 },
    ];
    const [most, quarter] = placeWords(two, { width: 300, height: 200 });
    expect(quarter.size / most.size).toBeCloseTo(0.5, 10);
  });

  it("is the same for the same words, and says when there is no room", () => {
    expect(placeWords(words, { width: 600, height: 300 })).toEqual(placed);
    expect(() => placeWords(words, { width: 10, height: 5 })).toThrow("too small for");
  });

  it("knows the widths of Lato's letters to within 5 % for real words", () => {
    // Sums of the advance widths in Lato-Regular's hmtx table, in em.
    const lato = { road: 1.988, house: 2.643, memorial: 4.077, village: 2.773, footpath: 3.817 };
    for (const [word, width] of Object.entries(lato)) {
      expect(Math.abs(wordWidth(word) / width - 1), word).toBeLessThan(0.05);
    }
  });

  it("becomes a figure with one text a word, at its size and place", () => {
    const { data, layout } = wordCloud(words, { widthMm: 150, heightMm: 80 });
    const { text, x, y, textfont } = data[0] as unknown as {
      text: string[];
      x: number[];
      y: number[];
      textfont: { size: number[] };
    };
    const expected = placeWords(words, { width: layout.width, height: layout.height - 16 });
    expect(text.map((word, i) => [word, x[i], y[i], textfont.size[i]])).toEqual(
      expected.map((word) => [word.word, word.x, word.y, word.size]),
    );
  });
});
