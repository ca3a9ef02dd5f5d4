import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  Tensor,
} from "@xenova/transformers";
import { clipFolder, towerFolder, type ClipDtype } from "./clip-files";
import type { ClipPreprocessing } from "./image";
import { titleBatches } from "./title-batches";

/** Numbers in a CLIP embedding, of an image or of a title. */
export const EMBEDDING_SIZE = 512;

export type ClipDevice = "cpu" | "cuda";

export interface ClipOptions {
  dtype?: ClipDtype;
  /** "cuda" needs Linux, an NVIDIA GPU with CUDA 12 and onnxruntime's CUDA provider. It has not been tried on a GPU. */
  device?: ClipDevice;
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

/**
 * Rows the model is given at once, [fp32, q8]. In fp32 an embedding does not depend on its neighbours. Quantised models
 * scale activations to the range of all rows together, so these go one by one: alone or in a batch, the same numbers.
 */
const ROWS_PER_RUN = { fp32: 8, q8: 1 } as const;

/** Embed `n` rows, some at a time; `run` gets the number of the first row and of the row after the last. */
async function inRuns(
  n: number,
  dtype: ClipDtype,
  run: (start: number, end: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const all = new Float32Array(n * EMBEDDING_SIZE);
  const step = ROWS_PER_RUN[dtype];
  for (let start = 0; start < n; start += step)
    all.set(await run(start, Math.min(n, start + step)), start * EMBEDDING_SIZE);
  return all;
}

/** What both towers are loaded with: a local folder, on one thread (`startClipWorkers` says why one). */
function loadOptions({ dtype = "fp32", device = "cpu" }: ClipOptions) {
  const session = {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
  } as const;
  return { dtype, device, local_files_only: true, session_options: session };
}

/** Why a tower could not be loaded: mostly because the device is not there. */
function loadError(device: ClipDevice, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (device === "cpu") return new Error(`The encoder could not be loaded: ${reason}`, { cause });
  return new Error(
    `The device "${device}" is not available: ${reason.split("\n")[0]}. It needs Linux on x64, an NVIDIA ` +
      "GPU with CUDA 12 and cuDNN 9, and onnxruntime's CUDA libraries, which are not part of its npm package: run " +
      `"node node_modules/onnxruntime-node/script/install.js" to add them, or leave the device at "cpu"`,
    { cause },
  );
}

/** Settings from the encoder's JSON files. `crop_size` may be a number or { height, width }. */
async function readSettings(folder: string): Promise<Settings> {
  const read = async (file: string) => JSON.parse(await readFile(join(folder, file), "utf8"));
  const processor = await read("preprocessor_config.json");
  const config = await read("config.json");
  const size: number = processor.crop_size.height ?? processor.crop_size;
  const preprocessing = { size, mean: processor.image_mean, std: processor.image_std };
  return { preprocessing, context: config.text_config?.max_position_embeddings ?? 77 };
}

/** The numbers of a tower's output [rows, 512], checked. */
function embeddingsOf(output: Tensor, rows: number): Float32Array {
  const { data, dims } = output;
  if (data instanceof Float32Array && dims[0] === rows && dims[1] === EMBEDDING_SIZE) return data;
  throw new Error(
    `This encoder's embeddings are ${output.type} [${dims.join(", ")}] where float32 [${rows}, ` +
      `${EMBEDDING_SIZE}] is needed: use a CLIP with ${EMBEDDING_SIZE} dimensions, such as ViT-B/32`,
  );
}

interface Model {
  dispose(): Promise<unknown>;
}

/** Loads a model when it is first asked for; to dispose of it, it need not have been. */
function lazily<T extends Model>(
  device: ClipDevice,
  load: () => Promise<T>,
): { get(): Promise<T>; dispose(): Promise<void> } {
  let loading: Promise<T> | undefined;
  const get = (): Promise<T> =>
    (loading ??= load().catch((cause) => Promise.reject(loadError(device, cause))));
  return { get, dispose: async () => void (await (await loading)?.dispose()) };
}

function visionTower(folder: string, size: number, options: ClipOptions): Tower<Float32Array> {
  const { dtype = "fp32", device = "cpu" } = options;
  const length = 3 * size * size;
  const { get, dispose } = lazily(device, async () =>
    CLIPVisionModelWithProjection.from_pretrained(
      await towerFolder(folder, "vision", dtype),
      loadOptions(options),
    ),
  );
  const embed = async (pixels: Float32Array): Promise<Float32Array> => {
    const n = pixels.length / length;
    if (!Number.isInteger(n))
      throw new Error(`embedImages: ${pixels.length} numbers are not [n, 3, ${size}, ${size}]`);
    const tower = await get();
    return inRuns(n, dtype, async (start, end) => {
      const some = new Tensor("float32", pixels.subarray(start * length, end * length), [
        end - start,
        3,
        size,
        size,
      ]);
      return embeddingsOf((await tower({ pixel_values: some })).image_embeds, end - start);
    });
  };
  return { embed, dispose };
}

function textTower(folder: string, options: ClipOptions): Tower<readonly number[][]> {
  const { dtype = "fp32", device = "cpu" } = options;
  const { get, dispose } = lazily(device, async () =>
    CLIPTextModelWithProjection.from_pretrained(
      await towerFolder(folder, "text", dtype),
      loadOptions(options),
    ),
  );
  const embed = async (tokens: readonly number[][]): Promise<Float32Array> => {
    const n = tokens.length;
    const length = tokens[0].length;
    if (tokens.some((list) => list.length !== length))
      throw new Error("embedTokens: the titles of a batch must have equally many tokens");
    const tower = await get();
    const masked = tower.sessions.model.inputNames.includes("attention_mask");
    const run = async (some: readonly number[][]): Promise<Float32Array> => {
      const shape = [some.length, length];
      const inputs = {
        input_ids: new Tensor("int64", BigInt64Array.from(some.flat(), BigInt), shape),
      };
      // Some exports also ask for a mask of the padding: there is none.
      const mask = {
        attention_mask: new Tensor(
          "int64",
          new BigInt64Array(some.length * length).fill(1n),
          shape,
        ),
      };
      return embeddingsOf(
        (await tower(masked ? { ...inputs, ...mask } : inputs)).text_embeds,
        some.length,
      );
    };
    if (dtype === "fp32") return run(tokens); // `titleBatches` limits them
    return inRuns(n, dtype, (start, end) => run(tokens.slice(start, end)));
  };
  return { embed, dispose };
}

/**
 * Load a CLIP encoder: "mini-clip" (ours), a hub id, or any folder in transformers.js's layout; each tower when it is
 * first used. Embedding keeps the calling thread busy for as long as it takes: for many photos see `startClipWorkers`.
 */
export async function loadClip(encoder: string, options: ClipOptions = {}): Promise<Clip> {
  const folder = resolve(await clipFolder(encoder, options.dtype));
  const { preprocessing, context } = await readSettings(folder);
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const vision = visionTower(folder, preprocessing.size, options);
  const text = textTower(folder, options);
  const tokenise = (title: string): number[] => {
    const ids = tokenizer.encode(title);
    // The tokenizer's own truncation would cut off the end-of-text token, from which the embedding is read.
    return ids.length <= context ? ids : [...ids.slice(0, context - 1), ids[ids.length - 1]];
  };
  const embedTitles = async (titles: readonly string[]): Promise<Float32Array> => {
    const embeddings = new Float32Array(titles.length * EMBEDDING_SIZE);
    for (const batch of titleBatches(titles.map(tokenise)))
      batch.scatter(await text.embed(batch.tokens), embeddings);
    return embeddings;
  };
  const dispose = async (): Promise<void> =>
    void (await Promise.all([vision.dispose(), text.dispose()]));
  return {
    preprocessing,
    tokenise,
    embedImages: vision.embed,
    embedTokens: text.embed,
    embedTitles,
    dispose,
  };
}
