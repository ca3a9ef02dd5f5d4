import { afterEach, expect, test, vi } from "vitest";
import { datasetName, encoderFolder, encoderName, paths, requireFile } from "./paths";

afterEach(() => vi.unstubAllEnvs());

test("the sample and its small encoder are the default", () => {
  vi.stubEnv("DATASET", "");
  vi.stubEnv("ENCODER", "");
  expect(datasetName()).toBe("mini-geograph");
  expect(encoderName()).toBe("mini-clip");
  expect(paths().embeddings("val")).toBe("data/mini-geograph/embeddings/mini-clip/val");
  expect(paths().figures).toBe("figures/mini-geograph");
});

test("DATASET and ENCODER choose, and encoders never share a folder", () => {
  vi.stubEnv("DATASET", "kaggle");
  vi.stubEnv("ENCODER", "");
  expect(encoderName()).toBe("Xenova/clip-vit-base-patch32");
  expect(paths().heads).toBe("data/kaggle/heads/Xenova--clip-vit-base-patch32");
  expect(paths().train).toBe("data/kaggle/prepared/train.parquet");
  vi.stubEnv("ENCODER", "./models/my-clip/");
  expect(paths().submissions).toBe("data/kaggle/submissions/models--my-clip");
});

test.each(["../x", "a/b", "..", "a b", "-x"])("DATASET=%s is refused", (name) => {
  vi.stubEnv("DATASET", name);
  expect(() => datasetName()).toThrow(/name of a folder in data\//);
});

test("an encoder's path that climbs out is refused", () => {
  expect(() => encoderFolder("../clip")).toThrow(/ENCODER/);
  expect(encoderFolder("C:\\models\\clip".slice(3))).toBe("models--clip");
});

test("a missing file names the notebook that makes it", () => {
  expect(requireFile("package.json", "01-preprocess")).toBe("package.json");
  expect(() => requireFile("data/none.npy", "02-embed")).toThrow(
    "data/none.npy is missing: run notebook 02-embed first",
  );
});
