/** CLIP: a photo or a title → its embedding. */
import {
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  Tensor,
} from "@xenova/transformers";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { cleanTitle } from "./clean-title";
import { clipFolder, towerFile, towerFolder, type ClipDtype, type TowerName } from "./clip-files";
import { readTitleCleaning, type TitleCleaning } from "./model-card";
import { CLIP_PREPROCESSING, readPreprocessing, type Preprocessing } from "./preprocessing";
import { titleBatches } from "./title-batches";

export type ClipDevice = "cpu" | "cuda";

export interface ClipOptions {
  dtype?: ClipDtype;
  /** "cuda" needs Linux, an NVIDIA GPU with CUDA 12 and onnxruntime's CUDA provider. It has not been tried on a GPU. */
  device?: ClipDevice;
  /** Where the towers are, if `towerFolder` has been asked already. */
  towers?: Record<TowerName, string>;
}

/** CLIP's two towers. All embeddings are projections that are not normalised, as the paper's heads expect. */
export interface Clip {
  /** Numbers in an embedding, of an image or of a title: D. 512 for ViT-B/32. */
  size: number;
  /** What the vision tower wants: see `clipPixels`. */
  preprocessing: Preprocessing;
  /** What the text tower wants done to titles first; `tokenise` does it. */
  cleaning: TitleCleaning;
  /** A title's token ids: start, at most 75 of content, end. No padding. */
  tokenise(title: string): number[];
  /** Pixels [n, 3, size, size] → embeddings [n, D]. */
  embedImages(pixels: Float32Array): Promise<Float32Array>;
  /** n token lists of one length → embeddings [n, D]. */
  embedTokens(tokens: readonly number[][]): Promise<Float32Array>;
  /** n titles → embeddings [n, D]. */
  embedTitles(titles: readonly string[]): Promise<Float32Array>;
  /** Free the memory of both towers. */
  dispose(): Promise<void>;
}

interface Settings extends Pick<Clip, "size" | "preprocessing" | "cleaning"> {
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

/** Embed `n` rows, some at a time; `run` gets the number of the first row and of the row after the last. → [n, size] */
async function inRuns(
  n: number,
  size: number,
  dtype: ClipDtype,
  run: (start: number, end: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const all = new Float32Array(n * size);
  const step = ROWS_PER_RUN[dtype];
  for (let start = 0; start < n; start += step)
    all.set(await run(start, Math.min(n, start + step)), start * size);
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

/** Why a tower could not be loaded: its file is damaged, or the device is not there. */
function loadError(file: string, device: ClipDevice, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (device === "cpu")
    return new Error(`${file} could not be loaded: ${reason.replaceAll(`${file}: `, "")}`, {
      cause,
    });
  return new Error(
    `The device "${device}" is not available: ${reason.split("\n")[0]}. It needs Linux on x64, an NVIDIA ` +
      "GPU with CUDA 12 and cuDNN 9, and onnxruntime's CUDA libraries, which are not part of its npm package: run " +
      `"node node_modules/onnxruntime-node/script/install.js" to add them, or leave the device at "cpu"`,
    { cause },
  );
}

/** Settings from the encoder's files; what they leave out is as in CLIP ViT-B/32. */
async function readSettings(folder: string): Promise<Settings> {
  const file = join(folder, "config.json");
  const config = JSON.parse(await readFile(file, "utf8")) as {
    projection_dim?: number;
    text_config?: { projection_dim?: number; max_position_embeddings?: number };
  };
  return {
    size: config.projection_dim ?? config.text_config?.projection_dim ?? 512,
    context: config.text_config?.max_position_embeddings ?? 77,
    preprocessing: await readPreprocessing(
      join(folder, "preprocessor_config.json"),
      CLIP_PREPROCESSING,
    ),
    cleaning: await readTitleCleaning(folder),
  };
}

/** The numbers of a tower's output [rows, size], checked. */
function embeddingsOf(output: Tensor, rows: number, size: number): Float32Array {
  const { data, dims } = output;
  if (data instanceof Float32Array && dims[0] === rows && dims[1] === size) return data;
  throw new Error(
    `This encoder's embeddings are ${output.type} [${dims.join(", ")}] where its config.json promises float32 ` +
      `[${rows}, ${size}] (projection_dim)`,
  );
}

interface Model {
  dispose(): Promise<unknown>;
}

/** Loads a tower when it is first asked for; to dispose of it, it need not have been. */
function lazily<T extends Model>(
  folder: string,
  tower: TowerName,
  { dtype = "fp32", device = "cpu", towers }: ClipOptions,
  load: (from: string) => Promise<T>,
): { get(): Promise<T>; dispose(): Promise<void> } {
  const start = async (): Promise<T> =>
    load(towers?.[tower] ?? (await towerFolder(folder, tower, dtype)));
  let loading: Promise<T> | undefined;
  const get = (): Promise<T> =>
    (loading ??= start().catch((cause) =>
      Promise.reject(loadError(join(folder, towerFile(tower, dtype)), device, cause)),
    ));
  return { get, dispose: async () => void (await (await loading)?.dispose()) };
}

function visionTower(
  folder: string,
  { size, preprocessing: { size: side } }: Settings,
  options: ClipOptions,
): Tower<Float32Array> {
  const { dtype = "fp32" } = options;
  const length = 3 * side * side;
  const { get, dispose } = lazily(folder, "vision", options, (from) =>
    CLIPVisionModelWithProjection.from_pretrained(from, loadOptions(options)),
  );
  const embed = async (pixels: Float32Array): Promise<Float32Array> => {
    const n = pixels.length / length;
    if (!Number.isInteger(n))
      throw new Error(`embedImages: ${pixels.length} numbers are not [n, 3, ${side}, ${side}]`);
    const tower = await get();
    return inRuns(n, size, dtype, async (start, end) => {
      const shape = [end - start, 3, side, side];
      const some = new Tensor("float32", pixels.subarray(start * length, end * length), shape);
      return embeddingsOf((await tower({ pixel_values: some })).image_embeds, end - start, size);
    });
  };
  return { embed, dispose };
}

function textTower(
  folder: string,
  { size }: Settings,
  options: ClipOptions,
): Tower<readonly number[][]> {
  const { dtype = "fp32" } = options;
  const { get, dispose } = lazily(folder, "text", options, (from) =>
    CLIPTextModelWithProjection.from_pretrained(from, loadOptions(options)),
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
        size,
      );
    };
    if (dtype === "fp32") return run(tokens); // `titleBatches` limits them
    return inRuns(n, size, dtype, (start, end) => run(tokens.slice(start, end)));
  };
  return { embed, dispose };
}

/**
 * Load a CLIP encoder: "mini-clip" (ours), a hub id, or any folder in transformers.js's layout; each tower when it is
 * first used. Embedding keeps the calling thread busy for as long as it takes: for many photos see `startClipWorkers`.
 *
 * ```ts
 * const clip = await loadClip("mini-clip");
 * clip.tokenise("Sheep").length; // → 3
 * const photo = await clip.embedImages(await clipPixels("lib/fixtures/landscape.jpg", clip.preprocessing));
 * const titles = await clip.embedTitles(["Sheep", "A canal"]);
 * [photo.length, titles.length, clip.size]; // → [512, 1024, 512]
 * await clip.dispose();
 * ```
 *
 * Throws, naming the file, when one is missing, damaged or asks for what is not supported.
 */
export async function loadClip(encoder: string, options: ClipOptions = {}): Promise<Clip> {
  const folder = resolve(await clipFolder(encoder, options.dtype));
  const settings = await readSettings(folder);
  const { size, context, preprocessing, cleaning } = settings;
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const vision = visionTower(folder, settings, options);
  const text = textTower(folder, settings, options);
  const tokenise = (title: string): number[] => {
    const ids = tokenizer.encode(cleaning === "openai" ? cleanTitle(title) : title);
    // The tokenizer's own truncation would cut off the end-of-text token, from which the embedding is read.
    return ids.length <= context ? ids : [...ids.slice(0, context - 1), ids[ids.length - 1]];
  };
  const embedTitles = async (titles: readonly string[]): Promise<Float32Array> => {
    const embeddings = new Float32Array(titles.length * size);
    for (const batch of titleBatches(titles.map(tokenise)))
      batch.scatter(await text.embed(batch.tokens), embeddings);
    return embeddings;
  };
  const dispose = async (): Promise<void> =>
    void (await Promise.all([vision.dispose(), text.dispose()]));
  return {
    size,
    preprocessing,
    cleaning,
    tokenise,
    embedImages: vision.embed,
    embedTokens: text.embed,
    embedTitles,
    dispose,
  };
}
