import { createHash } from "node:crypto";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { mixSeeds, seededRandom } from "../../../lib/random";
import { readTagStatistics, tagSetSampler } from "../tag-sets";
import { drawScene } from "./scene";
import { at, SIZE } from "./pen";
import { meadow } from "./plants";
import { makeStage } from "./stage";
import type { Motif } from "./stage";
import { DISTRACTORS, TAG_ART } from "./art";
import type { Zone } from "./art";

const statistics = await readTagStatistics();
const draw = tagSetSampler(statistics, { flatten: 0.5 });
const scene = (i: number): string => {
  const random = seededRandom(mixSeeds(77, i));
  return drawScene(
    draw(random).map((t) => statistics.names[t]),
    random,
  );
};
const raw = (svg: string): Promise<Buffer> =>
  sharp(Buffer.from(svg)).flatten({ background: "#fff" }).raw().toBuffer();
const svg = (body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}">${body}</svg>`;

/** Share of the picture that a motif paints when it is drawn by itself on a colour that no scene has. */
async function painted(zone: Zone, motif: Motif, seed: number): Promise<number> {
  const s = makeStage(seededRandom(seed));
  const ground = `<rect width="${SIZE}" height="${SIZE}" fill="#f0f"/>`;
  const placed = ["mid", "front", "water"].includes(zone) && motif !== meadow;
  const pixels = placed ? at(112, 180, 1.2, motif(s)) : motif(s);
  const data = await raw(svg(`<defs>${s.defs.join("")}</defs>${ground}${pixels}`));
  let changed = 0;
  for (let i = 0; i < data.length; i += 3)
    if (data[i + 1] > 24 || data[i] < 230 || data[i + 2] < 230) changed++;
  return changed / SIZE ** 2;
}

/** Mean colours of the picture's 4 x 4 parts over 32 drawings. */
async function profile(tags: readonly string[]): Promise<number[]> {
  const mean = new Array<number>(48).fill(0);
  for (let seed = 0; seed < 32; seed++) {
    const small = sharp(Buffer.from(drawScene(tags, seededRandom(seed))))
      .flatten()
      .resize(4, 4, { kernel: "cubic" });
    (await small.raw().toBuffer()).forEach((value: number, i: number) => {
      mean[i] += value / 32;
    });
  }
  return mean;
}

/** Root mean square difference, grey levels. */
function distance(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);
}

describe("drawScene", () => {
  it("covers the 49 tags and no others", () => {
    expect(Object.keys(TAG_ART).sort()).toEqual([...statistics.names].sort());
    expect(() => drawScene(["Castles"], seededRandom(1))).toThrow(/unknown tag "Castles"/);
  });

  it("draws what mini-clip was trained on: the same seeds give the same drawings for ever", () => {
    const hash = createHash("sha256");
    for (let i = 0; i < 300; i++) hash.update(scene(i));
    expect(hash.digest("hex")).toBe(
      "94d78a21a946a26c54348eae2ad9ff28e0be384c9fb12a92b4c7f293458fd32b",
    );
  });

  it("writes small, well-formed drawings without stray values", () => {
    for (let i = 300; i < 700; i++) {
      const text = scene(i);
      expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
      expect(text.length).toBeLessThan(60_000);
      expect(text.match(/<g[ >]/g)?.length ?? 0).toBe(text.match(/<\/g>/g)?.length ?? 0);
      for (const [, id] of text.matchAll(/url\(#(\w+)\)/g)) expect(text).toContain(`id="${id}"`);
    }
  });

  it("fills the whole picture: nothing shows through", async () => {
    for (let i = 0; i < 12; i++) {
      const { channels } = await sharp(Buffer.from(scene(i)))
        .ensureAlpha()
        .stats();
      expect(channels[3].min).toBeGreaterThan(250);
    }
  });

  it("has a visible drawing for every motif", async () => {
    const motifs = [...Object.values(TAG_ART).flatMap((tag) => tag.art), ...DISTRACTORS];
    for (const [zone, motif] of motifs) {
      if (motif.name !== "nothing")
        expect(await painted(zone, motif, 3), motif.name).toBeGreaterThan(0.004);
    }
  });

  it("tells tags without motifs by their ground, and leaves the vague ones alike", async () => {
    const base = await profile([]);
    const from = async (tag: string): Promise<number> => distance(await profile([tag]), base);
    for (const tag of ["Moorland", "Heath, Scrub"]) expect(await from(tag), tag).toBeGreaterThan(9);
    for (const tag of ["Lowlands", "Flat landscapes"])
      expect(await from(tag), tag).toBeLessThan(6.5);
  }, 20_000);
});
