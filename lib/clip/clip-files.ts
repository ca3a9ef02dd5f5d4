import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
} from "@xenova/transformers";
import { replaceFile, writeFileAtomic } from "../files/atomic";
import { optimiseOnnx, OPTIMISATION_VERSION } from "./onnx-optimise";

/** Where encoders from the hub are kept, in the hub's own layout: <organisation>/<name>/onnx/vision_model.onnx, … */
export const MODELS_FOLDER = "data/models";

/** Numbers of the weights: "fp32" as published, "q8" quantised to 8 bits (faster, slightly other embeddings). */
export type ClipDtype = "fp32" | "q8";

const onnxFile = (tower: "vision" | "text", dtype: ClipDtype): string =>
  `onnx/${tower}_model${dtype === "q8" ? "_quantized" : ""}.onnx`;

/** The files that decide an embedding, in transformers.js's layout. */
function modelFiles(dtype: ClipDtype): string[] {
  return [
    onnxFile("vision", dtype),
    onnxFile("text", dtype),
    "config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
  ];
}

/** Whether this names a model on the hub; a folder comes first. */
const isHubId = (encoder: string): boolean =>
  /^\w[\w.-]*\/\w[\w.-]*$/.test(encoder) && !existsSync(encoder);

function folderOf(encoder: string): string {
  if (encoder === "mini-clip") return "data/mini-clip";
  return isHubId(encoder) ? join(MODELS_FOLDER, encoder) : encoder;
}

async function download(encoder: string, dtype: ClipDtype): Promise<void> {
  const options = { cache_dir: resolve(MODELS_FOLDER), dtype };
  try {
    await AutoTokenizer.from_pretrained(encoder, options);
    for (const tower of [CLIPVisionModelWithProjection, CLIPTextModelWithProjection])
      await (await tower.from_pretrained(encoder, options)).dispose();
    await AutoProcessor.from_pretrained(encoder, options); // for preprocessor_config.json
  } catch (error) {
    throw new Error(
      `Could not download the encoder "${encoder}" from huggingface.co (${String(error)}). Without a ` +
        `connection, put its files (${modelFiles(dtype).join(", ")}) into ${join(MODELS_FOLDER, encoder)}/, or set ` +
        "ENCODER to a folder that has them, or to mini-clip.",
      { cause: error },
    );
  }
}

/**
 * The folder with the encoder's files, downloaded first if it is a hub id such as "Xenova/clip-vit-base-patch32".
 * Throws when files are missing, and says which.
 */
export async function clipFolder(encoder: string, dtype: ClipDtype = "fp32"): Promise<string> {
  const folder = folderOf(encoder);
  const missing = (): string[] =>
    modelFiles(dtype).filter((file) => !existsSync(join(folder, file)));
  if (missing().length > 0 && isHubId(encoder)) await download(encoder, dtype);
  if (missing().length > 0)
    throw new Error(`The encoder folder ${folder} lacks ${missing().join(", ")}`);
  return folder;
}

const OPTIMISED_FOLDER = ".cache/clip";

/**
 * The folder to load a tower from, "vision" or "text": one in .cache with the faster model that `optimiseOnnx` makes of
 * it, or the encoder's own where there is nothing to gain. Made once for each content of the encoder's file.
 */
export async function towerFolder(
  folder: string,
  tower: "vision" | "text",
  dtype: ClipDtype,
): Promise<string> {
  if (tower === "text" && dtype === "fp32") return folder; // no class token, no quantised weights
  const name = onnxFile(tower, dtype);
  const model = await readFile(join(folder, name));
  const key = createHash("sha256")
    .update(`${OPTIMISATION_VERSION}\n`)
    .update(model)
    .digest("hex")
    .slice(0, 20);
  const target = join(OPTIMISED_FOLDER, key);
  if (!existsSync(join(target, name))) {
    const faster = optimiseOnnx(model);
    if (!faster) return folder;
    await writeFileAtomic(join(target, "config.json"), await readFile(join(folder, "config.json")));
    await replaceFile(join(target, name), (temporary) => writeFile(temporary, faster));
  }
  return resolve(target);
}

/** SHA-256 over all files that decide an embedding, in hexadecimal: equal hashes mean equal embeddings. */
export async function clipModelHash(encoder: string, dtype: ClipDtype = "fp32"): Promise<string> {
  const folder = await clipFolder(encoder, dtype);
  const hash = createHash("sha256");
  if (dtype !== "fp32") hash.update(OPTIMISATION_VERSION);
  for (const file of modelFiles(dtype)) {
    hash.update(`${file}\n`);
    for await (const chunk of createReadStream(join(folder, file))) hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
