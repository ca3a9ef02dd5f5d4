import sharp from "sharp";
import { expect, test, vi } from "vitest";
import * as display from "./display";
import { describeBest, liveChart, trainingSvg } from "./live-chart";
import type { CurveEpoch } from "../data/types";

const epoch = (n: number, valExactMatch: number): CurveEpoch => ({
  epoch: n,
  learningRate: 0.005 - n / 1e5,
  trainLoss: 0.3 / (n + 1),
  valExactMatch,
  valMacroF1: valExactMatch * 2,
});
const log = (length: number): CurveEpoch[] => Array.from({ length }, (_, n) => epoch(n, n / 1000));

test("a line a head and chart, its ends where the values say, long ones thinned but with the last epoch", () => {
  const svg = trainingSvg(
    new Map([
      ["linear-img", log(200)],
      ["mlp-img-mixup", log(3)],
    ]),
  );
  const lines = [...svg.matchAll(/<polyline points="([^"]*)"[^>]*>/g)];
  expect(lines.length).toBe(8);
  const [loss, match] = [lines[0][1], lines[2][1]].map((points) => points.split(" "));
  expect([match[0], match[match.length - 1]]).toEqual([
    expect.stringMatching(/,9\d\.\d$/),
    "176.0,0.0",
  ]); // rises to the top
  expect(loss[loss.length - 1]).toBe("176.0,96.0"); // falls to the bottom
  expect(loss.length).toBeLessThanOrEqual(60);
  expect(lines[1][0]).toContain("stroke-dasharray");
  expect(lines[0][0]).not.toContain("stroke-dasharray");
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test("one epoch, and equal values, draw too", async () => {
  const svg = trainingSvg(new Map([["linear-loc", [epoch(0, 0)]]]));
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect((await sharp(Buffer.from(svg)).metadata()).width).toBeGreaterThan(800);
});

test("what was best, of one head and of several: the first of equals", () => {
  expect(describeBest(new Map([["a", [epoch(0, 0.1), epoch(1, 0.2), epoch(2, 0.2)]]]))).toBe(
    "loss 0.1000, best exact match 0.2000 in epoch 2",
  );
  expect(
    describeBest(
      new Map([
        ["a", [epoch(0, 0.1)]],
        ["b", [epoch(0, 0.3)]],
      ]),
    ),
  ).toBe("2 heads, best exact match 0.3000 in epoch 1 of b");
});

test("it redraws now and then, tells the time left, and stays small with 28 heads of 200 epochs", () => {
  vi.useFakeTimers();
  const shown: { html: string; update?: boolean }[] = [];
  const spy = vi.spyOn(display, "displayBundle").mockImplementation((bundle, options) => {
    shown.push({ html: bundle["text/html"] as string, update: options?.update });
  });
  const chart = liveChart("<28> heads", { maxEpochs: 200, every: 500 });
  for (let n = 0; n < 200; n++) {
    vi.advanceTimersByTime(100);
    for (let head = 0; head < 28; head++) chart.epoch(`linear-${head}`, epoch(n, n / 1000));
  }
  chart.finish("done");
  vi.useRealTimers();
  spy.mockRestore();
  expect(shown.length).toBe(41); // at once, every fifth epoch after it, and at the end
  expect(shown.map(({ update }) => update)).toEqual([false, ...Array<boolean>(40).fill(true)]);
  expect(shown[10].html).toContain("epoch 51 of at most 200");
  expect(shown[10].html).toContain("at most 15 s left");
  expect(shown[40].html).toContain("&lt;28&gt; heads: done");
  expect(shown[40].html).toMatch(/<img alt="Line charts of &lt;28&gt; heads by epoch/);
  expect(Buffer.byteLength(shown[40].html)).toBeLessThan(120_000);
});
