/** Encoders that are no CLIP, and of other sizes: equal to PyTorch, Pillow and tokenizers (fixtures/make_encoder_fixture.py). */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadClip } from "./clip";
import { clipFolder, readConfig } from "./clip-files";
import { clipPixels } from "./image";

interface Expected {
  photos: string[];
  /** uint8 [photos, side, side, 3], resized and cropped by Pillow. */
  squares: string;
  photoEmbeddings: string;
  titles: string[];
  tokens: number[][];
  titleEmbeddings: string;
}

const bytes = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));
const floats = (base64: string): Float32Array => new Float32Array(bytes(base64).buffer);
const folder = mkdtempSync(join(tmpdir(), "architecture-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Differences as shares of the largest number there is. */
function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  found.forEach((value, i) => expect(Math.abs(value - expected[i]) / largest).toBeLessThan(1e-5));
}

describe.each([
  ["tiny-siglip", 24, 32],
  ["tiny-dinov2", 20, 28],
])("%s", (name, size, side) => {
  const encoder = `lib/fixtures/${name}`;
  const expected = JSON.parse(readFileSync(`${encoder}/expected.json`, "utf8")) as Expected;
  const photo = (i: number): string => join("lib/fixtures", expected.photos[i]);
  const area = side * side;

  it("resizes and crops photos as Pillow does, pixel by pixel", async () => {
    const { preprocessing } = await loadClip(encoder);
    const squares = bytes(expected.squares);
    for (const i of expected.photos.keys()) {
      const levels = { ...preprocessing, mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };
      const pixels = await clipPixels(photo(i), levels);
      const found = Uint8Array.from({ length: area * 3 }, (_, k) =>
        Math.round(pixels[(k % 3) * area + Math.floor(k / 3)]),
      );
      expect(found, expected.photos[i]).toEqual(squares.slice(i * area * 3, (i + 1) * area * 3));
    }
  });

  it("embeds photos as PyTorch does", async () => {
    const clip = await loadClip(encoder);
    expect(clip.size).toBe(size);
    const pixels = new Float32Array(expected.photos.length * 3 * area);
    for (const i of expected.photos.keys())
      pixels.set(await clipPixels(photo(i), clip.preprocessing), i * 3 * area);
    expectClose(await clip.embedImages(pixels), floats(expected.photoEmbeddings));
    await clip.dispose();
  });

  it("embeds titles as PyTorch does, if it reads any", async () => {
    const clip = await loadClip(encoder);
    expect(clip.readsTitles).toBe(name === "tiny-siglip");
    if (clip.readsTitles) {
      expect(expected.titles.map(clip.tokenise)).toEqual(expected.tokens);
      expectClose(await clip.embedTitles(expected.titles), floats(expected.titleEmbeddings));
    } else {
      await expect(clip.embedTitles(["Sheep"])).rejects.toThrow(/tiny-dinov2 sees photos alone/);
      await expect(clip.embedTokens([[1]])).rejects.toThrow(/sees photos alone/);
    }
    await clip.dispose();
  });
});

describe("config.json", () => {
  const copy = (from: string, config: unknown): string => {
    const to = mkdtempSync(join(folder, "copy-"));
    cpSync(from, to, { recursive: true });
    writeFileSync(
      join(to, "config.json"),
      typeof config === "string" ? config : JSON.stringify(config),
    );
    return to;
  };

  it("may leave sizes out, as SigLIP 2's and DINOv2's do", async () => {
    const base = { model_type: "siglip", text_config: {}, vision_config: {} };
    const { size, context } = await readConfig(copy("lib/fixtures/tiny-siglip", base));
    expect([size, context]).toEqual([768, 64]);
    const small = copy("lib/fixtures/tiny-dinov2", { model_type: "dinov2", hidden_size: 384 });
    expect((await readConfig(small)).size).toBe(384);
  });

  it.each([
    ["{", /config.json cannot be read as JSON/],
    [{ model_type: "bert" }, /config.json: model_type is "bert", and must be clip, siglip, dinov2/],
  ])("%j is refused with the file's name", async (config, message) => {
    await expect(readConfig(copy("lib/fixtures/tiny-dinov2", config))).rejects.toThrow(message);
  });

  it("is taken at its word: embeddings of another size are an error", async () => {
    const other = copy("lib/fixtures/tiny-dinov2", { model_type: "dinov2", hidden_size: 24 });
    const clip = await loadClip(other);
    await expect(clip.embedImages(new Float32Array(3 * 28 * 28))).rejects.toThrow(
      /last_hidden_state is float32 \[1, 5, 20\] where its config.json promises float32 \[1, 24\]/,
    );
    await clip.dispose();
  });

  it("says which files there must be", async () => {
    const bare = copy("lib/fixtures/tiny-dinov2", { model_type: "siglip" });
    await expect(clipFolder(bare)).rejects.toThrow(
      "lacks onnx/vision_model.onnx, onnx/text_model.onnx, tokenizer.json, tokenizer_config.json",
    );
    expect(await clipFolder("lib/fixtures/tiny-dinov2")).toBe("lib/fixtures/tiny-dinov2");
  });
});
