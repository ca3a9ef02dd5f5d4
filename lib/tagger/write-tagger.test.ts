import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toyProject } from "../fixtures/toy-project";
import type { Project } from "../project";
import { experimentNamed } from "../train/experiments";
import { settingsFor } from "../train/settings";
import { trainOrLoad } from "../train/train-or-load";
import { writeTagger } from "./write-tagger";

const folder = mkdtempSync(join(tmpdir(), "tagger-"));
afterAll(() => rmSync(folder, { recursive: true }));
let project: Project;
const head = "linear-img-txt-loc";

beforeAll(async () => {
  const toy = await toyProject(folder);
  project = { ...toy.project, isSample: false, dataset: "toy", encoder: "mini-clip" };
  const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 1 };
  for (const name of [head, "linear-txt"])
    await trainOrLoad(experimentNamed(name), toy.data, settings, project);
});

const policyOf = (html: string): string =>
  /Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1] ?? "";

test("one file has all that it needs, as it is, and may not use a network", async () => {
  const { path, isOneFile, bytes } = await writeTagger({ project, head });
  const html = readFileSync(path, "utf8");
  expect([isOneFile, bytes]).toEqual([true, Buffer.byteLength(html)]);
  expect(policyOf(html)).toMatch(/^default-src 'none'; /);
  expect(policyOf(html)).not.toContain("connect-src");
  expect(html).not.toMatch(/\{\{\w+\}\}/); // every placeholder has been filled in
  expect(html).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)="(?!data:)/);
  const blocks = [...html.matchAll(/data-file="([^"]+)">([^<]*)</g)];
  const files = new Map(blocks.map(([, name, text]) => [name, text]));
  for (const [name, original] of [
    ["encoder/onnx/vision_model.onnx", "data/mini-clip/onnx/vision_model.onnx"],
    ["encoder/tokenizer.json", "data/mini-clip/tokenizer.json"],
    ["head.safetensors", `${project.heads}/${head}.safetensors`],
  ]) {
    const content = gunzipSync(Buffer.from(files.get(name) ?? "", "base64"));
    expect(content.equals(readFileSync(original)), name).toBe(true);
  }
});

test("a folder has the files beside the page, which may fetch them", async () => {
  const { path, isOneFile } = await writeTagger({ project, head, dtype: "q8", oneFile: false });
  expect(isOneFile).toBe(false);
  const html = readFileSync(path, "utf8");
  expect(policyOf(html)).toContain("connect-src 'self'");
  expect(html).not.toContain("data-file=");
  for (const name of ["runtime.wasm", "head.safetensors", "encoder/onnx/text_model_quantized.onnx"])
    expect(existsSync(join(dirname(path), name)), name).toBe(true);
});

test("a head that sees no photos, or is missing, is refused", async () => {
  await expect(writeTagger({ project, head: "linear-txt" })).rejects.toThrow(
    'linear-txt sees no photos: take a head whose name has "img" in it',
  );
  await expect(writeTagger({ project, head: "mlp-img" })).rejects.toThrow(
    /mlp-img.safetensors is missing: train mlp-img first/,
  );
});
