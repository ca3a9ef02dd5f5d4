import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import { contactSheet } from "./contact-sheet";

const folder = mkdtempSync(join(tmpdir(), "sheet-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("pictures stand in rows that fill the sheet, each whole and in its own proportions", async () => {
  const picture = async (name: string, width: number, height: number): Promise<string> => {
    const path = join(folder, `${name}.png`);
    const background = { red: "#f00", green: "#0f0", blue: "#00f" }[name]!;
    await sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toFile(path);
    return path;
  };
  const files = [
    await picture("red", 200, 100),
    await picture("green", 100, 100),
    await picture("blue", 50, 100),
  ];
  const sheet = await contactSheet(files, { width: 320, rowHeight: 100, gap: 10 });
  const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
  // Red and green fill 290 pixels at a height of 96.7; blue, alone, is no higher than a row may be.
  expect([info.width, info.height]).toEqual([320, 227]);
  const at = (x: number, y: number): string =>
    [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)]
      .map((value) => (value > 128 ? 1 : 0))
      .join("");
  const seen = [at(12, 50), at(195, 50), at(225, 50), at(300, 50), at(12, 150), at(55, 220)];
  expect(seen).toEqual(["100", "100", "010", "010", "001", "111"]);
  expect([at(5, 50), at(70, 150)]).toEqual(["111", "111"]);
});
