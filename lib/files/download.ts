/**
 * Files from a web server or a folder, each known by its git blob id: checked while it arrives, gone on with after an
 * interruption, in its place only when whole.
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvHttpProxyAgent, fetch, type Response } from "undici";
import { writeError } from "./atomic";

/** A file as it should be. */
export interface KnownFile {
  /** Where the source has it, with "/" between folders. */
  path: string;
  /** Bytes; null where the list does not say. */
  size: number | null;
  /** SHA-1 of `blob <size>\0` and the content, in hex: what git calls the file. */
  gitBlob: string;
}

/** A file that a source has begun to hand out. */
export interface Opened {
  body: AsyncIterable<Uint8Array>;
  /** Offset of the body's first byte: what was asked for, or 0 if the source can only begin at the beginning. */
  from: number;
  /** Size of the whole file; null if the source does not say. */
  size: number | null;
}

/** Where files come from. `open` throws a FetchError for what will not change, a Trouble for what may pass. */
export interface Source {
  /** For messages. */
  name: string;
  open(path: string, from: number, signal?: AbortSignal): Promise<Opened>;
}

/**
 * Why there is no file. `missing`: the source does not have it. `altered`: its bytes are others. `refused`: the source
 * does not hand it out. `unreachable`: the source does not answer, so that it need not be asked for more.
 */
export class FetchError extends Error {
  constructor(
    readonly kind: "missing" | "altered" | "refused" | "unreachable",
    message: string,
  ) {
    super(message);
  }
}

/** Something that may be better at the next attempt. */
export class Trouble extends Error {
  constructor(
    message: string,
    /** What it comes to if it stays: this file's trouble, or the whole source's. */
    readonly kind: "refused" | "unreachable" = "refused",
    /** Milliseconds that the source asks to wait. */
    readonly wait: number | null = null,
  ) {
    super(message);
  }
}

/** Attempts without a byte in between, before giving up. The waits between them add up to half a minute. */
const ATTEMPTS = 6;
/** A source that asks for a longer wait is left alone. Milliseconds. */
const LONGEST_WAIT = 5 * 60_000;
/** No file of unknown size may be larger. */
const LARGEST = 2 ** 30;

const mebibyte = 2 ** 20;
const count = (bytes: number): string => bytes.toLocaleString("en-GB");

/** A git blob's hash, ready for the content. */
function blobHash(size: number): Hash {
  return createHash("sha1").update(`blob ${size}\0`);
}

/** The size of a file, or null if there is none. */
async function sizeOf(path: string): Promise<number | null> {
  const info = await stat(path).catch(() => null);
  return info?.isFile() ? info.size : null;
}

async function addFile(hash: Hash, path: string): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: mebibyte }))
    hash.update(chunk as Buffer);
}

/** The git blob id of a file, null if there is none: what `git hash-object` prints. */
export async function gitBlobOf(path: string): Promise<string | null> {
  const size = await sizeOf(path);
  if (size === null) return null;
  const hash = blobHash(size);
  await addFile(hash, path);
  return hash.digest("hex");
}

/** What lies behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: Error & { code?: string } };
  return cause?.code ?? cause?.message ?? message;
}

/** Retry-After, in seconds or as a date, in milliseconds; null without one. */
function retryAfter(response: Response): number | null {
  const value = response.headers.get("retry-after");
  if (value === null) return null;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? null : Math.max(wait, 0);
}

/** What an answer without the file means. */
function refusal(response: Response): Error {
  const { status, statusText } = response;
  const says = `the server answers ${status} ${statusText}`.trim();
  if (status === 404 || status === 410) return new FetchError("missing", says);
  if (status === 429) return new Trouble(says, "unreachable", retryAfter(response));
  if (status === 408 || status >= 500) return new Trouble(says, "refused", retryAfter(response));
  return new FetchError("refused", says);
}

/**
 * The files below a URL. Redirects are followed, a proxy named in HTTPS_PROXY, HTTP_PROXY and NO_PROXY is used, and a
 * connection on which nothing comes for half a minute counts as cut.
 */
export function webSource(base: string): Source {
  const url = /^https?:\/\//.test(base) && URL.canParse(base) ? new URL(base) : null;
  if (!url) throw new Error(`"${base}" is not the address of a web server (https://…)`);
  const silence = 30_000;
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: silence, bodyTimeout: silence });
  const root = base.replace(/\/+$/, "");
  const open = async (path: string, from: number, signal?: AbortSignal): Promise<Opened> => {
    // Compressed on the way, a file would arrive with another length than the one it has.
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (from > 0) headers.range = `bytes=${from}-`;
    const address = `${root}/${path.split("/").map(encodeURIComponent).join("/")}`;
    const response = await fetch(address, { dispatcher, headers, signal }).catch((error) => {
      signal?.throwIfAborted();
      const reason = reasonOf(error);
      if (/redirect/.test(reason)) throw new FetchError("refused", `the server's ${reason}`);
      throw new Trouble(`no connection to ${url.host} (${reason})`, "unreachable");
    });
    const { status, body } = response;
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
    if (status === 206 && body && Number(range?.[1]) === from)
      return { body, from, size: Number(range?.[2]) };
    if (status === 200 && body) {
      const plain = !response.headers.get("content-encoding");
      const length = plain ? response.headers.get("content-length") : null;
      return { body, from: 0, size: length === null ? null : Number(length) };
    }
    await body?.cancel().catch(() => undefined);
    // The part that is here does not suit the server: from the beginning, then.
    if (from > 0 && (status === 416 || status === 206)) return open(path, 0, signal);
    throw refusal(response);
  };
  return { name: base, open };
}

/** The files of a folder, such as a clone of the repository. */
export function folderSource(folder: string): Source {
  return {
    name: folder,
    open: async (path, from) => {
      const file = `${folder}/${path}`;
      const size = await sizeOf(file);
      if (size === null) throw new FetchError("missing", `${file} does not exist`);
      const start = from <= size ? from : 0;
      return {
        body: createReadStream(file, { start, highWaterMark: mebibyte }),
        from: start,
        size,
      };
    },
  };
}

export interface FetchOptions {
  /** Where what has arrived is kept until it is whole, beside `target` on the same disk. */
  part: string;
  signal?: AbortSignal;
  /** Called with the bytes that have come since the last call. */
  onBytes?: (bytes: number) => void;
  /** Waits some milliseconds between attempts; for tests. */
  pause?: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
}

/**
 * Fetch a file to `target`. What an earlier call left in `part` is kept and only the rest is asked for, where the source
 * can do that. Throws a FetchError if there is no file or it has other bytes than it should, the signal's reason if it
 * was interrupted; `target` is then as it was.
 */
export async function fetchFile(
  source: Source,
  file: KnownFile,
  target: string,
  options: FetchOptions,
): Promise<void> {
  const { part, signal } = options;
  const pause = options.pause ?? ((milliseconds) => sleep(milliseconds, undefined, { signal }));
  if ((await gitBlobOf(part)) === file.gitBlob) return place(part, target);
  for (let attempt = 1; ; attempt++) {
    const before = (await sizeOf(part)) ?? 0;
    try {
      await receive(source, file, target, options);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Trouble)) throw error;
      if (((await sizeOf(part)) ?? 0) > before) attempt = 1;
      const wait = error.wait ?? 1000 * 2 ** (attempt - 1);
      if (wait > LONGEST_WAIT)
        throw new FetchError(
          error.kind,
          `${error.message} and asks to wait ${Math.ceil(wait / 60_000)} minutes; try again then`,
        );
      if (attempt === ATTEMPTS)
        throw new FetchError(error.kind, `${error.message}, ${ATTEMPTS} times in a row`);
      await pause(wait, signal).catch(() => undefined); // ended early by the signal
      signal?.throwIfAborted();
    }
  }
}

/** One attempt. */
async function receive(
  source: Source,
  file: KnownFile,
  target: string,
  { part, signal, onBytes }: FetchOptions,
): Promise<void> {
  const altered = async (what: string): Promise<never> => {
    await rm(part, { force: true });
    throw new FetchError("altered", what);
  };
  const kept = (await sizeOf(part)) ?? 0;
  const { body, from, size: said } = await source.open(file.path, kept, signal);
  const chunks = body[Symbol.asyncIterator]();
  const close = async (): Promise<unknown> => chunks.return?.().catch(() => undefined);
  if (file.size !== null && said !== null && said !== file.size) {
    await close();
    await altered(`it has ${count(said)} bytes there, and should have ${count(file.size)}`);
  }
  const size = file.size ?? said;
  const hash = size === null ? null : blobHash(size);
  if (from > 0 && hash) await addFile(hash, part);
  const most = size ?? LARGEST;
  const { length, cut } = await append(part, from, most, chunks, (chunk) => {
    hash?.update(chunk);
    onBytes?.(chunk.length);
  });
  await close();
  if (length > most) return altered(`it goes on behind its ${count(most)} bytes`);
  if (cut || (size !== null && length < size)) {
    const all = size === null ? "" : ` of ${count(size)}`;
    throw new Trouble(`the connection is cut after ${count(length)}${all} bytes`);
  }
  const id = hash ? hash.digest("hex") : await gitBlobOf(part);
  if (id === file.gitBlob) return place(part, target);
  if (from === 0)
    return altered(`its bytes are not the published ones: git blob ${id}, not ${file.gitBlob}`);
  await rm(part, { force: true });
  throw new Trouble("what had come earlier does not fit the rest", "refused", 0);
}

/**
 * Write a body into `part` from an offset on, until it ends, breaks off (`cut`) or makes the file longer than `most`.
 * Whatever breaks it off is a cut connection: what has come is kept.
 */
async function append(
  part: string,
  from: number,
  most: number,
  chunks: AsyncIterator<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): Promise<{ length: number; cut: boolean }> {
  const failed = (cause: unknown): never => {
    throw writeError(part, cause);
  };
  await mkdir(dirname(part), { recursive: true }).catch(failed);
  const out = await open(part, from > 0 ? "r+" : "w").catch(failed);
  try {
    for (let length = from; ;) {
      const next = await chunks.next().catch(() => null);
      if (!next || next.done) {
        await out.sync().catch(failed);
        return { length, cut: !next };
      }
      if (length + next.value.length <= most) {
        await out.write(next.value, 0, next.value.length, length).catch(failed);
        onChunk(next.value);
      }
      length += next.value.length;
      if (length > most) return { length, cut: false };
    }
  } finally {
    await out.close();
  }
}

async function place(part: string, target: string): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true });
    await rename(part, target);
  } catch (cause) {
    throw writeError(target, cause);
  }
}
