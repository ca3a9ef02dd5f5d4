/** The kinds of encoder that can be run: which files their towers are in, and where in the output the embedding is. */
import { titleCleaningOf, type TitleCleaning } from "./model-card";
import {
  CLIP_PREPROCESSING,
  IMAGENET_PREPROCESSING,
  SIGLIP_PREPROCESSING,
  type Preprocessing,
} from "./preprocessing";

/** An encoder's two halves; one that sees photos alone has no text tower. */
export type TowerName = "vision" | "text";

/** How a tower is loaded and read. */
export interface TowerKind {
  /** Its file is onnx/<file>.onnx, and onnx/<file>_quantized.onnx in 8 bits. */
  file: string;
  /** Which output the embeddings are in: [n, D], or [n, tokens, D], whose first token stands for the whole. */
  output: string;
}

/** The part of a config.json that matters here; what a file leaves out is as in transformers' own defaults. */
export interface Config {
  model_type?: string;
  projection_dim?: number;
  hidden_size?: number;
  text_config?: { projection_dim?: number; max_position_embeddings?: number };
  vision_config?: { hidden_size?: number };
}

export interface Architecture {
  vision: TowerKind;
  text: TowerKind | null;
  /** Numbers in an embedding, D. */
  size(config: Config): number;
  /** The longest token list that the text tower takes. */
  context(config: Config): number;
  /** Whether titles are padded to that length, as they were in training. */
  padded: boolean;
  /** What preprocessor_config.json leaves out. */
  preprocessing: Preprocessing;
  /** What is done to titles if the model card does not say it. */
  cleaning: TitleCleaning;
}

const dinov2: Architecture = {
  vision: { file: "model", output: "last_hidden_state" },
  text: null,
  size: ({ hidden_size = 768 }) => hidden_size,
  context: () => 0,
  padded: false,
  preprocessing: { ...IMAGENET_PREPROCESSING, resize: 256 },
  cleaning: "none",
};

/** By config.json's model_type. */
const architectures: Readonly<Record<string, Architecture>> = {
  clip: {
    vision: { file: "vision_model", output: "image_embeds" },
    text: { file: "text_model", output: "text_embeds" },
    size: ({ projection_dim, text_config }) => projection_dim ?? text_config?.projection_dim ?? 512,
    context: ({ text_config }) => text_config?.max_position_embeddings ?? 77,
    padded: false,
    preprocessing: CLIP_PREPROCESSING,
    cleaning: "openai",
  },
  siglip: {
    vision: { file: "vision_model", output: "pooler_output" },
    text: { file: "text_model", output: "pooler_output" },
    size: ({ vision_config }) => vision_config?.hidden_size ?? 768,
    context: ({ text_config }) => text_config?.max_position_embeddings ?? 64,
    padded: true,
    preprocessing: SIGLIP_PREPROCESSING,
    cleaning: "lower",
  },
  dinov2,
  dinov2_with_registers: dinov2,
};

/** What an encoder is, and the numbers of its config.json. */
export interface EncoderConfig extends Pick<Architecture, "preprocessing" | "cleaning" | "padded"> {
  towers: Pick<Architecture, TowerName>;
  /** Numbers in an embedding, D. */
  size: number;
  /** The longest token list that the text tower takes. */
  context: number;
}

/**
 * What an encoder's config.json says, and its model card (README.md; without one, "") of titles. `file` is for errors.
 *
 * ```ts
 * const { size, context, towers } = encoderConfig({ model_type: "siglip" }, "", "config.json");
 * [size, context, towers.text?.output]; // → [768, 64, "pooler_output"]
 * ```
 *
 * Throws for an encoder of another kind than those known here.
 */
export function encoderConfig(config: Config, modelCard: string, file: string): EncoderConfig {
  const kind = config.model_type ?? "clip";
  const found = Object.hasOwn(architectures, kind) ? architectures[kind] : undefined;
  if (!found)
    throw new Error(
      `${file}: model_type is "${kind}", and must be ${Object.keys(architectures).join(", ")}: other encoders are not ` +
        "supported",
    );
  const { vision, text, preprocessing, padded } = found;
  return {
    towers: { vision, text },
    size: found.size(config),
    context: found.context(config),
    padded,
    preprocessing,
    cleaning: titleCleaningOf(modelCard, found.cleaning, file),
  };
}

/** What ONNX Runtime answers with: an array and its shape. */
interface Output {
  data: unknown;
  dims: readonly number[];
  type: string;
}

/** The embeddings [n, size] in a tower's output: all of it, or the first token's part of each row. Checked. */
export function embeddingsOf(
  { output }: TowerKind,
  found: Readonly<Record<string, Output | undefined>>,
  rows: number,
  size: number,
): Float32Array {
  const { data, dims, type } = found[output] ?? { data: null, dims: [], type: "missing" };
  if (
    !(data instanceof Float32Array) ||
    dims[0] !== rows ||
    dims.at(-1) !== size ||
    dims.length > 3
  )
    throw new Error(
      `This encoder's ${output} is ${type} [${dims.join(", ")}] where its config.json promises ` +
        `float32 [${rows}, ${size}]`,
    );
  if (dims.length === 2) return data;
  const first = new Float32Array(rows * size);
  for (let row = 0; row < rows; row++) {
    const start = row * dims[1] * size;
    first.set(data.subarray(start, start + size), row * size);
  }
  return first;
}
