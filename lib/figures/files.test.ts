import sharp from "sharp";
import { expect, it } from "vitest";
import { chartPng } from "./files";

it("a chart keeps two blues apart beside a thousand shades of grey, in sixteen colours", async () => {
  const size = 128;
  const pixels = Buffer.alloc(size * size * 3, 255);
  const fill = (row: number, colour: number): void => {
    for (let x = 20; x < 60; x++) pixels.writeUIntBE(colour, (row * size + x) * 3, 3);
  };
  for (let row = 0; row < 100; row++)
    for (let x = 64; x < size; x++) {
      const grey = 40 + ((row * 31 + x * 7) % 200);
      pixels.fill(grey, (row * size + x) * 3, (row * size + x) * 3 + 3);
    }
  fill(10, 0x0072b2);
  fill(20, 0x009e73);
  fill(30, 0x56b4e9);
  const png = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .png()
    .toBuffer();
  const small = await chartPng(png);
  const { data } = await sharp(small).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (row: number): number => data.readUIntBE((row * size + 30) * 3, 3);
  expect([at(10), at(20), at(30), at(5)]).toEqual([0x0072b2, 0x009e73, 0x56b4e9, 0xffffff]);
  const colours = new Set<number>();
  for (let i = 0; i < data.length; i += 3) colours.add(data.readUIntBE(i, 3));
  expect(colours.size).toBeLessThanOrEqual(16);
});
