import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { backboneFolder, loadBackbone, photoFeatures, photoFeaturesKept } from "./backbone";
import { extraOutput, penultimateName, readGraph } from "./onnx-graph";

const fixture = "lib/fixtures/tiny-backbone";
const folder = mkdtempSync(join(tmpdir(), "backbone-"));
cpSync(fixture, folder, { recursive: true });
const { photos, features } = JSON.parse(readFileSync(join(fixture, "features.json"), "utf8")) as {
  photos: string[];
  features: number[][];
};
const files = photos.map((photo) => `lib/fixtures/${photo}`);
const inputs = `data/backbone-test-${process.pid}`;
afterAll(() => [folder, inputs].forEach((path) => rmSync(path, { recursive: true, force: true })));

test("the features are what PyTorch's last layer reads", async () => {
  const backbone = await loadBackbone(await backboneFolder(folder));
  expect(backbone.preprocessing.size).toBe(32);
  const progress: number[] = [];
  const list = [files[0], "no-such-photo.jpg", files[1]];
  const { data, width } = await photoFeatures(backbone, list, {
    onProgress: (done) => progress.push(done),
  });
  await backbone.dispose();
  expect(width).toBe(12);
  expect(progress).toEqual([1, 2, 3]);
  const expected = [...features[0], ...Array<number>(12).fill(0), ...features[1]];
  expect(Math.max(...features.flat())).toBeGreaterThan(0.05);
  // Pillow resizes in whole grey levels, PyTorch and onnxruntime sum in another order.
  expect(Math.max(...expected.map((value, i) => Math.abs(value - data[i])))).toBeLessThan(1e-5);
});

test("kept features are read again, and other photos or weights make others", async () => {
  const first = await photoFeaturesKept(folder, files, { inputs });
  let computed = 0;
  const again = await photoFeaturesKept(
    folder,
    files,
    { inputs },
    { onProgress: () => computed++ },
  );
  expect([...again.data]).toEqual([...first.data]);
  expect([again.width, computed]).toEqual([12, 0]);
  await photoFeaturesKept(folder, files.slice(1), { inputs }, { onProgress: () => computed++ });
  expect(computed).toBe(1);
  expect(readdirSync(`${inputs}/embeddings/backbones`).length).toBe(2);
});

test("an interrupt leaves nothing behind", async () => {
  const signal = AbortSignal.abort(new Error("Interrupted"));
  const list = [files[1], files[0]];
  await expect(photoFeaturesKept(folder, list, { inputs }, { signal })).rejects.toThrow(
    "Interrupted",
  );
  expect(readdirSync(`${inputs}/embeddings/backbones`).length).toBe(2);
});

test("an unknown name that is no folder says what is known", async () => {
  await expect(backboneFolder("resnet-50")).rejects.toThrow(/resnet-50.*efficientnet-b0 and vgg16/);
});

test("the last dense layer's input is found and can be made an output", () => {
  const model = readFileSync(join(fixture, "onnx", "model.onnx"));
  expect(readGraph(model).inputs).toEqual(["pixels"]);
  const name = penultimateName(readGraph(model));
  expect(name).toMatch(/Relu/); // dropout does nothing in a frozen model, and is left out of the file
  // A second graph with an output in it: protocol buffers join the two.
  const longer = Buffer.concat([model, extraOutput("x".repeat(200))]);
  expect(penultimateName(readGraph(longer))).toBe(name);
});

test("files that are no classifiers are named as such", () => {
  expect(() => readGraph(readFileSync("lib/fixtures/landscape.jpg"))).toThrow(/Not an? .*ONNX/);
  expect(() =>
    readGraph(readFileSync("data/mini-clip/onnx/vision_model.onnx").subarray(0, 100_000)),
  ).toThrow("Not a whole ONNX file");
  expect(() => readGraph(Buffer.alloc(0))).toThrow("no layers");
});
