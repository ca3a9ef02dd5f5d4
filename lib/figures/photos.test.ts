import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { countSquares, coverageMap, rasterizeSquares } from "./map";
import { collage, foundPhotos, misclassified, wrap } from "./photos";

/** The pixels of a picture inside a figure, as [r, g, b, a] at x, y in [0, 1]. */
async function pixelAt(source: string, x: number, y: number): Promise<number[]> {
  const image = sharp(Buffer.from(source.split(",")[1], "base64")).ensureAlpha();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * 4;
  return [...data.subarray(at, at + 4)];
}

const plain = (background: string): Promise<Buffer> =>
  sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .png()
    .toBuffer();

interface Picture {
  source: string;
  x: number;
  y: number;
  sizex: number;
  sizey: number;
}

describe("figures of photographs", () => {
  it("show what was found with its cosine, titles as they are, and a grey square for what is not there", async () => {
    const { layout } = await foundPhotos(
      [
        { image: await plain("#f00"), title: "Lock <3> & bridge", cosine: 0.876 },
        { image: null, title: "", cosine: -0.12 },
      ],
      { columns: 2, widthMm: 90 },
    );
    const [picture] = layout.images as Picture[];
    const texts = layout.annotations as { text: string }[];
    expect(texts.map(({ text }) => text)).toEqual([
      "<b>0.88</b><br>Lock &lt;3&gt; &amp; bridge",
      "<b>\u22120.12</b><br>(no title)",
    ]);
    const [red, , blue] = await pixelAt(picture.source, 0.25, 0.5);
    expect(red - blue).toBeGreaterThan(200);
    const grey = (await pixelAt(picture.source, 0.75, 0.5)).slice(0, 3);
    grey.forEach((value) => expect(Math.abs(value - 0xe3)).toBeLessThan(4));
  });

  it("show a photograph that was held sideways upright", async () => {
    const blue = { create: { width: 20, height: 40, channels: 3 as const, background: "#00f" } };
    const input = await sharp(blue).png().toBuffer();
    const sideways = await sharp(await plain("#f00"))
      .resize(40, 40, { fit: "fill" })
      .composite([{ input, left: 20, top: 0 }])
      .jpeg()
      .withMetadata({ orientation: 6 }) // the left of what is stored is the top of the photograph
      .toBuffer();
    const one = [{ image: sideways, title: "", cosine: 1 }];
    const { layout } = await foundPhotos(one, { columns: 1, widthMm: 60 });
    const [{ source }] = layout.images as Picture[];
    const [top, bottom] = await Promise.all([0.2, 0.8].map((y) => pixelAt(source, 0.5, y)));
    expect(top[0] - top[2]).toBeGreaterThan(200);
    expect(bottom[2] - bottom[0]).toBeGreaterThan(200);
  });

  it("put every photograph into its own place in one picture, with its tag below", async () => {
    const photos = await Promise.all(
      ["#f00", "#0f0", "#00f"].map(async (colour, i) => ({
        image: await plain(colour),
        tag: ["Canals", "Wild Animals, Plants and Mushrooms", "Paths"][i],
      })),
    );
    const { layout } = await collage(photos, { columns: 2, widthMm: 60 });
    const [picture] = layout.images as Picture[];
    const texts = layout.annotations as { text: string; x: number; y: number }[];
    for (const [x, y, channel] of [
      [0.2, 0.2, 0],
      [0.8, 0.2, 1],
      [0.2, 0.8, 2],
    ]) {
      const pixel = await pixelAt(picture.source, x, y);
      pixel
        .slice(0, 3)
        .forEach((value, i) =>
          expect(Math.abs(value - (i === channel ? 255 : 0))).toBeLessThan(12),
        );
    }
    expect(texts.map(({ text }) => text)).toEqual([
      "Canals",
      "Wild Animals, Plants and<br>Mushrooms",
      "Paths",
    ]);
    expect(texts[0].x).toBeLessThan(texts[1].x);
    expect([texts[2].x, texts[0].y]).toEqual([texts[0].x, texts[1].y]);
    expect(texts[2].y).toBeCloseTo(picture.y + picture.sizey, 6);
    expect(layout.height).toBeGreaterThan(texts[2].y);
  });

  it("say which tags were predicted and which are true", async () => {
    const photo = { image: await plain("#888"), predicted: ["Paths", "Uplands"], truth: [] };
    const [{ text }] = (await misclassified([photo])).layout.annotations as { text: string }[];
    expect(text.replace(/<br>/g, "\n").replace(/<[^>]*>/g, "")).toBe(
      "Predicted: Paths; Uplands\nTrue: none",
    );
  });

  it("name a file that cannot be read, and refuse to be empty", async () => {
    await expect(collage([{ image: "no/such.jpg", tag: "Paths" }])).rejects.toThrow(
      "no/such.jpg cannot be shown",
    );
    await expect(misclassified([])).rejects.toThrow("at least one");
  });

  it("wrap text at spaces only, and mark what was cut", () => {
    expect(wrap("Wild Animals, Plants and Mushrooms", 13, 3)).toEqual([
      "Wild Animals,",
      "Plants and",
      "Mushrooms",
    ]);
    expect(wrap("Wild Animals, Plants and Mushrooms", 13, 2)).toEqual([
      "Wild Animals,",
      "Plants and …",
    ]);
    expect(wrap("Mushrooms", 3, 1)).toEqual(["Mushrooms"]);
  });
});

describe("the coverage map", () => {
  const london = { lat: 51.5, lon: -0.12 };
  const belfast = { lat: 54.6, lon: -5.93 };

  it("counts a square once", () => {
    expect(countSquares([london, { ...london }, belfast])).toBe(2);
  });

  it("draws squares where they are, and nothing elsewhere", async () => {
    const { layout } = await coverageMap([london, belfast], [belfast], [], { dotKm: 10 });
    const [train, test] = layout.images as Picture[];
    const at = (picture: Picture, { lat, lon }: { lat: number; lon: number }): Promise<number[]> =>
      pixelAt(picture.source, (lon - picture.x) / picture.sizex, (picture.y - lat) / picture.sizey);
    expect(await at(train, london)).toEqual([213, 94, 0, 255]);
    expect(await at(train, belfast)).toEqual([213, 94, 0, 255]);
    expect(await at(test, belfast)).toEqual([0, 114, 178, 255]);
    expect((await at(test, london))[3]).toBe(0);
    expect((await at(train, { lat: 51.5, lon: 0.1 }))[3]).toBe(0); // 15 km east of London
    const texts = (layout.annotations as { text: string }[]).map(({ text }) => text);
    expect(texts[0]).toContain("2 squares");
  });

  it("makes squares of the asked size: true to scale, 1 km is 2 x 2 pixels", async () => {
    const png = await rasterizeSquares([london, belfast], 1, "#000000");
    const { data } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    let opaque = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) opaque++;
    expect(opaque).toBe(2 * 4);
  });

  it("keeps a degree of latitude 111 km and a degree of longitude 64 km long at 55° N", async () => {
    const { layout } = await coverageMap([london], [london], []);
    expect((layout.yaxis1 as { scaleratio: number }).scaleratio).toBeCloseTo(
      1 / Math.cos((55 * Math.PI) / 180),
      10,
    );
  });

  it("says how long 200 km are, as long as on the ground at 55° N", async () => {
    const { layout } = await coverageMap([london], [london], []);
    const shapes = layout.shapes as { x0: number; x1: number }[];
    const perDegree = (2 * Math.PI * 6371 * Math.cos((55 * Math.PI) / 180)) / 360; // km, on a sphere
    expect(shapes).toHaveLength(2);
    for (const { x0, x1 } of shapes) expect((x1 - x0) * perDegree).toBeCloseTo(200, 0);
  });

  it("draws each ring of the outline by itself", async () => {
    const rings: [number, number][][] = [
      [
        [0, 50],
        [1, 50],
        [1, 51],
        [0, 50],
      ],
      [
        [-6, 54],
        [-5, 54],
        [-5, 55],
        [-6, 54],
      ],
    ];
    const [land] = (await coverageMap([london], [london], [{ name: "two islands", rings }])).data;
    expect(land.x).toEqual([0, 1, 1, 0, null, -6, -5, -5, -6, null]);
    expect(land.y).toEqual([50, 50, 51, 50, null, 54, 54, 55, 54, null]);
  });

  it("leaves out places off the map, and says how many", async () => {
    const [nowhere, rockall] = [
      { lat: 0, lon: 0 },
      { lat: 57.6, lon: -13.7 },
    ];
    const png = await rasterizeSquares([nowhere, rockall], 1, "#000000");
    expect((await sharp(png).stats()).channels[3].max).toBe(0);
    const { layout } = await coverageMap([nowhere, london], [rockall], []);
    expect(JSON.stringify(layout)).toContain("Off the map: 2.");
    expect(JSON.stringify((await coverageMap([london], [], [])).layout)).not.toContain("Off the");
  });
});
