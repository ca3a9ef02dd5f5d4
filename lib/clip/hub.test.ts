/** Models come through a proxy: a stand-in for the hub that no name server knows, and the one proxy that does. */
import { env } from "@xenova/transformers";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { clipFolder } from "./clip-files";
import { loadClip } from "./clip";
import { downloadFile, downloadTrouble, hubUrl, MODELS_FOLDER } from "./hub";

const organisation = `hub-test-${process.pid}`;
/** A new name for each test: transformers.js remembers what it could not load. */
let encoder = "";
let tests = 0;
const remoteHost = env.remoteHost;
let asked: string[] = [];
let tunnels: string[] = [];

const hub = createServer((request, reply) => {
  asked.push(request.url!);
  const name = /^\/[^/]+\/mini-\d+\/resolve\/main\/(.+)$/.exec(request.url!)?.[1];
  const file = join("data/mini-clip", name ?? "none");
  if (existsSync(file)) reply.writeHead(200).end(readFileSync(file));
  else reply.writeHead(404).end();
});
const proxy = createServer((_, reply) => void reply.writeHead(500).end());
proxy.on("connect", ({ url }: { url: string }, socket: Socket) => {
  tunnels.push(url);
  const onward = connect((hub.address() as AddressInfo).port, "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    onward.pipe(socket).pipe(onward);
  });
  for (const end of [socket, onward]) end.on("error", () => (socket.destroy(), onward.destroy()));
});

const listen = (server: Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

beforeAll(() => Promise.all([listen(hub), listen(proxy)]));
afterAll(() => {
  hub.closeAllConnections();
  hub.close();
  proxy.close();
});
beforeEach(() => {
  for (const name of VARIABLES) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  [asked, tunnels] = [[], []];
  encoder = `${organisation}/mini-${++tests}`;
  env.remoteHost = "http://hub.invalid/"; // a name that never resolves (RFC 2606)
});
afterEach(() => {
  vi.unstubAllEnvs();
  env.remoteHost = remoteHost;
  rmSync(join(MODELS_FOLDER, organisation), { recursive: true, force: true });
});
const useProxy = (variable: string): void =>
  void vi.stubEnv(variable, `http://me:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`);

test.each(["HTTP_PROXY", "http_proxy"])(
  "an encoder is fetched through %s, once",
  async (variable) => {
    useProxy(variable);
    const folder = await clipFolder(encoder);
    expect(folder).toBe(join(MODELS_FOLDER, encoder));
    expect(new Set(tunnels)).toEqual(new Set(["hub.invalid:80"]));
    for (const name of ["onnx/vision_model.onnx", "tokenizer.json", "preprocessor_config.json"])
      expect(
        readFileSync(join(folder, name)).equals(readFileSync(join("data/mini-clip", name))),
        name,
      ).toBe(true);
    const { tokenise } = await loadClip(encoder);
    expect(tokenise("Sheep").length).toBe(3);
    const before = asked.length;
    await clipFolder(encoder);
    expect(asked.length).toBe(before);
  },
);

test("a single file goes the same way; hosts in NO_PROXY go directly", async () => {
  useProxy("HTTP_PROXY");
  const path = join(MODELS_FOLDER, organisation, "config.json");
  await downloadFile(hubUrl(encoder, "config.json"), path);
  expect(readFileSync(path)).toEqual(readFileSync("data/mini-clip/config.json"));
  await expect(downloadFile(hubUrl(encoder, "none.json"), path)).rejects.toThrow("404");
  vi.stubEnv("NO_PROXY", "hub.invalid");
  tunnels = [];
  await expect(downloadFile(hubUrl(encoder, "config.json"), path)).rejects.toThrow();
  expect(tunnels).toEqual([]);
});

test("https goes through HTTPS_PROXY", async () => {
  env.remoteHost = "https://hub.invalid/";
  useProxy("HTTPS_PROXY");
  await expect(clipFolder(encoder)).rejects.toThrow(/Could not download the encoder/); // it speaks no TLS
  expect(tunnels[0]).toBe("hub.invalid:443");
});

test("what went wrong is said, with the proxy but without its password", async () => {
  await expect(clipFolder(encoder)).rejects.toThrow(
    /ENOTFOUND hub\.invalid|EAI_AGAIN hub\.invalid/,
  );
  vi.stubEnv("HTTPS_PROXY", "http://me:secret@127.0.0.1:9");
  const trouble = downloadTrouble(new TypeError("fetch failed", { cause: new Error("refused") }));
  expect(trouble).toBe("refused; by way of the proxy 127.0.0.1:9 that HTTPS_PROXY names");
});
