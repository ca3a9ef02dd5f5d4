/** Embeddings of photos that are no dataset: each is kept when it is made, so that a second run goes on from there. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { Clip } from "../clip/clip";
import { clipModelHash } from "../clip/clip-files";
import { clipPixels, ImageError, PREPROCESSING_VERSION } from "../clip/image";
import { writeFileAtomic } from "../files/atomic";
import { npyBytes, readNpy } from "../files/npy";
import { yieldToEventLoop } from "../interrupt";

/** A photo's embedding [D], or why it has none. */
export interface OwnEmbedding {
  embedding: Float32Array | null;
  /** '' if it has one. */
  problem: string;
}

export interface OwnEmbeddingOptions {
  /** Whose embeddings: the encoder's name, and the encoder itself. */
  encoder: string;
  clip: Pick<Clip, "embedImages" | "preprocessing" | "size">;
  /** Where embeddings are kept, one small file a photo. */
  folder: string;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number, failures: number) => void;
}

/** Why a photo has no embedding, and for HEIC what to do: its usual codec, HEVC, is not among those that sharp brings. */
function problemOf(path: string, error: ImageError): string {
  if (error.reason !== "not an image" || !/^\.hei[cf]$/i.test(extname(path)))
    return error.message.slice(path.length + 2);
  return "HEIC cannot be decoded here: save it as JPEG (macOS: sips -s format jpeg; Linux: heif-convert)";
}

/**
 * Embed photos, turned upright, in their order. Those whose file has not changed since an earlier run, by its size and
 * time, are read from `folder`, so an interrupted run loses no more than the photo it was at. Photos that can't be read
 * are no error: `problem` says why. Throws when `signal` aborts.
 */
export async function embedOwnPhotos(
  paths: readonly string[],
  { encoder, clip, folder, signal, onProgress }: OwnEmbeddingOptions,
): Promise<OwnEmbedding[]> {
  const model = await clipModelHash(encoder);
  const embedded: OwnEmbedding[] = [];
  let failures = 0;
  for (const path of paths) {
    await yieldToEventLoop();
    signal?.throwIfAborted();
    const one = await embedOwnPhoto(path, model, folder, clip);
    if (one.embedding === null) failures++;
    embedded.push(one);
    onProgress?.(embedded.length, paths.length, failures);
  }
  return embedded;
}

async function embedOwnPhoto(
  path: string,
  model: string,
  folder: string,
  clip: OwnEmbeddingOptions["clip"],
): Promise<OwnEmbedding> {
  try {
    const { size, mtimeMs } = await stat(path).catch(() => ({ size: -1, mtimeMs: 0 }));
    const recipe = [resolve(path), size, mtimeMs, model, PREPROCESSING_VERSION, "upright"];
    const key = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 32);
    const kept = join(folder, `${key}.npy`);
    if (existsSync(kept)) {
      const { data } = await readNpy(kept, new Float32Array(clip.size));
      return { embedding: data, problem: "" };
    }
    const pixels = await clipPixels(path, clip.preprocessing, { upright: true });
    const embedding = await clip.embedImages(pixels);
    await writeFileAtomic(kept, npyBytes(embedding, [embedding.length]));
    return { embedding, problem: "" };
  } catch (error) {
    if (error instanceof ImageError) return { embedding: null, problem: problemOf(path, error) };
    throw error;
  }
}
