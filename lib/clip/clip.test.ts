import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadClip, type Clip } from "./clip";
import { clipFolder, clipModelHash } from "./clip-files";
import { clipPixels } from "./image";

interface Reference {
  photos: string[];
  photoEmbeddings: string;
  titles: string[];
  tokens: number[][];
  titleEmbeddings: string;
}

/** Made by Pillow, tokenizers and onnxruntime's Python package: see fixtures/make_clip_fixture.py. */
const readReference = (): Reference =>
  JSON.parse(readFileSync("lib/fixtures/mini-clip.json", "utf8")) as Reference;
const ready = existsSync("data/mini-clip/onnx/vision_model.onnx");
const floats = (base64: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
const row = (all: Float32Array, i: number): Float32Array => all.subarray(i * 512, (i + 1) * 512);

function cosine(a: Float32Array, b: Float32Array): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < 512; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
}

function expectEqual(found: Float32Array, expected: Float32Array, name: string): void {
  expect(cosine(found, expected), name).toBeGreaterThan(0.99999);
  expect(Math.hypot(...found) / Math.hypot(...expected), `length of ${name}`).toBeCloseTo(1, 4); // not normalised
}

describe.skipIf(!ready)("mini-clip", () => {
  let clip: Clip;
  let reference: Reference;
  beforeAll(async () => {
    reference = readReference();
    clip = await loadClip("mini-clip");
  });
  afterAll(() => clip.dispose());

  it("embeds photos of any shape as the reference does", async () => {
    const expected = floats(reference.photoEmbeddings);
    for (const [i, name] of reference.photos.entries()) {
      const pixels = await clipPixels(join("lib/fixtures", name), clip.preprocessing);
      expectEqual(await clip.embedImages(pixels), row(expected, i), name);
    }
  });

  it("splits awkward titles into the reference's tokens, and keeps the end of those that are too long", () => {
    for (const [i, title] of reference.titles.entries())
      expect(clip.tokenise(title), title).toEqual(reference.tokens[i]);
    const lengths = reference.tokens.map((tokens) => tokens.length);
    expect(Math.max(...lengths)).toBe(77);
    expect(Math.min(...lengths)).toBe(2); // the empty title: start and end
  });

  it("embeds titles as the reference does, whatever else is embedded with them", async () => {
    const titles = [...reference.titles, "Sheep", ...reference.titles];
    const all = await clip.embedTitles(titles);
    const expected = floats(reference.titleEmbeddings);
    const n = reference.titles.length;
    for (const [i, title] of reference.titles.entries()) {
      expectEqual(row(all, i), row(expected, i), title);
      expect(row(all, n + 1 + i)).toEqual(row(all, i));
      expect(await clip.embedTitles([title])).toEqual(row(all, i));
    }
  });

  it("gives a photo the same embedding, bit by bit, alone and in a batch", async () => {
    const { size } = clip.preprocessing;
    const length = 3 * size * size;
    const batch = new Float32Array(4 * length);
    for (const [i, name] of reference.photos.entries())
      batch.set(await clipPixels(join("lib/fixtures", name), clip.preprocessing), i * length);
    const all = await clip.embedImages(batch);
    for (let i = 0; i < 4; i++)
      expect(await clip.embedImages(batch.slice(i * length, (i + 1) * length))).toEqual(
        row(all, i),
      );
  });

  it("embeds in 8 bits nearly the same, and each row as if it were alone", async () => {
    const small = await loadClip("mini-clip", { dtype: "q8" });
    const titles = reference.titles.slice(0, 3);
    const all = await small.embedTitles(titles);
    for (const [i, title] of titles.entries()) {
      expect(cosine(row(all, i), await clip.embedTitles([title])), title).toBeGreaterThan(0.99);
      expect(await small.embedTitles([title])).toEqual(row(all, i));
    }
    await small.dispose();
  });

  it("says what to do where there is no CUDA", async () => {
    const cuda = await loadClip("mini-clip", { device: "cuda" });
    // A machine with CUDA embeds instead, and must then agree.
    const found = await cuda.embedTitles(["Sheep"]).catch((error: Error) => error);
    if (found instanceof Error)
      expect(found.message).toMatch(/device "cuda" is not available.*leave the device at "cpu"/);
    else expect(cosine(found, await clip.embedTitles(["Sheep"]))).toBeGreaterThan(0.999);
  });

  it("refuses arrays of the wrong shape", async () => {
    await expect(clip.embedImages(new Float32Array(100))).rejects.toThrow(
      /100 numbers are not \[n, 3, \d+, \d+\]/,
    );
    await expect(
      clip.embedTokens([
        [1, 2],
        [1, 3, 2],
      ]),
    ).rejects.toThrow("equally many tokens");
  });
});

describe.skipIf(!ready)("encoder files", () => {
  const folder = mkdtempSync(join(tmpdir(), "clip-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("names the files that a folder lacks", async () => {
    mkdirSync(join(folder, "half"));
    cpSync("data/mini-clip/config.json", join(folder, "half/config.json"));
    await expect(clipFolder(join(folder, "half"))).rejects.toThrow(
      "half lacks onnx/vision_model.onnx, onnx/text_model.onnx, preprocessor_config.json, tokenizer.json",
    );
    await expect(clipFolder(join(folder, "half"), "q8")).rejects.toThrow(
      "onnx/vision_model_quantized.onnx",
    );
  });

  it("loads a folder with spaces and umlauts in its path", async () => {
    const copy = join(folder, "Meine Übung (neu)", "clip für Fotos");
    cpSync("data/mini-clip", copy, { recursive: true, dereference: true });
    const ours = await loadClip("mini-clip");
    for (const dtype of ["fp32", "q8"] as const) {
      const theirs = await loadClip(copy, { dtype });
      const pixels = await clipPixels("lib/fixtures/landscape.jpg", theirs.preprocessing);
      expect(
        cosine(await theirs.embedImages(pixels), await ours.embedImages(pixels)),
      ).toBeGreaterThan(0.99);
      expect(
        cosine(await theirs.embedTitles(["Sheep"]), await ours.embedTitles(["Sheep"])),
      ).toBeGreaterThan(0.99);
      await theirs.dispose();
    }
    await ours.dispose();
  });

  it("names the file that is damaged, half there, or only Git LFS's placeholder", async () => {
    const copy = join(folder, "damaged");
    cpSync("data/mini-clip", copy, { recursive: true, dereference: true });
    const vision = join(copy, "onnx/vision_model.onnx");
    const embed = async (): Promise<unknown> => {
      const { preprocessing, embedImages } = await loadClip(copy);
      return embedImages(new Float32Array(3 * preprocessing.size ** 2));
    };
    writeFileSync(vision, readFileSync(vision).subarray(0, 100_000));
    await expect(embed()).rejects.toThrow(
      /damaged\/onnx\/vision_model.onnx could not be loaded: Not a whole ONNX/,
    );
    writeFileSync(vision, "no model at all");
    await expect(embed()).rejects.toThrow(
      /damaged\/onnx\/vision_model.onnx could not be loaded: Not a/,
    );
    const text = join(copy, "onnx/text_model.onnx");
    writeFileSync(text, readFileSync(text).subarray(0, 100_000));
    const { embedTitles } = await loadClip(copy);
    await expect(embedTitles(["Sheep"])).rejects.toThrow(
      /damaged\/onnx\/text_model.onnx could not be loaded/,
    );
    writeFileSync(text, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    await expect(loadClip(copy)).rejects.toThrow(
      /text_model.onnx is a placeholder of Git LFS.*git lfs pull/,
    );
  });

  it("takes from its model card what to do to titles; CLIPs without one want OpenAI's cleaning", async () => {
    const copy = join(folder, "card");
    cpSync("data/mini-clip", copy, { recursive: true, dereference: true });
    const lengths = async (): Promise<number[]> => {
      const clip = await loadClip(copy);
      return ["Barn &amp; silo", "Barn & silo"].map((title) => clip.tokenise(title).length);
    };
    const [marked, plain] = await lengths();
    expect(marked).toBeGreaterThan(plain); // mini-clip: as they are
    const hash = await clipModelHash(copy);
    rmSync(join(copy, "README.md"));
    expect(await lengths()).toEqual([plain, plain]);
    expect(await clipModelHash(copy)).toBe(hash); // whether titles are cleaned is in the shards' recipes
    writeFileSync(join(copy, "README.md"), "---\ntitle_cleaning: openai # as CLIP\n---\n");
    expect(await lengths()).toEqual([plain, plain]);
    writeFileSync(join(copy, "README.md"), "---\ntitle_cleaning: some\n---\n");
    await expect(loadClip(copy)).rejects.toThrow(/card\/README.md: title_cleaning is "some"/);
  });

  it("knows weights that lie beside the model", async () => {
    const copy = join(folder, "beside");
    cpSync("data/mini-clip", copy, { recursive: true, dereference: true });
    const hash = await clipModelHash(copy);
    writeFileSync(join(copy, "onnx/text_model.onnx_data"), "weights");
    expect(await clipModelHash(copy)).not.toBe(hash);
  });

  it("loads any folder, and its hash changes with each file that matters", async () => {
    const copy = join(folder, "copy");
    const settings = join(copy, "preprocessor_config.json");
    cpSync("data/mini-clip", copy, { recursive: true, dereference: true });
    expect(await clipModelHash(copy)).toBe(await clipModelHash("mini-clip"));
    const text = readFileSync(settings, "utf8");
    writeFileSync(
      settings,
      text.replace(/"image_mean"\s*:\s*\[\s*0\./, (match) => `${match}1`),
    );
    expect(await clipModelHash(copy)).not.toBe(await clipModelHash("mini-clip"));
    const { mean } = (await loadClip(copy)).preprocessing;
    expect(mean[0]).not.toBe((await loadClip("mini-clip")).preprocessing.mean[0]);
  });
});
