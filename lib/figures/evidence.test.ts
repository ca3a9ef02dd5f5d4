import { describe, expect, test } from "vitest";
import {
  blindLoss,
  companyScatter,
  headMatrix,
  neighbourShares,
  realAndSample,
  setCoverage,
  submissionGain,
  weightSizes,
} from "./evidence";

describe("setCoverage", () => {
  test("covers by the most common sets first, and all in the end", () => {
    const sizes = [
      { images: 1, sets: 4 },
      { images: 6, sets: 1 },
    ];
    const [line, marks] = setCoverage(sizes, [1, 3]).data;
    expect(marks).toMatchObject({
      x: [1, 3],
      y: [60, 80],
      text: ["<b>1</b>: 60.0 %", "<b>3</b>: 80.0 %"],
    });
    expect((line.y as number[]).at(-1)).toBe(100);
  });
});

test("blindLoss: bands go there and back, epochs count from 1", () => {
  const figure = blindLoss(
    [{ name: "linear-loc", loss: [0.6, 0.4] }],
    [
      {
        name: "nothing",
        range: [
          [0.5, 0.7],
          [0.3, 0.5],
        ],
      },
    ],
    0.15,
  );
  const [band, curve, entropy] = figure.data;
  expect(band).toMatchObject({ x: [1, 2, 2, 1], y: [0.5, 0.3, 0.5, 0.7], fill: "toself" });
  expect(curve).toMatchObject({ name: "linear-loc", x: [1, 2], y: [0.6, 0.4] });
  expect(entropy.name).toBe("entropy of the labels, 0.1500");
});

test("headMatrix: rows of one head, columns of the other, names made safe", () => {
  const z = [
    [0.5, 0.1],
    [0.2, 0.4],
  ];
  const { data, layout } = headMatrix(["A<b>", "B"], z, { rows: "photo", columns: "title" });
  expect(data[0]).toMatchObject({ type: "heatmap", z });
  expect(layout.yaxis).toMatchObject({ ticktext: ["A&lt;b&gt;", "B"], autorange: "reversed" });
});

test("companyScatter: names for the closest pairs, but not on top of each other", () => {
  const pairs = [
    { name: "a + b", lift: 8, cosine: 0.6 },
    { name: "a + c", lift: 8, cosine: 0.59 },
    { name: "b + c", lift: 0.1, cosine: 0.3 },
  ];
  const [, named] = companyScatter([{ head: "photo", pairs }]).data;
  expect(named).toMatchObject({
    text: [" a + b ", " b + c "],
    textposition: ["middle left", "middle right"],
  });
});

test("weightSizes: shares of each part's own weights", () => {
  const { data } = weightSizes([
    { part: "loc", quarters: 0, weights: 3 },
    { part: "loc", quarters: -1, weights: 1 },
    { part: "img", quarters: 8, weights: 5 },
  ]);
  const at = (trace: number, x: number): number => {
    const { x: xs, y } = data[trace] as unknown as { x: number[]; y: number[] };
    return y[xs.indexOf(x)];
  };
  expect([at(2, 0), at(2, -0.25), at(0, 2)]).toEqual([75, 25, 100]);
});

test("submissionGain: kinds of head by colour, inputs by symbol", () => {
  const { data } = submissionGain([
    { experiment: "linear-img-txt-loc", tags: 1.3, gain: 0.02 },
    { experiment: "mlp-img-mixup", tags: 1.1, gain: 0.06 },
  ]);
  const filled = data.filter(({ x }) => (x as number[]).length > 0);
  expect(filled.map(({ name, text }) => [name, text])).toEqual([
    ["linear, photo + title", ["linear-img-txt-loc"]],
    ["MLP, photo", ["mlp-img-mixup"]],
  ]);
});

test("neighbourShares: percent, with intervals to either side", () => {
  const shares = [{ gap: "1", share: 0.2, low: 0.15, high: 0.3 }];
  const { data, layout } = neighbourShares(shares, [{ name: "chance", share: 0.01 }]);
  expect(data[0]).toMatchObject({ x: ["1"], y: [20] });
  const { array, arrayminus } = data[0].error_y as Record<string, number[]>;
  expect([array[0], arrayminus[0]].map((x) => Math.round(x))).toEqual([10, 5]);
  expect(layout.annotations).toMatchObject([{ text: "chance: 1.0 %" }]);
});

test("realAndSample: what the sample has not stands at the lower edge; long names are left out", () => {
  const long = "a very long name of a set ".repeat(2);
  const { data } = realAndSample([
    {
      kind: "pairs",
      sets: [
        { name: "a + b", real: 0.01, sample: 0.02 },
        { name: long, real: 0.005, sample: 0 },
      ],
    },
  ]);
  expect(data[1].y).toEqual([2, 0.01]);
  expect(data[2].text).toEqual(["a + b "]);
});
