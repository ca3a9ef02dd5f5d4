import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  AutoTokenizer, CLIPTextModelWithProjection, CLIPVisionModelWithProjection, Tensor,
} from "@xenova/transformers";
import { clipFolder, type ClipDtype } from "./clip-files";
import type { ClipPreprocessing } from "./image";
import { titleBatches } from "./title-batches";

/** Numbers in a CLIP embedding, of an image or of a title. */
export const EMBEDDING_SIZE = 512;

export interface ClipOptions {
  dtype?: ClipDtype;
  /** "cuda" needs a GPU and onnxruntime's CUDA provider; it has not been tried. */
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

interface Settings {
  preprocessing: ClipPreprocessing;
  /** The longest token list the text tower takes. */
  context: number;
}

interface Tower<Input> {
  embed(input: Input): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** What both towers are loaded with: a local folder, on one thread (`startClipWorkers` says why one). */
function loadOptions({ dtype = "fp32", device = "cpu" }: ClipOptions) {
  const session = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: "all" } as const;
  return { dtype, device, local_files_only: true, session_options: session };
}

/** Settings from the encoder's JSON files. `crop_size` may be a number or { height, width }. */
async function readSettings(folder: string): Promise<Settings> {
  const read = async (file: string) => JSON.parse(await readFile(join(folder, file), "utf8"));
  const processor = await read("preprocessor_config.json"), config = await read("config.json");
  const size: number = processor.crop_size.height ?? processor.crop_size;
  const preprocessing = { size, mean: processor.image_mean, std: processor.image_std };
  return { preprocessing, context: config.text_config?.max_position_embeddings ?? 77 };
}

/** The numbers of a tower's output [rows, 512], checked. */
function embeddingsOf(output: Tensor, rows: number): Float32Array {
  const { data, dims } = output;
  if (data instanceof Float32Array && dims[0] === rows && dims[1] === EMBEDDING_SIZE) return data;
  throw new Error(`This encoder's embeddings are ${output.type} [${dims.join(", ")}] where float32 [${rows}, ` +
    `${EMBEDDING_SIZE}] is needed: use a CLIP with ${EMBEDDING_SIZE} dimensions, such as ViT-B/32`);
}

function visionTower(folder: string, size: number, options: ClipOptions): Tower<Float32Array> {
  let loading: ReturnType<typeof CLIPVisionModelWithProjection.from_pretrained> | undefined;
  const embed = async (pixels: Float32Array): Promise<Float32Array> => {
    const n = pixels.length / (3 * size * size);
    if (!Number.isInteger(n)) throw new Error(`embedImages: ${pixels.length} numbers are not [n, 3, ${size}, ${size}]`);
    const tower = await (loading ??= CLIPVisionModelWithProjection.from_pretrained(folder, loadOptions(options)));
    const { image_embeds } = await tower({ pixel_values: new Tensor("float32", pixels, [n, 3, size, size]) });
    return embeddingsOf(image_embeds, n);
  };
  return { embed, dispose: async () => void (await (await loading)?.dispose()) };
}

function textTower(folder: string, options: ClipOptions): Tower<readonly number[][]> {
  let loading: ReturnType<typeof CLIPTextModelWithProjection.from_pretrained> | undefined;
  const embed = async (tokens: readonly number[][]): Promise<Float32Array> => {
    const n = tokens.length, length = tokens[0].length;
    if (tokens.some((list) => list.length !== length))
      throw new Error("embedTokens: the titles of a batch must have equally many tokens");
    const inputs = { input_ids: new Tensor("int64", BigInt64Array.from(tokens.flat(), BigInt), [n, length]) };
    // Some exports also ask for a mask of the padding: there is none.
    const mask = { attention_mask: new Tensor("int64", new BigInt64Array(n * length).fill(1n), [n, length]) };
    const tower = await (loading ??= CLIPTextModelWithProjection.from_pretrained(folder, loadOptions(options)));
    const masked = tower.sessions.model.inputNames.includes("attention_mask");
    return embeddingsOf((await tower(masked ? { ...inputs, ...mask } : inputs)).text_embeds, n);
  };
  return { embed, dispose: async () => void (await (await loading)?.dispose()) };
}

/**
 * Load a CLIP encoder: "mini-clip" (ours), a hub id, or any folder in transformers.js's layout; each tower when it is
 * first used. Embedding keeps the calling thread busy for as long as it takes: for many photos see `startClipWorkers`.
 */
export async function loadClip(encoder: string, options: ClipOptions = {}): Promise<Clip> {
  const folder = resolve(await clipFolder(encoder, options.dtype));
  const { preprocessing, context } = await readSettings(folder);
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const vision = visionTower(folder, preprocessing.size, options), text = textTower(folder, options);
  const tokenise = (title: string): number[] => {
    const ids = tokenizer.encode(title);
    // The tokenizer's own truncation would cut off the end-of-text token, from which the embedding is read.
    return ids.length <= context ? ids : [...ids.slice(0, context - 1), ids[ids.length - 1]];
  };
  const embedTitles = async (titles: readonly string[]): Promise<Float32Array> => {
    const embeddings = new Float32Array(titles.length * EMBEDDING_SIZE);
    for (const batch of titleBatches(titles.map(tokenise))) batch.scatter(await text.embed(batch.tokens), embeddings);
    return embeddings;
  };
  const dispose = async (): Promise<void> => void (await Promise.all([vision.dispose(), text.dispose()]));
  return { preprocessing, tokenise, embedImages: vision.embed, embedTokens: text.embed, embedTitles, dispose };
}
