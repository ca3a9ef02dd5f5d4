/** CLIP, or another encoder of photos and titles: a photo or a title → its embedding. */
import { AutoTokenizer, Tensor, type PreTrainedModel } from "@xenova/transformers";
import { join, resolve } from "node:path";
import { embeddingsOf, type EncoderConfig, type TowerKind, type TowerName } from "./architecture";
import {
  clipFolder,
  loadTower,
  readConfig,
  readPreprocessing,
  towerFile,
  towerFolder,
  type ClipDtype,
} from "./clip-files";
import type { TitleCleaning } from "./model-card";
import type { Preprocessing } from "./preprocessing";
import { tokeniserOf } from "./tokens";
import { titleBatches } from "./title-batches";

export type ClipDevice = "cpu" | "cuda";

export interface ClipOptions {
  dtype?: ClipDtype;
  /** "cuda" needs Linux, an NVIDIA GPU with CUDA 12 and onnxruntime's CUDA provider. It has not been tried on a GPU. */
  device?: ClipDevice;
  /** Where the towers are, if `towerFolder` has been asked already. */
  towers?: Partial<Record<TowerName, string>>;
}

/**
 * CLIP's two towers. All embeddings are projections that are not normalised, as the paper's heads expect. Of an encoder
 * that sees photos alone, such as DINOv2, an embedding is its class token, and what is said of titles throws.
 */
export interface Clip {
  /** Numbers in an embedding, of an image or of a title: D. 512 for ViT-B/32. */
  size: number;
  /** Whether there is a text tower. */
  readsTitles: boolean;
  /** What the vision tower wants: see `clipPixels`. */
  preprocessing: Preprocessing;
  /** What the text tower wants done to titles first; `tokenise` does it. */
  cleaning: TitleCleaning;
  /** A title's token ids. CLIP: start, at most 75 of content, end, no padding. SigLIP: 64, padded. */
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

interface Tower<Input> {
  embed(input: Input): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Photos the model is given at once; more are no faster. */
const PHOTOS_PER_RUN = 8;

/**
 * Whether an embedding does not depend on what else the model is given with it: alone or in a batch, the same numbers. Of
 * quantised models this is true of those that were changed so (see onnx-rows.ts). The others get rows one by one.
 */
const separatesRows = ({ config }: PreTrainedModel, dtype: ClipDtype): boolean =>
  dtype === "fp32" || (config as { separates_rows?: boolean }).separates_rows === true;

/** Embed `n` rows, `step` at a time; `run` gets the number of the first row and of the row after the last. → [n, size] */
async function inRuns(
  n: number,
  size: number,
  step: number,
  run: (start: number, end: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const all = new Float32Array(n * size);
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

/** Loads a tower when it is first asked for; to dispose of it, it need not have been. */
function lazily(
  folder: string,
  name: TowerName,
  kind: TowerKind,
  { dtype = "fp32", device = "cpu", towers }: ClipOptions,
): { get(): Promise<PreTrainedModel>; dispose(): Promise<void> } {
  const start = async (): Promise<PreTrainedModel> => {
    const from = towers?.[name] ?? (await towerFolder(folder, name, dtype));
    return loadTower(from, kind, loadOptions({ dtype, device }));
  };
  let loading: Promise<PreTrainedModel> | undefined;
  const get = (): Promise<PreTrainedModel> =>
    (loading ??= start().catch((cause) =>
      Promise.reject(loadError(join(folder, towerFile(kind, dtype)), device, cause)),
    ));
  return { get, dispose: async () => void (await (await loading)?.dispose()) };
}

function visionTower(
  folder: string,
  { size, towers: { vision } }: EncoderConfig,
  { size: side }: Preprocessing,
  options: ClipOptions,
): Tower<Float32Array> {
  const { dtype = "fp32" } = options;
  const length = 3 * side * side;
  const { get, dispose } = lazily(folder, "vision", vision, options);
  const embed = async (pixels: Float32Array): Promise<Float32Array> => {
    const n = pixels.length / length;
    if (!Number.isInteger(n))
      throw new Error(`embedImages: ${pixels.length} numbers are not [n, 3, ${side}, ${side}]`);
    const tower = await get();
    const step = separatesRows(tower, dtype) ? PHOTOS_PER_RUN : 1;
    return inRuns(n, size, step, async (start, end) => {
      const shape = [end - start, 3, side, side];
      const some = new Tensor("float32", pixels.subarray(start * length, end * length), shape);
      return embeddingsOf(vision, await tower({ pixel_values: some }), end - start, size);
    });
  };
  return { embed, dispose };
}

function textTower(
  folder: string,
  { size, towers: { text } }: EncoderConfig,
  options: ClipOptions,
): Tower<readonly number[][]> {
  if (!text) return { embed: () => Promise.reject(noTitles(folder)), dispose: async () => {} };
  const { dtype = "fp32" } = options;
  const { get, dispose } = lazily(folder, "text", text, options);
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
      // Some exports also ask for a mask of the padding: there is none, or it was there in training.
      const mask = {
        attention_mask: new Tensor(
          "int64",
          new BigInt64Array(some.length * length).fill(1n),
          shape,
        ),
      };
      const found = await tower(masked ? { ...inputs, ...mask } : inputs);
      return embeddingsOf(text, found, some.length, size);
    };
    const step = separatesRows(tower, dtype) ? n : 1; // `titleBatches` limits them
    return inRuns(n, size, step, (start, end) => run(tokens.slice(start, end)));
  };
  return { embed, dispose };
}

const noTitles = (folder: string): Error =>
  new Error(
    `The encoder in ${folder} sees photos alone, and has nothing to read titles with: leave titles out, or take a CLIP`,
  );

/** See `Clip.tokenise`. */
async function loadTokeniser(folder: string, config: EncoderConfig): Promise<Clip["tokenise"]> {
  if (!config.towers.text)
    return () => {
      throw noTitles(folder);
    };
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const { pad_token_id: token = 0, padding_side: side } = tokenizer;
  const encode = (title: string): number[] => tokenizer.encode(title);
  return tokeniserOf({ encode, padding: { token, side } }, config);
}

/**
 * Load an encoder: "mini-clip" (ours), a hub id, or any folder in transformers.js's layout, of one of the kinds in
 * architecture.ts (CLIP, SigLIP, DINOv2); each tower when it is first used. Embedding keeps the calling thread busy for as long as it takes: for many photos see `startClipWorkers`.
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
  const config = await readConfig(folder);
  const { size, cleaning, towers } = config;
  const preprocessing = await readPreprocessing(
    join(folder, "preprocessor_config.json"),
    config.preprocessing,
  );
  const tokenise = await loadTokeniser(folder, config);
  const vision = visionTower(folder, config, preprocessing, options);
  const text = textTower(folder, config, options);
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
    readsTitles: towers.text !== null,
    preprocessing,
    cleaning,
    tokenise,
    embedImages: vision.embed,
    embedTokens: text.embed,
    embedTitles,
    dispose,
  };
}
