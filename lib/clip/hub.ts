/** The model hub, huggingface.co: reached through a proxy if HTTPS_PROXY, HTTP_PROXY and NO_PROXY say so. */
import { env } from "@xenova/transformers";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EnvHttpProxyAgent, fetch } from "undici";
import { replaceFile } from "../files/atomic";

/** Where encoders from the hub are kept, in the hub's own layout: <organisation>/<name>/onnx/vision_model.onnx, … */
export const MODELS_FOLDER = "data/models";

/** Seconds until a server that does not answer is given up. */
const PATIENCE = 20;

/** A fetch that goes through the proxy: Node's own ignores these variables (before Node 24, and there unless told). */
function proxyFetch(): typeof globalThis.fetch {
  const dispatcher = new EnvHttpProxyAgent({
    connectTimeout: PATIENCE * 1000,
    headersTimeout: PATIENCE * 1000,
  });
  return async (url, init) => {
    const headers = [...new Headers(init?.headers)];
    const reply = await fetch(url as string, { headers, dispatcher });
    const { body, status, statusText } = reply;
    // transformers.js keeps only what is Node's own Response, which undici's is not.
    return new Response(body as ReadableStream | null, {
      status,
      statusText,
      headers: [...reply.headers],
    });
  };
}

/** Let transformers.js download by way of `proxyFetch` while `download` runs. */
export async function withHub<T>(download: () => Promise<T>): Promise<T> {
  const before = env.fetch;
  env.fetch = proxyFetch();
  try {
    return await download();
  } finally {
    env.fetch = before;
  }
}

/** The address of a file on the hub. */
export const hubUrl = (repository: string, file: string): string =>
  new URL(`${repository}/resolve/main/${file}`, env.remoteHost).href;

/** One file from the hub, to `path`; whole or not at all. Throws what `downloadTrouble` puts into words. */
export async function downloadFile(url: string, path: string): Promise<void> {
  const reply = await proxyFetch()(url);
  if (!reply.ok || !reply.body) throw new Error(`${reply.status} ${reply.statusText}`);
  const body = Readable.fromWeb(reply.body as Parameters<typeof Readable.fromWeb>[0]);
  await replaceFile(path, (temporary) => pipeline(body, createWriteStream(temporary)));
}

/** What went wrong with a download, from its innermost cause, and through which proxy (whose password is not shown). */
export function downloadTrouble(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause) inner = inner.cause;
  const { code, message } = inner as NodeJS.ErrnoException;
  const what = message || code || String(inner); // several addresses tried: no message, but a code
  const variable = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].find(
    (name) => process.env[name],
  );
  if (!variable) return what;
  const host = /^(?:\w+:\/\/)?(?:[^@/]*@)?([^/]+)/.exec(process.env[variable]!)?.[1];
  return `${what}; by way of the proxy ${host} that ${variable} names`;
}
