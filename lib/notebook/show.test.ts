import { expect, test } from "vitest";
import { enlarge } from "./show";

test("lengths in pixels grow, data and shares stay", () => {
  const figure = {
    data: [
      {
        type: "scatter",
        x: [1, 2],
        y: [3, 4],
        marker: { size: [5, 10], opacity: 0.5 },
        line: { width: 2 },
      },
    ],
    layout: {
      width: 100,
      height: 50,
      margin: { l: 8, t: 20 },
      font: { size: 10 },
      xaxis: { domain: [0, 0.5], ticklen: 3 },
    },
  };
  const enlarged = enlarge(figure, 2);
  expect(enlarged).toEqual({
    data: [
      {
        type: "scatter",
        x: [1, 2],
        y: [3, 4],
        marker: { size: [10, 20], opacity: 0.5 },
        line: { width: 4 },
      },
    ],
    layout: {
      width: 200,
      height: 100,
      margin: { l: 16, t: 40 },
      font: { size: 20 },
      xaxis: { domain: [0, 0.5], ticklen: 6 },
    },
  });
  expect(figure.layout.width).toBe(100);
});
