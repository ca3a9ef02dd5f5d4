import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIPVisionModelWithProjection, Tensor } from "@xenova/transformers";
import { afterAll, describe, expect, it } from "vitest";
import { optimiseOnnx } from "./onnx-optimise";

/** A vision tower of two small blocks and PyTorch's embeddings: see fixtures/make_vit_fixture.py. */
const source = "lib/fixtures/tiny-vit";
const { photos, size, embeddings } = JSON.parse(
  readFileSync(`${source}/expected.json`, "utf8"),
) as {
  photos: number;
  size: number;
  embeddings: string;
};
const expected = new Float32Array(Uint8Array.from(Buffer.from(embeddings, "base64")).buffer);
const length = 3 * size * size;
const pixels = Float32Array.from({ length: photos * length }, (_, i) => Math.sin(i ** 1.5));
const folder = mkdtempSync(join(tmpdir(), "onnx-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (dtype: string): string =>
  `onnx/vision_model${dtype === "q8" ? "_quantized" : ""}.onnx`;

/** The optimised model in a folder of its own. */
function optimised(dtype: string): string {
  const target = join(folder, dtype);
  cpSync(source, target, { recursive: true });
  const { parts } = optimiseOnnx(readFileSync(join(source, fileOf(dtype))))!;
  writeFileSync(join(target, fileOf(dtype)), Buffer.concat(parts));
  return target;
}

/** Embeddings, the photos one by one (quantised models look at the range of all they are given). */
async function embed(from: string, dtype: "fp32" | "q8", batch = 1): Promise<Float32Array> {
  const tower = await CLIPVisionModelWithProjection.from_pretrained(from, {
    dtype,
    device: "cpu",
    local_files_only: true,
  });
  const all = new Float32Array(photos * 512);
  for (let i = 0; i < photos; i += batch) {
    const some = new Tensor("float32", pixels.slice(i * length, (i + batch) * length), [
      batch,
      3,
      size,
      size,
    ]);
    all.set((await tower({ pixel_values: some })).image_embeds.data as Float32Array, i * 512);
  }
  await tower.dispose();
  return all;
}

function relativeDifference(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i])) / Math.hypot(...b);
}

describe("optimiseOnnx", () => {
  it("changes nothing of the embeddings in fp32, which are PyTorch's", async () => {
    const faster = await embed(optimised("fp32"), "fp32");
    expect(faster).toEqual(await embed(source, "fp32"));
    expect(await embed(join(folder, "fp32"), "fp32", photos)).toEqual(faster);
    expect(relativeDifference(faster, expected)).toBeLessThan(1e-5);
  });

  it("leaves quantised embeddings as near to PyTorch's as they were", async () => {
    const before = relativeDifference(await embed(source, "q8"), expected);
    const after = relativeDifference(await embed(optimised("q8"), "q8"), expected);
    expect(before).toBeGreaterThan(1e-4);
    expect(after).toBeLessThan(1.2 * before);
  });

  it("makes quantised embeddings the same alone and in a batch, which they were not", async () => {
    expect(await embed(source, "q8", photos)).not.toEqual(await embed(source, "q8"));
    expect(await embed(join(folder, "q8"), "q8", photos)).toEqual(
      await embed(join(folder, "q8"), "q8"),
    );
  });

  it("says whether a model's rows are separate, and leaves a convolution alone whose windows overlap", () => {
    const separates = (file: string): boolean | undefined =>
      optimiseOnnx(readFileSync(file))?.separatesRows;
    expect(separates(`${source}/${fileOf("q8")}`)).toBe(true);
    expect(separates(`${source}/${fileOf("fp32")}`)).toBe(false);
    expect(separates("data/mini-clip/onnx/vision_model_quantized.onnx")).toBe(false);
  });

  it("computes the last block's feed-forward layers for the class token alone, with int8 weights", () => {
    const text = (dtype: string): string =>
      readFileSync(join(folder, dtype, fileOf(dtype))).toString("latin1");
    const layer = "/model/vision_model/encoder/layers.1/";
    expect(text("fp32")).toContain(`${layer}self_attn/Reshape_4_output_0/class_token_only`);
    expect(text("fp32")).not.toContain("layers.0/self_attn/Reshape_4_output_0/class_token_only");
    expect(text("q8")).toContain("/class_token_only");
  });

  it("leaves models alone that have nothing to gain, and refuses what is no model", () => {
    expect(optimiseOnnx(readFileSync("data/mini-clip/onnx/vision_model.onnx"))).toBeNull();
    expect(optimiseOnnx(readFileSync("data/mini-clip/onnx/text_model.onnx"))).toBeNull();
    expect(() => optimiseOnnx(readFileSync("package.json"))).toThrow("Not a");
    expect(() =>
      optimiseOnnx(readFileSync(`${source}/${fileOf("fp32")}`).subarray(0, 9000)),
    ).toThrow("ends");
  });
});
