import { describe, expect, it } from "vitest";
import { baseLayout, oursLabel, pixels } from "./style";
import { coOccurrence, tagDistribution, tagsPerImage } from "./tags";
import { projectOf } from "../project";

describe("the shared style", () => {
  it("is as large as asked for: 7 inches are 672 px at 96 an inch", () => {
    expect(pixels(177.8)).toBe(672);
    expect(baseLayout(25.4, 50.8, { title: "" })).toMatchObject({ width: 96, height: 192 });
    expect(() => pixels(0)).toThrow("must be positive, not 0 mm");
  });

  it("says that the sample is drawn, and only the sample", () => {
    expect([oursLabel(projectOf("mini-geograph")), oursLabel(projectOf("kaggle"))]).toEqual([
      "Ours on mini-geograph (drawn)",
      "Ours on kaggle",
    ]);
  });
});

describe("tagDistribution", () => {
  const ours = {
    images: 200,
    tags: [
      { tag: "Canals", images: 10 },
      { tag: "Paths", images: 50 },
    ],
  };

  it("draws shares in percent, the most frequent last (at the top), the paper's beside them", () => {
    const paper = {
      images: 1000,
      tags: [
        { tag: "Paths", images: 100 },
        { tag: "Canals", images: 30 },
      ],
    };
    const [bars, marks] = tagDistribution(ours, paper, {
      ours: oursLabel(projectOf("mini-geograph")),
    }).data;
    expect(bars).toMatchObject({
      y: ["Canals", "Paths"],
      x: [5, 25],
      name: "Ours on mini-geograph (drawn)",
    });
    expect(marks).toMatchObject({ y: ["Canals", "Paths"], x: [3, 10], name: "Kaggle's train.csv" });
  });

  it("tells some titles of a tag when the pointer is over its bar", () => {
    const [bars] = tagDistribution(ours, undefined, {
      examples: new Map([["Paths", ["Path & gate", "<Lane>"]]]),
    }).data;
    expect(bars.customdata).toEqual(["", "“Path &amp; gate”<br>“&lt;Lane&gt;”"]);
  });

  it("draws no marks without the paper's numbers, and does not reorder its input", () => {
    expect(tagDistribution(ours, undefined, { ours: "Ours on kaggle" }).data).toHaveLength(1);
    expect(ours.tags[0].tag).toBe("Canals");
  });
});

describe("tagsPerImage", () => {
  it("puts six and more together, leaves out images without tags, and keeps the paper's shares", () => {
    const ours = [0, 1, 2, 6, 9].map((tags) => ({ tags, images: tags === 0 ? 1000 : 10 * tags }));
    const [own, paper] = tagsPerImage(ours, [
      { tags: "1", percent: 42.55 },
      { tags: "6+", percent: 0.22 },
    ]).data;
    const total = 10 + 20 + 60 + 90;
    expect(own.y).toEqual([1000 / total, 2000 / total, 0, 0, 0, 15000 / total]);
    expect(paper.y).toEqual([42.55, null, null, null, null, 0.22]);
    expect(paper.text).toEqual(["42.6", "", "", "", "", "0.2"]);
  });
});

describe("coOccurrence", () => {
  const tags = [
    { tag: "a", images: 10 },
    { tag: "b", images: 20 },
    { tag: "c", images: 5 },
  ];

  it("shows of the images with either tag the share with both: ours below the diagonal, the paper's above", () => {
    const ours = { tags, pairs: [{ a: "a", b: "b", images: 6 }] };
    const paper = {
      tags: [
        { tag: "a", images: 50 },
        { tag: "b", images: 50 },
        { tag: "c", images: 10 },
      ],
      pairs: [{ a: "c", b: "a", images: 10 }],
    };
    expect(coOccurrence(ours, paper).data[0].z).toEqual([
      [null, 0, 20],
      [25, null, 0],
      [0, 0, null],
    ]);
    expect(coOccurrence(ours).data[0].z).toEqual([
      [null, 25, 0],
      [25, null, 0],
      [0, 0, null],
    ]);
  });

  it("draws a line between groupings, and their names over the middle of each", () => {
    const grouped = tags.map((tag, i) => ({ ...tag, grouping: i < 2 ? "Land" : "Sea" }));
    const { shapes, annotations } = coOccurrence({ tags: grouped, pairs: [] }).layout;
    expect(shapes).toMatchObject([
      { x0: 1.5, x1: 1.5, y0: -0.5, y1: 2.5 },
      { y0: 1.5, y1: 1.5, x0: -0.5, x1: 2.5 },
    ]);
    expect(annotations).toMatchObject([
      { text: "<b>Land</b>", x: 0.5 },
      { text: "<b>Sea</b>", x: 2 },
    ]);
  });

  it("refuses a pair of an unknown tag", () => {
    const pairs = [{ a: "a", b: "x", images: 1 }];
    expect(() => coOccurrence({ tags, pairs })).toThrow('the pair "a" and "x" names a tag');
  });
});
