import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { folderSource, gitBlobOf, webSource } from "../files/download";
import { fetchRelease, readReleaseList, type ReleaseFile, type ReleaseOptions } from "./release";

const gitBlob = (bytes: Buffer): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/** 300 kB that do not repeat: enough for several packets. */
const long = Buffer.from(Array.from({ length: 60_000 }, (_, i) => String(i).padStart(5)).join(""));
const contents: Record<string, Buffer> = {
  "kaggle_data/test.csv": Buffer.from("gridimage_id\n1\n2\n"),
  "heads/linear-img.pth": long,
  "logs/linear-img.txt": Buffer.from("Epoch 00 \t train_loss 0.5\n"),
};
const list: ReleaseFile[] = [
  { group: "labels", path: "kaggle_data/test.csv", to: "test.csv" },
  { group: "heads", path: "heads/linear-img.pth", to: "release/heads/linear-img.pth" },
  { group: "logs", path: "logs/linear-img.txt", to: "release/logs/linear-img.txt" },
].map((file) => ({
  ...(file as ReleaseFile),
  size: contents[file.path].length,
  gitBlob: gitBlob(contents[file.path]),
}));
const [, head] = list;
/** The same without sizes. */
const unsized = list.map((file) => ({ ...file, size: null }));

type Answer = (request: IncomingMessage, response: ServerResponse, file: Buffer) => void;

/** As a good server does it: whole, or from the offset asked for. */
const serve: Answer = (request, response, file) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (from >= file.length) response.writeHead(416).end();
  else if (from > 0)
    response.writeHead(206, {
      "content-range": `bytes ${from}-${file.length - 1}/${file.length}`,
      "content-length": file.length - from,
    });
  else response.writeHead(200, { "content-length": file.length });
  if (from < file.length) response.end(file.subarray(from));
};

/** Whoever calls what `cutting` returns when bytes come cuts the connection after every `step` of them. */
function cutting(path: string, step: number, times = Infinity): (bytes: number) => void {
  let left = 0;
  let open: ServerResponse;
  answers[path] = (request, response, file) => {
    const from = Number(/(\d+)/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (times-- <= 0 || from + step >= file.length) return serve(request, response, file);
    const last = file.length - 1;
    [open, left] = [response, step];
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": file.length - from,
      ...(from > 0 ? { "content-range": `bytes ${from}-${last}/${file.length}` } : {}),
    });
    response.write(file.subarray(from, from + step));
  };
  return (bytes) => {
    left -= bytes;
    if (left === 0) open.destroy();
  };
}

let server: Server;
let url: string;
let folder: string;
/** What the server was asked, as "path" or "path from offset". */
let asked: string[];
/** How the server answers for a path; `serve` where nothing is said. */
let answers: Record<string, Answer>;
/** Milliseconds that were waited between attempts. */
let waits: number[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "release-"));
  [asked, answers, waits] = [[], {}, []];
  server = createServer((request, response) => {
    const path = request.url!.replace("/at/", "");
    const range = request.headers.range?.replace(/^bytes=(\d+)-$/, " from $1") ?? "";
    asked.push(path + range);
    if (!contents[path] && !answers[path]) response.writeHead(404).end();
    else (answers[path] ?? serve)(request, response, contents[path]);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/at`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true });
});

const options = (more: ReleaseOptions = {}): ReleaseOptions => ({
  folder,
  pause: async (milliseconds) => void waits.push(milliseconds),
  ...more,
});
const outcomes = async (
  files: readonly ReleaseFile[] = list,
  more: ReleaseOptions = {},
): Promise<string[]> =>
  (await fetchRelease(files, webSource(url), options(more))).map(({ outcome }) => outcome);
const here = (file: ReleaseFile): Buffer => readFileSync(join(folder, file.to));
const part = (file: ReleaseFile): string => join(folder, "release/.parts", file.gitBlob);

describe("from a server", () => {
  test("every file in its place, byte for byte, and nothing else left", async () => {
    expect(await outcomes()).toEqual(["fetched", "fetched", "fetched"]);
    for (const file of list) expect(here(file).equals(contents[file.path])).toBe(true);
    expect(await readdir(folder)).toEqual(["release", "test.csv"]);
    expect(await readdir(join(folder, "release"))).toEqual(["heads", "logs"]);
  });

  test("nothing is fetched twice", async () => {
    let bytes = 0;
    await outcomes(list, { onBytes: (more) => (bytes += more) });
    expect(bytes).toBe(list.reduce((sum, { size }) => sum + size!, 0));
    expect(await outcomes()).toEqual(["kept", "kept", "kept"]);
    expect(asked).toHaveLength(3);
  });

  test("sizes that the list does not know", async () => {
    expect(await outcomes(unsized)).toEqual(["fetched", "fetched", "fetched"]);
    rmSync(join(folder, head.to));
    answers[head.path] = (_, response, file) => {
      response.write(file.subarray(0, 100_000)); // in pieces, without a length
      response.end(file.subarray(100_000));
    };
    expect(await outcomes(unsized)).toEqual(["kept", "fetched", "kept"]);
    expect(here(head).equals(long)).toBe(true);
  });

  test("redirects are followed, but not for ever", async () => {
    answers[head.path] = (_, response) =>
      void response.writeHead(302, { location: `/at/elsewhere` }).end();
    answers.elsewhere = (request, response) => serve(request, response, long);
    expect(await outcomes()).toEqual(["fetched", "fetched", "fetched"]);
    rmSync(join(folder, head.to));
    answers.elsewhere = (_, response) =>
      void response.writeHead(302, { location: `/at/elsewhere` }).end();
    const [entry] = await fetchRelease([head], webSource(url), options());
    expect(entry).toMatchObject({ outcome: "refused", reason: expect.stringMatching(/redirect/) });
  });

  test("404 and 403 are said by file, and the others come all the same", async () => {
    answers[head.path] = (_, response) => void response.writeHead(404).end();
    answers[list[2].path] = (_, response) => void response.writeHead(403).end();
    const entries = await fetchRelease(list, webSource(url), options());
    expect(entries.map(({ outcome }) => outcome)).toEqual(["fetched", "missing", "refused"]);
    expect(entries[1].reason).toMatch("the server answers 404 Not Found");
    expect(waits).toEqual([]);
  });

  test("429 and 503: waits as long as it is told to, else longer each time", async () => {
    let times = 0;
    answers[head.path] = (request, response, file) => {
      times++;
      if (times === 1) response.writeHead(429, { "retry-after": "7" }).end();
      else if (times <= 3) response.writeHead(503).end();
      else serve(request, response, file);
    };
    expect(await outcomes([head])).toEqual(["fetched"]);
    expect(waits).toEqual([7000, 2000, 4000]);
  });

  test("Retry-After as a date; a wait of hours is not waited for, and the rest is not tried", async () => {
    answers[list[0].path] = (_, response) =>
      void response
        .writeHead(429, { "retry-after": new Date(Date.now() + 7_200_000).toUTCString() })
        .end();
    const entries = await fetchRelease(list, webSource(url), options({ parallel: 1 }));
    expect(entries.map(({ outcome }) => outcome)).toEqual([
      "unreachable",
      "not tried",
      "not tried",
    ]);
    expect(entries[0].reason).toMatch(/429 .* asks to wait (119|120) minutes/);
    expect(asked).toHaveLength(1);
  });

  test("a server that keeps answering 500 is given up for that file only", async () => {
    answers[head.path] = (_, response) => void response.writeHead(500).end();
    expect(await outcomes(list, { parallel: 1 })).toEqual(["fetched", "refused", "fetched"]);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16000]);
  });

  test("no server at all: said once, nothing else tried", async () => {
    const none = webSource("http://127.0.0.1:9/at");
    const entries = await fetchRelease(list, none, options({ parallel: 1 }));
    expect(entries.map(({ outcome }) => outcome)).toEqual([
      "unreachable",
      "not tried",
      "not tried",
    ]);
    expect(entries[0].reason).toMatch(/no connection to 127\.0\.0\.1:9 \(.+\), 6 times/);
  });

  test("cut connections: goes on where it stopped, however often, as long as something comes", async () => {
    const step = 30_000;
    const onBytes = cutting(head.path, step);
    expect(await outcomes([head], { onBytes })).toEqual(["fetched"]);
    expect(here(head).equals(long)).toBe(true);
    expect(asked).toEqual([
      head.path,
      ...Array.from({ length: 9 }, (_, i) => `${head.path} from ${(i + 1) * step}`),
    ]);
    expect(waits).toEqual(Array(9).fill(1000));
  });

  test("a server that knows no ranges begins again, and the file is right", async () => {
    const onBytes = cutting(head.path, 50_000, 1);
    const cutOnce = answers[head.path];
    answers[head.path] = (request, response, file) => {
      delete request.headers.range;
      cutOnce(request, response, file);
    };
    expect(await outcomes([head], { onBytes })).toEqual(["fetched"]);
    expect(asked).toEqual([head.path, `${head.path} from 50000`]);
    expect(here(head).equals(long)).toBe(true);
  });

  test("interrupted, it stops, and the next call fetches only the rest", async () => {
    const controller = new AbortController();
    answers[head.path] = (_, response, file) => {
      response.writeHead(200, { "content-length": file.length });
      response.write(file.subarray(0, 80_000));
    };
    let bytes = 0;
    const onBytes = (more: number): void => {
      bytes += more;
      if (bytes >= 80_000) controller.abort(new Error("stopped"));
    };
    const { signal } = controller;
    await expect(outcomes([head], { signal, onBytes })).rejects.toThrow("stopped");
    expect(existsSync(join(folder, head.to))).toBe(false);
    expect(statSync(part(head)).size).toBe(80_000);
    delete answers[head.path];
    expect(await outcomes([head])).toEqual(["fetched"]);
    expect(asked).toEqual([head.path, `${head.path} from 80000`]);
    expect(existsSync(part(head))).toBe(false);
  });

  test("a part that is whole needs only its name; one with other bytes is thrown away", async () => {
    await mkdir(dirname(part(head)), { recursive: true });
    await writeFile(part(head), long);
    expect(await outcomes([head])).toEqual(["fetched"]);
    expect(asked).toEqual([]);
    rmSync(join(folder, head.to));
    await mkdir(dirname(part(head)), { recursive: true });
    await writeFile(part(head), "something else");
    expect(await outcomes([head])).toEqual(["fetched"]);
    expect(asked).toEqual([`${head.path} from 14`, head.path]);
    expect(here(head).equals(long)).toBe(true);
  });

  test("wrong bytes are never put in place: changed, shorter, longer, another page", async () => {
    const changed = Buffer.from(long);
    changed[200_000] ^= 1;
    const wrong: [Buffer, RegExp][] = [
      [changed, /its bytes are not the published ones: git blob [0-9a-f]{40}, not /],
      [long.subarray(0, 1000), /it has 1,000 bytes there, and should have 300,000/],
      [Buffer.from("<html>Please log in</html>"), /it has 26 bytes there/],
    ];
    for (const [bytes, reason] of wrong) {
      answers[head.path] = (request, response) => serve(request, response, bytes);
      const [entry] = await fetchRelease([head], webSource(url), options());
      expect(entry).toMatchObject({ outcome: "altered", reason: expect.stringMatching(reason) });
      expect(existsSync(join(folder, head.to))).toBe(false);
      expect(existsSync(part(head))).toBe(false);
    }
    answers[head.path] = (_, response, file) => {
      response.write(file);
      response.end("and more");
    };
    const [entry] = await fetchRelease([head], webSource(url), options());
    expect(entry.reason).toBe("it goes on behind its 300,000 bytes");
  });

  test("a file of other bytes that is there already is somebody's own", async () => {
    await writeFile(join(folder, "test.csv"), "gridimage_id\n3\n");
    const [entry] = await fetchRelease(list, webSource(url), options());
    expect(entry).toMatchObject({
      outcome: "altered",
      reason: expect.stringMatching("delete or rename"),
    });
    expect(readFileSync(join(folder, "test.csv"), "utf8")).toBe("gridimage_id\n3\n");
  });

  test("by way of the proxy that the environment names", async () => {
    const proxy = createServer();
    const through: string[] = [];
    const { port } = server.address() as AddressInfo;
    proxy.on("connect", ({ url: target }, socket: Socket) => {
      through.push(target!);
      const onward = connect(port, "127.0.0.1");
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    await new Promise<void>((ready) => proxy.listen(0, "127.0.0.1", ready));
    vi.stubEnv("http_proxy", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    try {
      const elsewhere = webSource("http://photos.invalid/at");
      const [entry] = await fetchRelease([head], elsewhere, options());
      expect(entry.outcome).toBe("fetched");
      expect(through).toEqual(["photos.invalid:80"]);
    } finally {
      vi.unstubAllEnvs();
      proxy.close();
    }
  });

  test("two at once: the second says who the first is", async () => {
    const controller = new AbortController();
    let begun = (): void => undefined;
    const started = new Promise<void>((resolve) => (begun = resolve));
    answers[head.path] = begun; // and never answers
    const first = outcomes([head], { signal: controller.signal });
    await started;
    await expect(outcomes()).rejects.toThrow(/process \d+ on .+ is fetching into .+let it finish/);
    controller.abort(new Error("stopped"));
    await expect(first).rejects.toThrow("stopped");
  });

  test("an address that is none", () => {
    expect(() => webSource("ftp://example.org")).toThrow(/is not the address of a web server/);
  });
});

describe("from a folder", () => {
  const clone = (): string => join(folder, "clone");
  const options = { folder: "", pause: async () => undefined };
  beforeEach(async () => {
    options.folder = join(folder, "kaggle");
    for (const { path } of list) {
      await mkdir(dirname(join(clone(), path)), { recursive: true });
      await writeFile(join(clone(), path), contents[path]);
    }
  });

  test("copied and checked; what is missing or altered is said", async () => {
    rmSync(join(clone(), list[0].path));
    await writeFile(join(clone(), list[2].path), "Epoch 00 \t train_loss 0.4\n");
    const entries = await fetchRelease(list, folderSource(clone()), options);
    expect(entries.map(({ outcome }) => outcome)).toEqual(["missing", "fetched", "altered"]);
    expect(entries[0].reason).toBe(`${clone()}/${list[0].path} does not exist`);
    expect(readFileSync(join(options.folder, head.to)).equals(long)).toBe(true);
  });

  test("the rest comes from elsewhere", async () => {
    rmSync(join(clone(), head.path));
    await fetchRelease(list, folderSource(clone()), options);
    expect(await outcomes(list, { folder: options.folder })).toEqual(["kept", "fetched", "kept"]);
    expect(asked).toEqual([head.path]);
  });
});

describe("the list", () => {
  test("83 files: 25 heads, 28 logs, 24 submissions, and six tables", () => {
    const files = readReleaseList();
    const groups = files.map(({ group }) => group);
    const counted = ["labels", "titles", "heads", "logs", "submissions"].map(
      (name) => groups.filter((group) => group === name).length,
    );
    expect(counted).toEqual([4, 2, 25, 28, 24]);
    expect(new Set(files.map(({ to }) => to)).size).toBe(83);
  });

  test("a line that does not fit is named", async () => {
    const path = join(folder, "list.csv");
    await writeFile(path, "group,path,to,size,git_blob\nheads,a,b,12,xyz\n");
    expect(() => readReleaseList(path)).toThrow(/list\.csv, line 2: "xyz" is no git blob id/);
    await writeFile(path, "group,path,to,size,git_blob\nphotos,a,b,12,xyz\n");
    expect(() => readReleaseList(path)).toThrow(/line 2: the group is "photos"/);
  });
});

const reference = "../shared/reference";
describe.skipIf(!existsSync(reference))(
  "the published files (skipped where ../shared is absent)",
  () => {
    test("arrive as they are, through a server and from the folder", async () => {
      const files = readReleaseList();
      const there = files.filter(({ path }) => existsSync(join(reference, path)));
      expect(there).toHaveLength(80);
      const logs = there.filter(({ group }) => group === "logs" || group === "labels");
      for (const { path } of logs)
        answers[path] = (request, response) =>
          serve(request, response, readFileSync(join(reference, path)));
      const outcomes = (await fetchRelease(logs, webSource(url), options())).map((e) => e.outcome);
      expect(outcomes).toEqual(Array(31).fill("fetched"));
      const entries = await fetchRelease(files, folderSource(reference), options());
      const by = (outcome: string): number => entries.filter((e) => e.outcome === outcome).length;
      expect([by("kept"), by("fetched"), by("missing")]).toEqual([31, 49, 3]);
      expect(await gitBlobOf(join(folder, "train.csv.zip"))).toBe(
        "27de8afc69f218cc369b6b307d227712bc26effe",
      );
    }, 60_000);
  },
);
