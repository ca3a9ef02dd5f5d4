/** The program of one embedding process, started and fed by `startClipWorkers`. It has one thread for the model. */
import sharp from "sharp";
import { loadClip, type Clip, type ClipOptions } from "../clip/clip";
import { clipPixels, ImageError } from "../clip/image";

/** What a worker is asked: embed photos, or titles' tokens of one length. */
export type ClipTask = { files: readonly string[] } | { tokens: readonly number[][] };

/** Embeddings [n, D]; for each photo, why it has none (then its row is zero) or null. Titles never fail. */
export interface ClipResult {
  embeddings: Float32Array;
  failures: (string | null)[];
}

/** What a worker is started with, as JSON. */
export type WorkerOptions = { encoder: string } & ClipOptions;

export type Request = { id: number } & ClipTask;
export type Reply = { id: number; result: ClipResult } | { id: number; error: string };

async function embedFiles(clip: Clip, files: readonly string[]): Promise<ClipResult> {
  const { size } = clip;
  const length = 3 * clip.preprocessing.size ** 2;
  const outcomes = await Promise.allSettled(
    files.map((file) => clipPixels(file, clip.preprocessing)),
  );
  const failures = outcomes.map((outcome) => {
    if (outcome.status === "fulfilled") return null;
    if (outcome.reason instanceof ImageError) return outcome.reason.reason;
    throw outcome.reason;
  });
  const photos = outcomes.flatMap((outcome, row) =>
    outcome.status === "fulfilled" ? [{ row, pixels: outcome.value }] : [],
  );
  const embeddings = new Float32Array(files.length * size);
  if (photos.length === 0) return { embeddings, failures };
  const pixels = new Float32Array(photos.length * length);
  photos.forEach((photo, i) => pixels.set(photo.pixels, i * length));
  const found = await clip.embedImages(pixels);
  photos.forEach(({ row }, i) =>
    embeddings.set(found.subarray(i * size, (i + 1) * size), row * size),
  );
  return { embeddings, failures };
}

async function answer(clip: Promise<Clip>, request: Request): Promise<Reply> {
  try {
    const ready = await clip;
    if ("files" in request)
      return { id: request.id, result: await embedFiles(ready, request.files) };
    const embeddings = await ready.embedTokens(request.tokens);
    return { id: request.id, result: { embeddings, failures: request.tokens.map(() => null) } };
  } catch (error) {
    return { id: request.id, error: error instanceof Error ? error.message : String(error) };
  }
}

function main(): void {
  const { encoder, ...options } = JSON.parse(process.argv[2]) as WorkerOptions;
  sharp.concurrency(1);
  sharp.cache(false);
  // Ctrl-C and a batch system's SIGTERM reach the whole group of processes; the parent decides what they mean and hangs
  // up when it is time to go.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  process.on("disconnect", () => process.exit(0));
  const clip = loadClip(encoder, options);
  clip.catch(() => undefined); // each request is answered with the error
  process.on(
    "message",
    (request: Request) => void answer(clip, request).then((reply) => process.send?.(reply)),
  );
}

if (process.send) main();
