/** Frozen image classifiers (VGG16, EfficientNet-B0, …) as feature extractors: what their last layer reads. */
import { PreTrainedModel, PretrainedConfig, Tensor } from "@xenova/transformers";
import { existsSync, statSync } from "node:fs";
import { appendFile, copyFile, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { replaceFile, writeFileAtomic } from "../files/atomic";
import { fileHash, sha256 } from "../files/hash";
import { npyBytes, readNpy } from "../files/npy";
import { yieldToEventLoop } from "../interrupt";
import type { Project } from "../project";
import { inFile, readPreprocessing } from "./clip-files";
import { downloadFile, downloadTrouble, hubUrl, MODELS_FOLDER } from "./hub";
import { clipPixels, ImageError } from "./image";
import { extraOutput, penultimateName, readGraph } from "./onnx-graph";
import { IMAGENET_PREPROCESSING, type Preprocessing } from "./preprocessing";

/** Where ImageNet weights lie on the hub, as ONNX classifiers with 1000 outputs. */
const HUB: Readonly<Record<string, { repository: string; file: string }>> = {
  "efficientnet-b0": {
    repository: "onnxmodelzoo/efficientnet_b0_Opset17",
    file: "efficientnet_b0_Opset17.onnx",
  },
  vgg16: { repository: "onnxmodelzoo/vgg16_Opset18_torch_hub", file: "vgg16_Opset18.onnx" },
};

export interface Backbone {
  preprocessing: Preprocessing;
  /** Pixels [3, size, size] of one photo → its features. */
  features(pixels: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** The model's file in transformers.js's layout. */
const modelFile = (folder: string): string => join(folder, "onnx", "model.onnx");

async function download(name: string, path: string): Promise<void> {
  const url = hubUrl(HUB[name].repository, HUB[name].file);
  await downloadFile(url, path).catch((error: unknown) => {
    throw new Error(
      `${url} could not be fetched (${downloadTrouble(error)}). Without a connection, put the file there by hand: ` +
        `${path}, or any classifier that ends in a dense layer, exported to ONNX`,
      { cause: error },
    );
  });
}

/**
 * The folder of a backbone: a folder of that name, or data/models/<name>, filled from the hub if it is empty and the
 * name is a known one ("efficientnet-b0", 21 MB, or "vgg16", 553 MB). Throws if there is neither.
 *
 * ```ts
 * await backboneFolder("lib/fixtures/tiny-backbone"); // → "lib/fixtures/tiny-backbone"
 * ```
 */
export async function backboneFolder(name: string): Promise<string> {
  const folder = existsSync(modelFile(name)) ? name : join(MODELS_FOLDER, name);
  if (existsSync(modelFile(folder))) return folder;
  if (!(name in HUB))
    throw new Error(
      `${modelFile(name)} is missing, and only ${Object.keys(HUB).join(" and ")} are ` +
        "known on the hub",
    );
  await download(name, modelFile(folder));
  return folder;
}

const CACHE = ".cache/backbones";

/** The same model with its last layer's input as an output, made once for each content of the model's file. */
async function exposeFeatures(
  folder: string,
): Promise<{ folder: string; input: string; output: string }> {
  const file = modelFile(folder);
  const model = await readFile(file);
  const { input, output } = inFile(file, () => {
    const graph = readGraph(model);
    return { input: graph.inputs[0], output: penultimateName(graph) };
  });
  const key = sha256(model).slice(0, 20);
  const target = join(CACHE, key);
  if (!existsSync(modelFile(target)))
    await replaceFile(modelFile(target), async (temporary) => {
      await copyFile(file, temporary);
      await appendFile(temporary, extraOutput(output));
    });
  return { folder: resolve(target), input, output };
}

/** Load a classifier in transformers.js's layout (onnx/model.onnx, perhaps preprocessor_config.json) without its head. */
export async function loadBackbone(folder: string): Promise<Backbone> {
  const { folder: exposed, input, output } = await exposeFeatures(folder);
  const settings = join(folder, "preprocessor_config.json"); // torchvision's models come without one
  const preprocessing = existsSync(settings)
    ? await readPreprocessing(settings, IMAGENET_PREPROCESSING)
    : IMAGENET_PREPROCESSING;
  const model = await PreTrainedModel.from_pretrained(exposed, {
    config: new PretrainedConfig({ model_type: "custom" }),
    dtype: "fp32",
    local_files_only: true,
  });
  const { size } = preprocessing;
  const features = async (pixels: Float32Array): Promise<Float32Array> => {
    const found = await model({ [input]: new Tensor("float32", pixels, [1, 3, size, size]) });
    return Float32Array.from(found[output].data as Float32Array); // a copy: the buffer may be used again
  };
  return { preprocessing, features, dispose: async () => void (await model.dispose()) };
}

/** Photos that are decoded ahead of the model. */
const AHEAD = 8;

export interface PhotoFeatureOptions {
  onProgress?: (done: number, total: number) => void;
  /** When it aborts, an error is thrown and nothing is kept. */
  signal?: AbortSignal;
}

/** Features of photos, [n, width]. A photo that can't be read gets a row of zeros. */
export async function photoFeatures(
  backbone: Backbone,
  files: readonly string[],
  { onProgress, signal }: PhotoFeatureOptions = {},
): Promise<PhotoFeatures> {
  const decode = (file: string): Promise<Float32Array | undefined> =>
    clipPixels(file, backbone.preprocessing).catch((error: unknown) => {
      if (error instanceof ImageError) return undefined;
      throw error;
    });
  // The next few photos are decoded while the model is busy with this one.
  const ahead = files.slice(0, AHEAD).map(decode);
  let data = new Float32Array(0);
  let width = 0;
  for (let i = 0; i < files.length; i++) {
    const pixels = await ahead.shift();
    if (i + AHEAD < files.length) ahead.push(decode(files[i + AHEAD]));
    const row = pixels && (await backbone.features(pixels));
    if (row && width === 0)
      [width, data] = [row.length, new Float32Array(files.length * row.length)];
    if (row) data.set(row, i * width);
    onProgress?.(i + 1, files.length);
    await yieldToEventLoop();
    signal?.throwIfAborted();
  }
  return { data, width };
}

/** Numbers of photos, [n, width]. */
export interface PhotoFeatures {
  data: Float32Array;
  width: number;
}

/**
 * What `make` makes of these photos: kept below data/<dataset>/embeddings/, and taken from there when the photos' files and
 * the `recipe`, a text that says how it is made, are the same.
 *
 * ```ts
 * const photos = ["lib/fixtures/landscape.jpg"];
 * const ask = (answer) => featuresKept("one", photos, { inputs: folder }, async () => ({ data: answer, width: 1 }));
 * (await ask(Float32Array.of(7))).data; // → [7]
 * (await ask(Float32Array.of(8))).data; // → [7]
 * ```
 */
export async function featuresKept(
  recipe: string,
  files: readonly string[],
  { inputs }: Pick<Project, "inputs">,
  make: () => Promise<PhotoFeatures>,
): Promise<PhotoFeatures> {
  const photos = files.map((file) => {
    const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
    return `${file} ${size} ${mtimeMs}`;
  });
  const key = sha256([recipe, ...photos].join("\n")).slice(0, 16);
  const kept = join(inputs, "embeddings", "backbones", `${key}.npy`);
  if (existsSync(kept)) {
    const { data, shape } = await readNpy<Float32Array>(kept);
    return { data, width: shape[1] };
  }
  const found = await make();
  await writeFileAtomic(kept, npyBytes(found.data, [files.length, found.width]));
  return found;
}

/**
 * `photoFeatures` of the backbone in `folder`, [n, width], kept for equal photos and weights (see `featuresKept`). Throws,
 * naming the file, for what is no classifier in ONNX.
 *
 * ```ts
 * const photos = ["lib/fixtures/landscape.jpg", "lib/fixtures/exif-rotated.jpg"];
 * const project = { inputs: folder }; // a folder of this example's own
 * const { data, width } = await photoFeaturesKept("lib/fixtures/tiny-backbone", photos, project);
 * [data.length, width]; // → [24, 12]
 * ```
 */
export async function photoFeaturesKept(
  folder: string,
  files: readonly string[],
  project: Pick<Project, "inputs">,
  options: PhotoFeatureOptions = {},
): Promise<PhotoFeatures> {
  return featuresKept(await fileHash(modelFile(folder)), files, project, async () => {
    const backbone = await loadBackbone(folder);
    return photoFeatures(backbone, files, options).finally(() => backbone.dispose());
  });
}
