import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { AutoTokenizer, CLIPTextModelWithProjection, CLIPVisionModelWithProjection, Tensor } from "@xenova/transformers";
import type { ClipPreprocessing } from "./image";
import { titleBatches } from "./title-batches";

/** Numbers in a CLIP embedding, of an image or of a title. */
export const EMBEDDING_SIZE = 512;

/** Where encoders from the hub are kept, in the hub's own layout: <organisation>/<name>/onnx/vision_model.onnx, … */
export const MODELS_FOLDER = "data/models";

export interface ClipOptions {
  /** Numbers of the weights: "fp32" as published, "q8" quantised to 8 bits (faster, slightly different embeddings). */
  dtype?: "fp32" | "q8";
  /** "cuda" needs a GPU and onnxruntime's CUDA provider; we have not been able to try it. */
  device?: "cpu" | "cuda";
}

/** CLIP's two towers. All embeddings are projections that are not normalised, as the paper's heads expect. */
export interface Clip {
  /** What the vision tower wants: see `clipPixels`. */
  preprocessing: ClipPreprocessing;
  /** A title's token ids: start, at most 75 of content, end. No padding. */
  tokenise(title: string): number[];
  /** Pixels [n, 3, size, size] → embeddings [n, 512]. */
  embedImages(pixels: Float32Array): Promise<Float32Array>;
  /** n token lists of one length → embeddings [n, 512]. */
  embedTokens(tokens: readonly number[][]): Promise<Float32Array>;
  /** n titles → embeddings [n, 512]. */
  embedTitles(titles: readonly string[]): Promise<Float32Array>;
  /** Free the memory of both towers. */
  dispose(): Promise<void>;
}

interface ClipConfig {
  projection_dim?: number;
  text_config?: { max_position_embeddings?: number };
}

/** One thread a session: several sessions side by side use the cores better than one session with several threads. */
const sessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: "all" } as const;

function modelFiles(dtype: ClipOptions["dtype"] = "fp32"): string[] {
  const suffix = dtype === "q8" ? "_quantized" : "";
  return [`onnx/vision_model${suffix}.onnx`, `onnx/text_model${suffix}.onnx`, "config.json", "preprocessor_config.json",
    "tokenizer.json", "tokenizer_config.json"];
}

/** Where the encoder's files are: "mini-clip" is data/mini-clip, then any local folder, else the hub's copy. */
function folderOf(encoder: string): string {
  if (encoder === "mini-clip") return "data/mini-clip";
  return existsSync(path.join(encoder, "config.json")) ? encoder : path.join(MODELS_FOLDER, encoder);
}

async function download(encoder: string, dtype: ClipOptions["dtype"]): Promise<void> {
  const options = { cache_dir: path.resolve(MODELS_FOLDER), dtype };
  try {
    await AutoTokenizer.from_pretrained(encoder, options);
    for (const tower of [CLIPVisionModelWithProjection, CLIPTextModelWithProjection])
      await (await tower.from_pretrained(encoder, { ...options, session_options: sessionOptions })).dispose();
  } catch (error) {
    throw new Error(`Could not download the encoder "${encoder}" from huggingface.co (${String(error)}). Without a ` +
      `connection, put its files (${modelFiles(dtype).join(", ")}) into ${path.join(MODELS_FOLDER, encoder)}/, or set ` +
      `ENCODER to a folder that has them, or to mini-clip.`, { cause: error });
  }
}

/**
 * The folder with the encoder's files, downloaded first if it is a hub id such as "Xenova/clip-vit-base-patch32".
 * Throws when files are missing, and says which.
 */
export async function clipFolder(encoder: string, dtype: ClipOptions["dtype"] = "fp32"): Promise<string> {
  const folder = folderOf(encoder);
  const missing = (): string[] => modelFiles(dtype).filter((file) => !existsSync(path.join(folder, file)));
  if (missing().length > 0 && /^[\w.-]+\/[\w.-]+$/.test(encoder) && !existsSync(encoder)) await download(encoder, dtype);
  if (missing().length > 0) throw new Error(`The encoder folder ${folder} lacks ${missing().join(", ")}`);
  return folder;
}

/** SHA-256 over all files that decide an embedding, in hexadecimal: equal hashes mean equal embeddings. */
export async function clipModelHash(encoder: string, dtype: ClipOptions["dtype"] = "fp32"): Promise<string> {
  const folder = await clipFolder(encoder, dtype);
  const hash = createHash("sha256");
  for (const file of modelFiles(dtype)) {
    hash.update(`${file}\n`);
    for await (const chunk of createReadStream(path.join(folder, file))) hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}

async function readJson<T>(...parts: string[]): Promise<T> {
  return JSON.parse(await readFile(path.join(...parts), "utf8")) as T;
}

/** Size, mean and standard deviation from preprocessor_config.json; `crop_size` may be a number or { height, width }. */
async function readPreprocessing(folder: string): Promise<ClipPreprocessing> {
  const json = await readJson<{ crop_size: number | { height: number }; image_mean: number[]; image_std: number[] }>(
    folder, "preprocessor_config.json");
  const size = typeof json.crop_size === "number" ? json.crop_size : json.crop_size.height;
  return { size, mean: json.image_mean, std: json.image_std };
}

function checkEmbeddings(data: unknown, rows: number): Float32Array {
  if (data instanceof Float32Array && data.length === rows * EMBEDDING_SIZE) return data;
  const found = data instanceof Float32Array ? `${data.length / rows} numbers a row` : "no float32 numbers";
  throw new Error(`This encoder gives ${found}; this project needs CLIP models with ${EMBEDDING_SIZE}, like ViT-B/32`);
}

/** Load `make` at the first call only. */
function once<T>(make: () => Promise<T>): { get(): Promise<T>; made(): Promise<T> | undefined } {
  let value: Promise<T> | undefined;
  return { get: () => (value ??= make()), made: () => value };
}

/**
 * Load a CLIP encoder: "mini-clip" (ours), a hub id, or any folder in transformers.js's layout; the towers when first
 * used. Embedding keeps the calling thread busy for as long as it takes: for many photos see `startClipPool`.
 */
export async function loadClip(encoder: string, options: ClipOptions = {}): Promise<Clip> {
  const { dtype = "fp32", device = "cpu" } = options;
  const folder = path.resolve(await clipFolder(encoder, dtype));
  const model = { dtype, device, local_files_only: true, session_options: sessionOptions };
  const vision = once(() => CLIPVisionModelWithProjection.from_pretrained(folder, model));
  const text = once(() => CLIPTextModelWithProjection.from_pretrained(folder, model));
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const preprocessing = await readPreprocessing(folder);
  const config = await readJson<ClipConfig>(folder, "config.json");
  const context = config.text_config?.max_position_embeddings ?? 77;

  const tokenise = (title: string): number[] => {
    const ids = tokenizer.encode(title);
    // transformers.js would cut off the end-of-text token, from which the embedding is read.
    return ids.length <= context ? ids : [...ids.slice(0, context - 1), ids[ids.length - 1]];
  };
  const embedImages = async (pixels: Float32Array): Promise<Float32Array> => {
    const { size } = preprocessing, n = pixels.length / (3 * size * size);
    if (!Number.isInteger(n)) throw new Error(`embedImages: ${pixels.length} numbers are not [n, 3, ${size}, ${size}]`);
    const { image_embeds } = await (await vision.get())({ pixel_values: new Tensor("float32", pixels, [n, 3, size, size]) });
    return checkEmbeddings(image_embeds.data, n);
  };
  const embedTokens = async (tokens: readonly number[][]): Promise<Float32Array> => {
    const n = tokens.length, length = tokens[0].length;
    const ids = BigInt64Array.from(tokens.flat(), BigInt);
    if (ids.length !== n * length) throw new Error("embedTokens: all titles of a batch need the same number of tokens");
    const inputs: Record<string, Tensor> = { input_ids: new Tensor("int64", ids, [n, length]) };
    const tower = await text.get();
    if (tower.sessions.model.inputNames.includes("attention_mask")) // some exports have one; without padding, all ones
      inputs.attention_mask = new Tensor("int64", new BigInt64Array(n * length).fill(1n), [n, length]);
    return checkEmbeddings((await tower(inputs)).text_embeds.data, n);
  };
  const embedTitles = async (titles: readonly string[]): Promise<Float32Array> => {
    const embeddings = new Float32Array(titles.length * EMBEDDING_SIZE);
    for (const batch of titleBatches(titles.map(tokenise))) batch.scatter(await embedTokens(batch.tokens), embeddings);
    return embeddings;
  };
  const dispose = async (): Promise<void> => {
    for (const tower of [vision, text]) await (await tower.made())?.dispose();
  };
  return { preprocessing, tokenise, embedImages, embedTokens, embedTitles, dispose };
}
