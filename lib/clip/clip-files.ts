/** An encoder's files in transformers.js's layout: where they are, what they hash to, and the faster form of its towers. */
import {
  AutoConfig,
  AutoProcessor,
  AutoTokenizer,
  PreTrainedModel,
  PretrainedConfig,
} from "@xenova/transformers";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { replaceFile, writeFileAtomic } from "../files/atomic";
import { hashFile } from "../files/hash";
import {
  encoderConfig,
  type Config,
  type EncoderConfig,
  type TowerKind,
  type TowerName,
} from "./architecture";
import { downloadTrouble, MODELS_FOLDER, withHub } from "./hub";
import { optimiseOnnx, OPTIMISATION_VERSION } from "./onnx-optimise";
import { preprocessingOf, type Preprocessing, type ProcessorSettings } from "./preprocessing";

/** Numbers of the weights: "fp32" as published, "q8" quantised to 8 bits (faster, slightly other embeddings). */
export type ClipDtype = "fp32" | "q8";

/** A JSON file of an encoder. Throws, naming it, if it can't be read. */
async function readJson<T>(file: string): Promise<T> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** `encoderConfig` of the encoder in a folder. Throws, naming the file, for one that can't be read. */
export async function readConfig(folder: string): Promise<EncoderConfig> {
  const file = join(folder, "config.json");
  const modelCard = await readFile(join(folder, "README.md"), "utf8").catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    },
  );
  return encoderConfig(await readJson<Config>(file), modelCard, file);
}

/** `preprocessingOf` a preprocessor_config.json. Throws, naming the file, if it can't be read. */
export async function readPreprocessing(
  file: string,
  defaults: Preprocessing,
): Promise<Preprocessing> {
  return preprocessingOf(await readJson<ProcessorSettings>(file), defaults, file);
}

/** A tower's network, from a folder or the hub. The type "custom" stands for: its inputs and outputs as they are. */
export async function loadTower(
  from: string,
  { file }: TowerKind,
  options: Parameters<typeof PreTrainedModel.from_pretrained>[1] & { cache_dir?: string },
): Promise<PreTrainedModel> {
  const config = await readJson<object>(join(options.cache_dir ?? "", from, "config.json"));
  return PreTrainedModel.from_pretrained(from, {
    ...options,
    model_file_name: file,
    config: new PretrainedConfig({ ...config, model_type: "custom" }),
  });
}

/** A tower's file inside the encoder's folder. */
export const towerFile = ({ file }: TowerKind, dtype: ClipDtype): string =>
  `onnx/${file}${dtype === "q8" ? "_quantized" : ""}.onnx`;

/** An encoder's towers with their names: photos' first. */
export const towersOf = ({ towers }: EncoderConfig): [TowerName, TowerKind][] =>
  (["vision", "text"] as const).flatMap((name): [TowerName, TowerKind][] => {
    const tower = towers[name];
    return tower ? [[name, tower]] : [];
  });

/** The files that decide an embedding of the encoder in this folder; those of a CLIP as long as it has no config.json. */
async function clipFiles(folder: string, dtype: ClipDtype): Promise<string[]> {
  const config = await readConfig(
    existsSync(join(folder, "config.json")) ? folder : folderOf("mini-clip"),
  );
  return [
    ...towersOf(config).map(([, tower]) => towerFile(tower, dtype)),
    "config.json",
    "preprocessor_config.json",
    ...(config.towers.text ? ["tokenizer.json", "tokenizer_config.json"] : []),
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
  const folder = folderOf(encoder);
  try {
    await withHub(async () => {
      await AutoConfig.from_pretrained(encoder, options);
      const config = await readConfig(folder);
      if (config.towers.text) await AutoTokenizer.from_pretrained(encoder, options);
      for (const [, tower] of towersOf(config))
        await (await loadTower(encoder, tower, options)).dispose();
      await AutoProcessor.from_pretrained(encoder, options); // for preprocessor_config.json
    });
  } catch (error) {
    const files = await clipFiles(folder, dtype);
    throw new Error(
      `Could not download the encoder "${encoder}" from huggingface.co (${downloadTrouble(error)}). Without a ` +
        `connection, put its files (${files.join(", ")}) into ${folder}/, or set ` +
        "ENCODER to a folder that has them, or to mini-clip.",
      { cause: error },
    );
  }
}

/** Throws if a file is a placeholder that Git LFS left: the folder was cloned without it. */
async function refusePointers(folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const path = join(folder, file);
    if ((await stat(path)).size > 1000) continue;
    if ((await readFile(path, "latin1")).startsWith("version https://git-lfs"))
      throw new Error(
        `${path} is a placeholder of Git LFS, not the file itself: install git-lfs and run "git lfs pull" in ${folder}`,
      );
  }
}

/**
 * The folder with the encoder's files, downloaded first if it is a hub id such as "Xenova/clip-vit-base-patch32".
 * Throws when files are missing, and says which.
 */
export async function clipFolder(encoder: string, dtype: ClipDtype = "fp32"): Promise<string> {
  const folder = folderOf(encoder);
  const missing = async (): Promise<string[]> =>
    (await clipFiles(folder, dtype)).filter((file) => !existsSync(join(folder, file)));
  if (isHubId(encoder) && (await missing()).length > 0) await download(encoder, dtype);
  const lacking = await missing();
  if (lacking.length > 0)
    throw new Error(`The encoder folder ${folder} lacks ${lacking.join(", ")}`);
  await refusePointers(folder, await clipFiles(folder, dtype));
  return folder;
}

const OPTIMISED_FOLDER = ".cache/clip";

/**
 * The folder to load a tower from: one in .cache with the faster model that `optimiseOnnx` makes of it, or the encoder's
 * own where there is nothing to gain. Made once for each content of the encoder's file; finding out takes as long as
 * reading it, so whoever starts several processes asks once for all. Throws, naming the file, for what is no ONNX file.
 */
export async function towerFolder(
  folder: string,
  tower: TowerName,
  dtype: ClipDtype,
): Promise<string> {
  const kind = (await readConfig(folder)).towers[tower];
  // Neither a text tower in fp32 nor one that hands out all its tokens has anything to leave out.
  if (!kind || (tower === "text" && dtype === "fp32")) return resolve(folder);
  const name = towerFile(kind, dtype);
  const model = await readFile(join(folder, name));
  const key = createHash("sha256")
    .update(`${OPTIMISATION_VERSION}\n`)
    .update(model)
    .digest("hex")
    .slice(0, 20);
  const target = join(OPTIMISED_FOLDER, key);
  if (!existsSync(join(target, name))) {
    const faster = inFile(join(folder, name), () => optimiseOnnx(model));
    if (!faster) return resolve(folder);
    const config = await readJson<object>(join(folder, "config.json"));
    const { parts, separatesRows: separates_rows } = faster;
    await writeFileAtomic(
      join(target, "config.json"),
      JSON.stringify({ ...config, separates_rows }),
    );
    await replaceFile(join(target, name), (temporary) => writeFile(temporary, parts));
  }
  return resolve(target);
}

/** What `read` returns; what it throws is given the file's name. */
export function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** The files that decide an embedding and are there: those of `clipFiles`, and weights that a tower keeps beside it. */
export async function presentFiles(folder: string, dtype: ClipDtype): Promise<string[]> {
  const files = await clipFiles(folder, dtype);
  const beside = files.filter((file) => file.endsWith(".onnx")).map((file) => `${file}_data`);
  return [...files, ...beside.filter((file) => existsSync(join(folder, file)))];
}

/** SHA-256 over all files that decide an embedding, in hexadecimal: equal hashes mean equal embeddings. */
export async function clipModelHash(encoder: string, dtype: ClipDtype = "fp32"): Promise<string> {
  const folder = await clipFolder(encoder, dtype);
  const hash = createHash("sha256");
  if (dtype !== "fp32") hash.update(OPTIMISATION_VERSION);
  for (const file of await presentFiles(folder, dtype)) {
    hash.update(`${file}\n`);
    await hashFile(hash, join(folder, file));
  }
  return hash.digest("hex");
}
