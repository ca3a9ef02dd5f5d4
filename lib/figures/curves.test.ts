import { expect, test, vi } from "vitest";
import { learningCurves } from "./curves";

// Experiments with a modality that the paper doesn't have.
vi.mock("../train/experiments", () => ({
  experimentNamed: (name: string) => ({ modalities: name.split("-").slice(1) }),
}));

test("inputs that the paper doesn't have get a column of their own, behind its seven", () => {
  const point = (experiment: string): Parameters<typeof learningCurves>[0][0] => ({
    experiment,
    epoch: 0,
    trainLoss: 0.1,
    valExactMatch: 0.2,
    valMacroF1: 0.3,
  });
  const ours = ["linear-img-weather", "linear-img", "linear-weather"].map(point);
  const { data, layout } = learningCurves(ours);
  const columns = ours.map(({ experiment }) =>
    data.filter(({ name }) => name === experiment).map(({ xaxis }) => xaxis),
  );
  expect(columns).toEqual(["x8", "x1", "x9"].map((axis) => [axis, axis, axis]));
  const domains = Array.from({ length: 9 }, (_, i) => {
    const { domain } = layout[`xaxis${i + 1}`] as { domain: [number, number] };
    return domain;
  });
  domains.forEach(([, end], i) => expect(end).toBeLessThan(domains[i + 1]?.[0] ?? 1));
  const texts = (layout.annotations as { text: string }[]).map(({ text }) => text);
  expect(texts.slice(-2)).toEqual(["img +<br>weather", "weather"]);
});
