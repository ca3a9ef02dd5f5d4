import sharp from "sharp";
import { expect, it, vi } from "vitest";
import { methodDiagram } from "./method";

// An encoder of other than 512 numbers: the drawing says how many there are.
vi.mock("../modalities", async (original) => ({
  ...(await original<object>()),
  modalitySize: { img: 768, txt: 640, loc: 2 },
}));

it("draws the example's way: its photo, words and place, both towers, and bars as long as the probabilities", async () => {
  const image = await sharp({ create: { width: 40, height: 30, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const { layout } = await methodDiagram({
    image,
    title: "Lock <7> & gate",
    gridReference: "SP5108",
    location: [0.156, 0.682],
    encoder: "mini-clip",
    tagCount: 7,
    tags: [
      { tag: "Canals", probability: 0.9 },
      { tag: "Paths", probability: 0.3 },
    ],
  });
  const texts = (layout.annotations as { text: string }[]).map(({ text }) => text).join("\n");
  for (const words of [
    "Lock &lt;7&gt; &amp;",
    "SP5108",
    "0.16, 0.68",
    "mini-clip, frozen",
    "768 numbers",
    "640 numbers",
    "1410 numbers",
    "7 probabilities",
    "0.90",
  ])
    expect(texts).toContain(words);
  const bars = (layout.shapes as { x0: number; x1: number; fillcolor: string; y1: number }[])
    .filter(({ x0, fillcolor }) => x0 === 790 && fillcolor !== "#EEEEEE")
    .map(({ x0, x1, fillcolor }) => [(x1 - x0) / 155, fillcolor]);
  expect(bars).toEqual([
    [expect.closeTo(0.9, 9), "#0072B2"],
    [expect.closeTo(0.3, 9), "#A9A9A9"],
  ]);
  const [{ source }] = layout.images as { source: string }[];
  const { dominant } = await sharp(Buffer.from(source.split(",")[1], "base64")).stats();
  expect(dominant.r).toBeGreaterThan(200);
});
