/** A folder's files over HTTP, for this machine alone. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, resolve, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** The file that a request asks for, or null: there is none, or it lies outside of the folder. */
function fileOf(root: string, url: string): string | null {
  try {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    const file = resolve(join(root, path));
    return file.startsWith(root + sep) && statSync(file).isFile() ? file : null;
  } catch {
    return null;
  }
}

/** Serve `folder` on 127.0.0.1; port 0 takes any that is free. Throws if the port is taken. */
export function serve(folder: string, port = 0): Promise<{ url: string; close(): void }> {
  const root = resolve(folder);
  const server = createServer((request, reply) => {
    const file = fileOf(root, request.url ?? "/");
    if (!file) return void reply.writeHead(404, { "content-type": "text/plain" }).end("not found");
    const type = types[extname(file)] ?? "application/octet-stream";
    reply.writeHead(200, { "content-type": type, "content-length": statSync(file).size });
    createReadStream(file).pipe(reply);
  });
  return new Promise((done, fail) => {
    server.once("error", ({ message }) =>
      fail(new Error(`Port ${port} can't be used: ${message}`)),
    );
    server.listen(port, "127.0.0.1", () => {
      const { port: taken } = server.address() as AddressInfo;
      done({ url: `http://127.0.0.1:${taken}`, close: () => server.close() });
    });
  });
}
