/** The page's worker: it decodes, embeds and tags, so that the page never stalls. */
import { Tokenizer } from "@huggingface/tokenizers";
import ExifReader from "exifreader";
import * as ort from "onnxruntime-web/wasm";
import { embeddingsOf, encoderConfig, type Config, type TowerKind } from "../../clip/architecture";
import {
  preprocessingOf,
  type Preprocessing,
  type ProcessorSettings,
} from "../../clip/preprocessing";
import { normalise, resizeAndCrop } from "../../clip/resize";
import { tokeniserOf } from "../../clip/tokens";
import { rescaleLocation, type LatLon } from "../../data/location";
import { parseSafetensors } from "../../files/safetensors-format";
import type { Modality } from "../../modalities";
import { experimentOf } from "../../train/experiments";
import { plainLogits, plainParts, plainSigmoid } from "../../train/plain-head";
import { weightsFrom, type Weights } from "../../train/weights";
import { decode } from "./decode";
import type { About, Actions, Files, Known, Occlusion, Reply, Request, Tagged } from "./protocol";

/** Bytes in which a JPEG's EXIF lies, if it has any. */
const EXIF_BYTES = 2 ** 17;
/** Patches along each side of an occlusion map. */
const PATCHES = 7;

interface Engine {
  about: About;
  preprocessing: Preprocessing;
  weights: Weights;
  modalities: Modality[];
  embedPixels(pixels: Float32Array): Promise<Float32Array>;
  embedText(text: string): Promise<Float32Array>;
}

interface Photo {
  /** uint8 [size, size, 3]: what the vision tower sees. */
  square: Uint8Array;
  embedding: Float32Array;
}

let engine: Engine;
const photos = new Map<number, Photo>();
/** The last title of each photo with its embedding: bars move while a place is typed, and the title stays. */
const titles = new Map<string, Float32Array>();

async function start({ files, base, quantised }: Parameters<Actions["start"]>[0]): Promise<About> {
  const bytesOf = async (name: string): Promise<Uint8Array> => {
    if (files) return new Uint8Array(inPage(files, name));
    const reply = await fetch(new URL(name, base));
    if (!reply.ok) throw new Error(`${name} could not be loaded (${reply.status})`);
    return new Uint8Array(await reply.arrayBuffer());
  };
  const jsonOf = async <T>(name: string): Promise<T> =>
    JSON.parse(new TextDecoder().decode(await bytesOf(name))) as T;
  ort.env.wasm.numThreads = 1; // more need headers that a file has not
  ort.env.wasm.wasmBinary = (await bytesOf("runtime.wasm")).buffer as ArrayBuffer;
  ort.env.logLevel = "error";
  const config = encoderConfig(
    await jsonOf<Config>("encoder/config.json"),
    await bytesOf("encoder/README.md").then(
      (card) => new TextDecoder().decode(card),
      () => "",
    ),
    "config.json",
  );
  const preprocessing = preprocessingOf(
    await jsonOf<ProcessorSettings>("encoder/preprocessor_config.json"),
    config.preprocessing,
    "preprocessor_config.json",
  );
  const { tensors, metadata } = parseSafetensors(await bytesOf("head.safetensors"), "the head");
  const experiment = experimentOf(metadata.experiment, metadata);
  const { modalities } = experiment;
  const tags = JSON.parse(metadata.tags) as string[];
  const session = async ({ file }: TowerKind): Promise<ort.InferenceSession> =>
    ort.InferenceSession.create(
      await bytesOf(`encoder/onnx/${file}${quantised ? "_quantized" : ""}.onnx`),
      {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "all",
      },
    );
  const { vision, text } = config.towers;
  const { size } = preprocessing;
  const visionSession = await session(vision);
  const embedPixels = async (pixels: Float32Array): Promise<Float32Array> => {
    const pixel_values = new ort.Tensor("float32", pixels, [1, 3, size, size]);
    return embeddingsOf(vision, await visionSession.run({ pixel_values }), 1, config.size);
  };
  const embedText = text ? await textEmbedder(text, config, await session(text), jsonOf) : noTitles;
  const about: About = {
    head: experiment.name,
    modalities,
    tags,
    readsTitles: text !== null,
  };
  const weights = weightsFrom(tensors, experiment, tags.length, "the head");
  engine = { about, preprocessing, weights, modalities, embedPixels, embedText };
  await embedPixels(new Float32Array(3 * size * size)); // the first is slow
  return about;
}

function inPage(files: Files, name: string): ArrayBuffer {
  if (!files[name]) throw new Error(`${name} is missing in this page`);
  return files[name];
}

const noTitles = (): Promise<never> => Promise.reject(new Error("this encoder reads no titles"));

async function textEmbedder(
  tower: TowerKind,
  config: ReturnType<typeof encoderConfig>,
  session: ort.InferenceSession,
  jsonOf: <T>(name: string) => Promise<T>,
): Promise<Engine["embedText"]> {
  const settings = await jsonOf<{ pad_token?: string; padding_side?: string }>(
    "encoder/tokenizer_config.json",
  );
  const tokenizer = new Tokenizer(await jsonOf("encoder/tokenizer.json"), settings);
  const token = tokenizer.token_to_id(settings.pad_token ?? "") ?? 0;
  const tokenise = tokeniserOf(
    {
      encode: (title) => tokenizer.encode(title).ids,
      padding: { token, side: settings.padding_side ?? "right" },
    },
    config,
  );
  return async (title) => {
    const ids = BigInt64Array.from(tokenise(title), BigInt);
    const inputs: Record<string, ort.Tensor> = {
      input_ids: new ort.Tensor("int64", ids, [1, ids.length]),
    };
    if (session.inputNames.includes("attention_mask"))
      inputs.attention_mask = new ort.Tensor(
        "int64",
        ids.map(() => 1n),
        [1, ids.length],
      );
    return embeddingsOf(tower, await session.run(inputs), 1, config.size);
  };
}

/** Where a photo was taken, as its EXIF says, in degrees WGS84; null if it says nothing, or nothing that can be read. */
async function placeOf(photo: Blob): Promise<LatLon | null> {
  try {
    const { gps } = ExifReader.load(await photo.slice(0, EXIF_BYTES).arrayBuffer(), {
      expanded: true,
    });
    const [lat, lon] = [gps?.Latitude, gps?.Longitude];
    return Number.isFinite(lat) && Number.isFinite(lon) ? { lat: lat!, lon: lon! } : null;
  } catch {
    return null; // it has no metadata
  }
}

function photoOf(id: number): Photo {
  const found = photos.get(id);
  if (!found) throw new Error("this photo has not been read yet");
  return found;
}

async function open({
  id,
  photo,
}: Parameters<Actions["open"]>[0]): Promise<ReturnType<Actions["open"]>> {
  const { preprocessing, embedPixels } = engine;
  const square = resizeAndCrop(await decode(photo), preprocessing);
  photos.set(id, { square, embedding: await embedPixels(normalise(square, preprocessing)) });
  return { place: await placeOf(photo), square, size: preprocessing.size };
}

async function titleEmbedding(title: string): Promise<Float32Array> {
  const known = titles.get(title);
  if (known) return known;
  if (titles.size > 100) titles.clear();
  const found = await engine.embedText(title);
  titles.set(title, found);
  return found;
}

/** What the head sees of a photo: each modality's numbers, in the order in which they are fused. */
async function seen(image: Float32Array, { title, place }: Known): Promise<Float32Array[]> {
  const parts: Record<Modality, () => Promise<Float32Array> | Float32Array> = {
    img: () => image,
    txt: () => titleEmbedding(title),
    loc: () => Float32Array.from(rescaleLocation(place?.lat ?? null, place?.lon ?? null)),
  };
  return Promise.all(engine.modalities.map((modality) => parts[modality]()));
}

async function tag({ id, ...known }: { id: number } & Known): Promise<Tagged> {
  const inputs = await seen(photoOf(id).embedding, known);
  const logits = plainLogits(engine.weights, inputs);
  const parts = plainParts(engine.weights, inputs);
  return {
    probabilities: plainSigmoid(logits),
    logits,
    parts:
      parts && Object.fromEntries(engine.modalities.map((modality, i) => [modality, parts[i]])),
  };
}

async function occlude({ id, ...known }: { id: number } & Known): Promise<Occlusion> {
  const { preprocessing, embedPixels, weights } = engine;
  const { size } = preprocessing;
  const { square, embedding } = photoOf(id);
  const before = plainSigmoid(plainLogits(weights, await seen(embedding, known)));
  const whole = normalise(square, preprocessing);
  const edge = (patch: number): number => Math.round((patch * size) / PATCHES);
  const falls: Float32Array[] = [];
  for (let patch = 0; patch < PATCHES * PATCHES; patch++) {
    const [row, column] = [Math.floor(patch / PATCHES), patch % PATCHES];
    const pixels = whole.slice();
    for (let c = 0; c < 3; c++)
      for (let y = edge(row); y < edge(row + 1); y++) {
        const line = (c * size + y) * size;
        pixels.fill(0, line + edge(column), line + edge(column + 1)); // 0 is the mean colour of the encoder's training
      }
    const after = plainSigmoid(plainLogits(weights, await seen(await embedPixels(pixels), known)));
    falls.push(before.map((value, i) => value - after[i]));
  }
  return { side: PATCHES, falls };
}

async function compare({ id, texts }: Parameters<Actions["compare"]>[0]): Promise<number[]> {
  const { embedding } = photoOf(id);
  const cosines: number[] = [];
  for (const text of texts) {
    const words = await titleEmbedding(text);
    const dot = words.reduce((sum, value, i) => sum + value * embedding[i], 0);
    cosines.push(dot / (Math.hypot(...words) * Math.hypot(...embedding)));
  }
  return cosines;
}

const actions = { start, open, tag, occlude, compare };
let queue: Promise<unknown> = Promise.resolve();

async function answer({ call, action, asked }: Request): Promise<Reply> {
  try {
    return { call, answer: await (actions[action] as (asked: unknown) => Promise<unknown>)(asked) };
  } catch (error) {
    return { call, error: error instanceof Error ? error.message : String(error) };
  }
}

self.onmessage = ({ data }: MessageEvent<Request>) => {
  queue = queue.then(async () => self.postMessage(await answer(data))); // one after the other
};
