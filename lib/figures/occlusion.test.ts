import { readFileSync } from "node:fs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { clipPixels } from "../clip/image";
import { CLIP_PREPROCESSING as preprocessing } from "../clip/preprocessing";
import { occlusionMaps, pictureOf } from "./occlusion";

const file = "lib/fixtures/landscape.jpg";
const pixels = await clipPixels(file, preprocessing);
const map = {
  cells: 2,
  patch: 100,
  stride: 124,
  score: 0.8,
  drops: Float32Array.of(0.5, 0, -0.25, 0),
};

test("the encoder's input is shown as what it is: the cropped photo", async () => {
  const shown = await sharp(await pictureOf({ pixels, preprocessing }))
    .raw()
    .toBuffer();
  const cropped = await sharp(readFileSync(file))
    .resize(224, 224, { fit: "cover", kernel: "cubic", fastShrinkOnLoad: false })
    .raw()
    .toBuffer();
  expect(shown.length).toBe(cropped.length);
  const apart = shown.reduce(
    (sum: number, value: number, i: number) => sum + Math.abs(value - cropped[i]),
    0,
  );
  expect(apart / shown.length).toBeLessThan(2);
});

test("maps lie over their pictures, squares where they were covered, on one scale", async () => {
  const weaker = { ...map, drops: map.drops.map((drop) => drop / 2) };
  const { data, layout } = await occlusionMaps([
    { pixels, preprocessing, map, title: "Canals: <b>.80" },
    { pixels, preprocessing, map: weaker, title: "Paths" },
  ]);
  expect(data.map(({ x, z, zmin, zmax, xaxis }) => [x, z, zmin, zmax, xaxis])).toEqual([
    [
      [50, 174],
      [
        [0.5, 0],
        [-0.25, 0],
      ],
      -0.5,
      0.5,
      "x1",
    ],
    [
      [50, 174],
      [
        [0.25, 0],
        [-0.125, 0],
      ],
      -0.5,
      0.5,
      "x2",
    ],
  ]);
  expect(data.map(({ showscale }) => showscale)).toEqual([true, false]);
  const axes = layout as unknown as Record<string, { domain: number[]; range: number[] }>;
  expect(axes.yaxis1.range).toEqual([224, 0]); // downwards, as rows of a picture are counted
  expect(axes.xaxis1.domain[1]).toBeLessThan(axes.xaxis2.domain[0]);
  const texts = layout.annotations as { text: string }[];
  expect(texts.map(({ text }) => text)).toEqual(["Canals: &lt;b&gt;.80", "Paths"]);
});

test("a tag that nothing matters to has an empty map, no picture is refused", async () => {
  const still = { ...map, drops: new Float32Array(4) };
  const { data } = await occlusionMaps([{ pixels, preprocessing, map: still, title: "" }]);
  expect(data[0].zmax).toBeGreaterThan(0);
  await expect(occlusionMaps([])).rejects.toThrow("no picture");
});
