/** What can be wrong with photos and disks. Photos are decoded as always; the encoder is a stand-in that adds up pixels. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClipResult, ClipTask } from "./clip-worker";
import type { startClipWorkers } from "./clip-workers";
import { embedSplit as embedWith, listShards, type EmbedOptions } from "./embed";
import { loadFeatures } from "./features";
import { clipPixels, ImageError } from "../clip/image";
import { CLIP_PREPROCESSING } from "../clip/preprocessing";
import { withDatabase } from "../files/table";

const folder = mkdtempSync(join(tmpdir(), "embed-trouble-"));
const shards = join(folder, "embeddings/mini-clip/train");
const rows = 40;
const preprocessing = {
  ...CLIP_PREPROCESSING,
  size: 8,
  resize: 8,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};
const images = Array.from({ length: rows }, (_, i) => `photos/${i}.jpg`);
let asked: string[] = [];
let good: Buffer;

async function embed(task: ClipTask): Promise<ClipResult> {
  const list = "files" in task ? task.files : task.tokens;
  const embeddings = new Float32Array(list.length * 512);
  const failures = list.map((): string | null => null);
  for (const [i, item] of list.entries()) {
    if (typeof item === "string") asked.push(item);
    try {
      const numbers = typeof item === "string" ? await clipPixels(item, preprocessing) : item;
      embeddings.fill(
        [...numbers].reduce((sum, x, at) => sum + x * at, 0),
        i * 512,
        (i + 1) * 512,
      );
    } catch (error) {
      failures[i] = (error as ImageError).reason;
    }
  }
  return { embeddings, failures };
}
const startWorkers: typeof startClipWorkers = async () => ({
  workers: [{ embed }],
  close: async () => undefined,
});
const options: EmbedOptions = {
  dataset: relative("data", folder),
  split: "train",
  encoder: "mini-clip",
  rowsPerShard: 20,
};
const embedSplit = (some: EmbedOptions): ReturnType<typeof embedWith> =>
  embedWith(some, startWorkers);

/** A PNG that says it is 60,000 pixels wide and high, in a few bytes. */
function bomb(): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.from("0000ea600000ea600800000000", "hex"); // width, height, 8 bits, grey
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(60_000))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const files = (): string[] =>
  readdirSync(shards, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(relative(shards, parentPath), name))
    .sort();
const contents = (): unknown =>
  files().map((name) => [name, readFileSync(join(shards, name)).toString("base64")]);
const at = (row: number): string => join(folder, images[row]);
const listed = (): string[] =>
  readFileSync(join(shards, "failures.csv"), "utf8").trimEnd().split("\n").slice(1);

beforeAll(async () => {
  mkdirSync(join(folder, "photos"));
  good = await sharp("lib/fixtures/landscape.jpg").resize(32).jpeg().toBuffer();
  for (const row of images.keys()) writeFileSync(at(row), good);
  await withDatabase(async (db) => {
    await db.run(
      "CREATE TABLE t (gridimage_id INTEGER, title VARCHAR, image VARCHAR, lat DOUBLE, lon DOUBLE)",
    );
    const of = <T>(value: T): T[] => images.map(() => value);
    await db.append("t", [images.map((_, i) => 100 + i), of("Sheep"), images, of(54), of(-2)]);
    await db.copyToParquet("SELECT * FROM t", join(folder, "prepared/train.parquet"));
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("bad photos", () => {
  const pipe = process.platform !== "win32";
  const bad: [number, string, () => unknown][] = [
    [1, "missing", () => rmSync(at(1))],
    [2, "empty", () => writeFileSync(at(2), "")],
    [
      3,
      "not an image",
      () => writeFileSync(at(3), "no photo at all, but long enough to be one ".repeat(20)),
    ],
    [
      4,
      "truncated or corrupt",
      () => writeFileSync(at(4), readFileSync("lib/fixtures/landscape.jpg").subarray(0, 3000)),
    ],
    [5, "too large", () => writeFileSync(at(5), bomb())],
    [6, "unreadable", () => (rmSync(at(6)), mkdirSync(at(6)))],
    [7, "unreadable", () => (rmSync(at(7)), spawnSync(pipe ? "mkfifo" : "mkdir", [at(7)]))],
  ];

  it("are listed with id and reason, marked, and zero; a PNG named .jpg is a photo like any other", async () => {
    for (const [, , spoil] of bad) spoil();
    writeFileSync(at(8), await sharp(good).png().toBuffer());
    const { failures } = await embedSplit(options);
    expect(failures.map(({ gridimage_id, status }) => [gridimage_id - 100, status])).toEqual(
      bad.map(([row, why]) => [row, why]),
    );
    expect(listed()).toEqual(bad.map(([row, why]) => `${100 + row},${images[row]},${why}`));
    const { ok, features } = await loadFeatures({ ...options, dtype: "fp32" });
    for (const row of images.keys()) {
      expect(ok[row], `row ${row}`).toBe(bad.some(([one]) => one === row) ? 0 : 1);
      expect(features.img[row * 512] === 0, `row ${row}`).toBe(ok[row] === 0);
      expect(features.txt[row * 512], `row ${row}`).not.toBe(0);
    }
  });

  it("are tried again when their size changes or when asked to, alone and with the result of a fresh run", async () => {
    asked = [];
    expect(await embedSplit(options)).toMatchObject({ reused: 2 });
    expect(asked).toEqual([]);
    writeFileSync(at(1), good);
    expect((await listShards(options)).shards).toMatchObject([
      { finished: false },
      { finished: true, failures: 0 },
    ]);
    expect((await embedSplit(options)).failures).toHaveLength(6);
    expect(asked).toHaveLength(16); // the batch with the failed photos; neither the other one nor shard 1

    writeFileSync(at(2), "?".repeat(good.length));
    await embedSplit(options);
    expect(listed()[0]).toBe("102,photos/2.jpg,not an image");
    writeFileSync(at(2), good); // the same size: not noticed unless asked to try
    expect(await embedSplit(options)).toMatchObject({ reused: 2 });
    const before = readFileSync(join(shards, "img_emb/img_emb_0001.npy"));
    expect(
      (await embedSplit({ ...options, retryFailed: true })).failures.map(
        ({ gridimage_id }) => gridimage_id,
      ),
    ).toEqual([103, 104, 105, 106, 107]);
    expect(readFileSync(join(shards, "img_emb/img_emb_0001.npy"))).toEqual(before);

    for (const row of [3, 4, 5, 6, 7]) {
      rmSync(at(row), { recursive: true });
      writeFileSync(at(row), good);
    }
    expect((await embedSplit({ ...options, retryFailed: true })).failures).toEqual([]);
    const mended = contents();
    rmSync(shards, { recursive: true });
    await embedSplit(options);
    expect(contents()).toEqual(mended);
  });
});

/** A file system of its own for the shards; null where that is not allowed. */
function mount(size: string): ((options: string) => void) | null {
  const run = (...args: string[]): boolean => spawnSync("mount", args).status === 0;
  mkdirSync(shards, { recursive: true });
  if (process.platform !== "linux" || !run("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", shards))
    return null;
  return (change) => expect(run("-o", `remount,${change}`, shards)).toBe(true);
}

describe("a disk", () => {
  it("that is full or read-only: a clear error, nothing half done, and the rest once it can be written", async (context) => {
    rmSync(shards, { recursive: true, force: true });
    await embedSplit(options);
    const undisturbed = contents();
    rmSync(shards, { recursive: true });
    const remount = mount("160k"); // room for one shard and a half
    if (!remount) {
      context.skip("only root can mount a small disk");
      return;
    }
    try {
      await expect(embedSplit(options)).rejects.toThrow(/Cannot write .*: the disk is full/);
      expect((await listShards(options)).shards.map(({ finished }) => finished)).toEqual([
        true,
        false,
      ]);
      expect(files().filter((name) => /\.(tmp|lock)$/.test(name))).toEqual([]);
      remount("ro");
      await expect(embedSplit(options)).rejects.toThrow(
        /Cannot write .*: the folder .* is read-only/,
      );
      remount("rw,size=10m");
      expect(await embedSplit(options)).toMatchObject({ reused: 1 });
      expect(contents()).toEqual(undisturbed);
      remount("ro");
      expect(await embedSplit(options)).toMatchObject({ reused: 2 }); // nothing to write
    } finally {
      spawnSync("umount", [shards]);
    }
  });
});
