import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { clipPixels, type ImageFailure } from "./image";
import { CLIP_PREPROCESSING, type Preprocessing } from "./preprocessing";

const folder = mkdtempSync(join(tmpdir(), "image-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);

const size = 224;
const area = size * size;
const plain = (width: number, height: number, background: string): Sharp =>
  sharp({ create: { width, height, channels: 3, background } }).png({ compressionLevel: 1 });

/** CLIP ViT-B/32's preprocessor_config.json. */
const vitB32 = {
  ...CLIP_PREPROCESSING,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};
/** CLIP's for a square of this side, but a pixel's value is its grey level. */
const greyLevels = (side: number): Preprocessing => ({
  ...CLIP_PREPROCESSING,
  size: side,
  resize: side,
  mean: [0, 0, 0],
  std: [1 / 255, 1 / 255, 1 / 255],
});

interface Reference {
  file: string;
  blocks: string;
  row: number;
  rowPixels: string;
  mean: number[];
}
const references = JSON.parse(readFileSync("lib/fixtures/resize.json", "utf8")) as Reference[];

/** Pillow's `Image.new("CMYK", (8, 8), (200, 100, 0, 50)).save(f, "JPEG", quality=95)`, to it RGB 44, 125, 205. */
const cmykJpeg =
  "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK" +
  "/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAkH/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAA4EQwBNAFkASwAAPwA21sP4" +
  "TR//2Q==";

/** Pillow's TIFFs of one picture in YCbCr, without compression and with LZW, and the colours it has. */
const yCbCrTiffs = [
  "SUkqAAgAAAAMAAABBAABAAAABAAAAAEBBAABAAAAAgAAAAIBAwADAAAAngAAAAMBAwABAAAAAQAAAAYBAwABAAAABgAAABEBBAABAAAA1AAAABUBAwABAAAA" +
    "AwAAABYBBAABAAAAAgAAABcBBAABAAAAGAAAABwBAwABAAAAAQAAABICAwACAAAAAQABABQCBQAGAAAApAAAAAAAAAAIAAgACAAAAAAAAQAAAP8AAAABAAAA" +
    "gAAAAAEAAAD/AAAAAQAAAIAAAAABAAAA/wAAAAEAAABRaNR2Xzko6mmAgID/gIAAgIDYC5ePn1k=",
  "SUkqACIAAACAFE0NQ7F8cih1GlAQt/wsAQtsAtLo9PlmAgwAAAEDAAEAAAAEAAAAAQEDAAEAAAACAAAAAgEDAAMAAAC4AAAAAwEDAAEAAAAFAAAABgEDAAEA" +
    "AAAGAAAAEQEEAAEAAAAIAAAAFQEDAAEAAAADAAAAFgEDAAEAAAACAAAAFwEEAAEAAAAaAAAAHAEDAAEAAAABAAAAEgIDAAIAAAABAAEAFAIFAAYAAAC+AAAA" +
    "AAAAAAgACAAIAAAAAAABAAAA/wAAAAEAAACAAAAAAQAAAP8AAAABAAAAgAAAAAEAAAD/AAAAAQAAAA==",
].map((base64) => Buffer.from(base64, "base64"));
const yCbCrColours = [
  [200, 30, 40, 20, 180, 60, 10, 20, 230, 128, 128, 128],
  [255, 255, 255, 0, 0, 0, 250, 240, 10, 90, 160, 200],
];

function meanDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

/** Means over 8 x 8 blocks of pixels [3, 224, 224] → [28, 28, 3]. */
function blockMeans(pixels: Float32Array): Float64Array {
  const means = new Float64Array(28 * 28 * 3);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        means[((y >> 3) * 28 + (x >> 3)) * 3 + c] += pixels[c * area + y * size + x] / 64;
  return means;
}

describe("clipPixels", () => {
  it.each(references)(
    "sees $file as Pillow does",
    async ({ file: name, blocks, row, rowPixels, mean }) => {
      const pixels = await clipPixels(join("lib/fixtures", name), greyLevels(size));
      const line = Float32Array.from(
        { length: size * 3 },
        (_, i) => pixels[(i % 3) * area + row * size + Math.floor(i / 3)],
      );
      expect(meanDifference(line, Buffer.from(rowPixels, "base64"))).toBeLessThan(0.01);
      expect(meanDifference(blockMeans(pixels), Buffer.from(blocks, "base64"))).toBeLessThan(0.27); // they are rounded
      mean.forEach((value, c) => {
        const channel = pixels.subarray(c * area, (c + 1) * area);
        expect(channel.reduce((a, b) => a + b, 0) / area).toBeCloseTo(value, 1);
      });
    },
  );

  it("scales and shifts each channel by the encoder's mean and deviation", async () => {
    await plain(300, 250, "#ff8000").toFile(file("o.png"));
    const pixels = await clipPixels(file("o.png"), vitB32);
    expect(pixels.length).toBe(3 * area);
    for (const [c, level] of [255, 128, 0].entries())
      for (const i of [0, area - 1])
        expect(pixels[c * area + i]).toBeCloseTo((level / 255 - vitB32.mean[c]) / vitB32.std[c], 5);
  });

  it("converts CMYK without a colour profile, as Pillow does", async () => {
    writeFileSync(file("cmyk.jpg"), Buffer.from(cmykJpeg, "base64"));
    const pixels = await clipPixels(file("cmyk.jpg"), greyLevels(size));
    for (const [c, level] of [44, 125, 205].entries())
      expect(pixels[c * area]).toBeCloseTo(level, 3);
  });

  it.each(["as it is", "with LZW"])(
    "sees the colours of a TIFF in YCbCr, stored %s",
    async (how) => {
      const name = file(`ycbcr-${how}.tif`);
      writeFileSync(name, yCbCrTiffs[how === "with LZW" ? 1 : 0]);
      const pixels = await clipPixels(name, greyLevels(2)); // the middle two of four columns
      for (const [y, line] of yCbCrColours.entries())
        for (let i = 0; i < 6; i++) {
          const found = pixels[(i % 3) * 4 + y * 2 + Math.floor(i / 3)];
          expect(Math.abs(found - line[3 + i]), `${y}, ${i}`).toBeLessThanOrEqual(3); // YCbCr has rounded them
        }
    },
  );

  it("refuses a TIFF whose YCbCr is subsampled, which would come out as noise", async () => {
    const bytes = Buffer.from(yCbCrTiffs[0]);
    bytes.writeUInt16LE(2, bytes.indexOf(Buffer.from("1202030002000000", "hex")) + 8);
    writeFileSync(file("420.tif"), bytes);
    await expect(clipPixels(file("420.tif"), vitB32)).rejects.toMatchObject({
      name: "ImageError",
      reason: "unsupported",
    });
  });

  it("leaves photos as they are stored, as Pillow does, unless they are to be upright; TIFFs are turned", async () => {
    const stored = sharp({
      create: { width: 4, height: 2, channels: 3, background: "#000" },
    }).composite([
      { input: Buffer.alloc(12, 255), raw: { width: 2, height: 2, channels: 3 }, left: 0, top: 0 },
    ]);
    // Orientation 6: turned by 90° to the right when shown, so that what was on the left is above.
    const turned = await stored.withMetadata({ orientation: 6 }).png().toBuffer();
    writeFileSync(file("turned.png"), turned);
    writeFileSync(
      file("turned.tif"),
      await sharp(turned).withMetadata({ orientation: 6 }).tiff().toBuffer(),
    );
    const corners = async (name: string, upright?: boolean): Promise<number[]> => {
      const pixels = await clipPixels(file(name), greyLevels(2), { upright });
      return [...pixels.subarray(0, 4)].map(Math.round);
    };
    expect(await corners("turned.png")).toEqual([255, 0, 255, 0]);
    expect(await corners("turned.png", true)).toEqual([255, 255, 0, 0]);
    expect(await corners("turned.tif")).toEqual([255, 255, 0, 0]);
  });

  it("brings 16 bits down to 8, drops alpha, looks colours up in a palette", async () => {
    const colours = Buffer.from([200, 100, 50, 128, 10, 20, 30, 255, 90, 80, 70, 0, 1, 2, 3, 255]);
    const photo = sharp(colours, { raw: { width: 2, height: 2, channels: 4 } });
    await photo.clone().png().toFile(file("alpha.png"));
    await photo.clone().toColourspace("rgb16").png().toFile(file("16-bit.png"));
    await photo
      .clone()
      .removeAlpha()
      .png({ palette: true, colours: 4, dither: 0 })
      .toFile(file("palette.png"));
    await photo
      .clone()
      .removeAlpha()
      .greyscale()
      .toColourspace("grey16")
      .png()
      .toFile(file("grey-16.png"));
    for (const name of ["alpha.png", "16-bit.png", "palette.png"]) {
      const pixels = await clipPixels(file(name), greyLevels(2));
      for (let i = 0; i < 12; i++)
        expect(Math.round(pixels[(i % 3) * 4 + Math.floor(i / 3)]), `${name} ${i}`).toBe(
          colours[Math.floor(i / 3) * 4 + (i % 3)],
        );
    }
    const grey = await clipPixels(file("grey-16.png"), greyLevels(2));
    expect(Math.max(...grey)).toBeLessThan(200); // and not white
    expect(Math.max(...grey)).toBeGreaterThan(100);
  });

  it("takes a PNG named .jpg, and photos smaller than the encoder's input", async () => {
    await plain(9, 5, "#102030").toFile(file("small.jpg"));
    const pixels = await clipPixels(file("small.jpg"), greyLevels(size));
    expect([pixels[0], pixels[area], pixels[3 * area - 1]].map(Math.round)).toEqual([16, 32, 48]);
  });

  it("says why a photo cannot be used", async () => {
    const jpeg = readFileSync("lib/fixtures/landscape.jpg");
    const cases: [ImageFailure, string, Buffer | string | null][] = [
      ["missing", "gone.jpg", null],
      ["empty", "empty.jpg", ""],
      ["not an image", "text.jpg", "<html>404 Not Found</html>"],
      [
        "not an image",
        "drawing.jpg",
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      ],
      ["truncated or corrupt", "half.jpg", jpeg.subarray(0, jpeg.length / 2)],
      ["not an image", "stub.jpg", jpeg.subarray(0, 20)],
      [
        "too large",
        "bomb.png",
        await sharp(Buffer.alloc(9e7), { raw: { width: 30_000, height: 3_000, channels: 1 } })
          .png({ compressionLevel: 1 })
          .toBuffer(),
      ],
    ];
    mkdirSync(file("folder.jpg"));
    cases.push(["unreadable", "folder.jpg", null]);
    for (const [reason, name, content] of cases) {
      if (content !== null) writeFileSync(file(name), content);
      await expect(clipPixels(file(name), vitB32), name).rejects.toMatchObject({
        name: "ImageError",
        reason,
      });
    }
  });
});
