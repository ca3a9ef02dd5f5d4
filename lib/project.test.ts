import { expect, test } from "vitest";
import { encoderFolder, openProject, projectOf, requireFile } from "./project";

test("the sample and its small encoder are the default", () => {
  const project = openProject({ DATASET: "", ENCODER: " " });
  expect(project).toMatchObject({ dataset: "mini-geograph", encoder: "mini-clip", isSample: true });
  expect(project.embeddings("train")).toBe("data/mini-geograph/embeddings/mini-clip/train");
  expect(project.figures).toBe("data/mini-geograph/figures");
});

test("DATASET and ENCODER choose, and encoders never share a folder", () => {
  const real = openProject({ DATASET: "kaggle" });
  expect(real).toMatchObject({ encoder: "Xenova/clip-vit-base-patch32", isSample: false });
  expect(real.heads).toBe("data/kaggle/heads/Xenova--clip-vit-base-patch32");
  expect(real.train).toBe("data/kaggle/prepared/train.parquet");
  const own = openProject({ DATASET: "kaggle", ENCODER: "./models/my-clip/" });
  expect(own.submissions).toBe("data/kaggle/submissions/models--my-clip");
});

test("a project that is named does not look at the environment", () => {
  expect(projectOf("kaggle", "mini-clip").heads).toBe("data/kaggle/heads/mini-clip");
});

test.each(["../x", "a/b", "..", "a b", "-x"])("DATASET=%s is refused", (name) => {
  expect(() => openProject({ DATASET: name })).toThrow(/name of a folder in data\//);
});

test("an encoder's path that climbs out is refused", () => {
  expect(() => openProject({ ENCODER: "../clip" })).toThrow(/ENCODER/);
  expect(encoderFolder("C:\\models\\clip".slice(3))).toBe("models--clip");
});

test("an encoder's folder may have spaces and umlauts, however these are written", () => {
  const folder = encoderFolder("/home/jörg/Meine Übung (neu)/clip");
  expect(folder).toBe("home--jörg--Meine Übung (neu)--clip");
  expect(encoderFolder("/home/jo\u0308rg/Meine U\u0308bung (neu)/clip")).toBe(folder);
  for (const odd of ["a\nb", "what?", ".hidden", "-x"])
    expect(() => encoderFolder(odd), odd).toThrow(/ENCODER/);
});

test("a missing file names the notebook that makes it", () => {
  expect(requireFile("package.json", "01-preprocess")).toBe("package.json");
  expect(() => requireFile("data/none.npy", "02-embed")).toThrow(
    "data/none.npy is missing: run notebook 02-embed first",
  );
});
