import { describe, expect, it } from "vitest";
import { reliability } from "../score/calibration";
import { reliabilityDiagram, scoreIntervals } from "./calibration";

describe("reliabilityDiagram", () => {
  const bins = reliability(Float32Array.of(0.1, 0.15, 0.9), Uint8Array.of(0, 1, 1), { bins: 5 });

  it("draws the filled bins with their intervals over the diagonal, and their answers below", () => {
    const { data } = reliabilityDiagram([{ name: "a <b>", bins }]);
    const [diagonal, shares, counts] = data;
    expect(diagonal).toMatchObject({ x: [0, 1], y: [0, 1] });
    expect((shares.x as number[]).map((x) => x.toFixed(3))).toEqual(["0.125", "0.900"]);
    expect(shares.y).toEqual([0.5, 1]);
    const { array, arrayminus } = shares.error_y as Record<"array" | "arrayminus", number[]>;
    expect(0.5 + array[0]).toBeCloseTo(bins[0].within[1], 12);
    expect(0.5 - arrayminus[0]).toBeCloseTo(bins[0].within[0], 12);
    expect(counts).toMatchObject({ y: [2, 1], yaxis: "y2" });
    expect(shares.hovertemplate).toContain("a &lt;b&gt;");
  });

  it("refuses more series than it has colours", () => {
    const five = Array.from({ length: 5 }, (_, i) => ({ name: String(i), bins }));
    expect(() => reliabilityDiagram(five)).toThrow("5 series");
  });
});

describe("scoreIntervals", () => {
  const scores = [
    { name: "one half", score: 0.3, low: 0.28, high: 0.33 },
    { name: "sets", score: 0.4, low: 0.37, high: 0.42 },
  ];

  it("draws a row a score, the first at the top, and the mark within the axis", () => {
    const mark = { score: 0.5, name: "best possible" };
    const { data, layout } = scoreIntervals(scores, "Exact match", { mark });
    expect(data[0].x).toEqual([0.3, 0.4]);
    const { array, arrayminus } = data[0].error_x as Record<"array" | "arrayminus", number[]>;
    expect(array.map((x) => x.toFixed(2))).toEqual(["0.03", "0.02"]);
    expect(arrayminus.map((x) => x.toFixed(2))).toEqual(["0.02", "0.03"]);
    expect(layout.yaxis).toMatchObject({ range: [1.5, -0.5], ticktext: ["one half", "sets"] });
    const [, most] = (layout.xaxis as { range: number[] }).range;
    expect(most).toBeGreaterThan(0.5);
    expect(layout.shapes).toMatchObject([{ x0: 0.5 }]);
    expect(scoreIntervals(scores, "Exact match").layout.shapes).toEqual([]);
  });
});
