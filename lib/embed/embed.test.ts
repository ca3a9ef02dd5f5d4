import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadClip, type Clip } from "../clip/clip";
import {
  embedSplit as embedWith,
  listShards,
  type EmbedOptions,
  type EmbedProgress,
} from "./embed";
import { startClipWorkers, type ClipWorker, type ClipWorkers } from "./clip-workers";
import { loadFeatures } from "./features";
import { clipPixels } from "../clip/image";
import { finishedShards, shardFolder } from "./shard-files";
import { readManifest } from "./shards";
import { withDatabase } from "../files/table";

const folder = mkdtempSync(join(tmpdir(), "embed-"));
const rows = 25;
const images = Array.from({ length: rows }, (_, i): string | null =>
  i === 3 ? null : `train_images/${i}.jpg`,
);
const titles = Array.from({ length: rows }, (_, i) =>
  i === 4 ? null : ["Sheep", "Ty'r Abad, Llŷn", "A canal"][i % 3],
);
/** Started once and kept: loading the encoder takes longer than embedding 25 photos. */
let kept: ClipWorkers;
let clip: Clip;
/** Photos that went to a worker since the last test began. */
let asked = 0;
const startWorkers: typeof startClipWorkers = async (_, { workers = 2 } = {}) => ({
  workers: kept.workers.slice(0, workers).map(({ embed }): ClipWorker => ({
    embed: (task) => {
      if ("files" in task) asked += task.files.length;
      return embed(task);
    },
  })),
  close: async () => undefined,
});
const options: EmbedOptions = {
  dataset: relative("data", folder),
  split: "train",
  encoder: "mini-clip",
  rowsPerShard: 10,
  workers: 2,
};
const embedSplit = (some: EmbedOptions): ReturnType<typeof embedWith> =>
  embedWith(some, startWorkers);
const shards = join(folder, "embeddings/mini-clip/train");
const failed = { 3: "missing", 5: "missing", 12: "empty", 24: "truncated or corrupt" };

const encoderCopy = join(folder, "encoder");

async function prepare(first = 1000): Promise<void> {
  await withDatabase(async (db) => {
    await db.run(
      "CREATE TABLE t (gridimage_id INTEGER, title VARCHAR, image VARCHAR, lat DOUBLE, lon DOUBLE)",
    );
    await db.append("t", [
      images.map((_, i) => first + i),
      titles,
      images,
      images.map(() => 54),
      images.map(() => -2),
    ]);
    await db.copyToParquet("SELECT * FROM t", join(folder, "prepared/train.parquet"));
  });
}

/** All files below the shards' folder with their bytes. */
function contents(): Record<string, string> {
  const files = readdirSync(shards, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [
      join(relative(shards, parentPath), name),
      readFileSync(join(parentPath, name)).toString("base64"),
    ]),
  );
}

describe.skipIf(!existsSync("data/mini-clip/onnx/vision_model.onnx"))("embedSplit", () => {
  beforeAll(async () => {
    clip = await loadClip("mini-clip");
    mkdirSync(join(folder, "train_images"));
    for (const [i, image] of images.entries()) {
      if (image === null || i === 5) continue;
      const jpeg = await sharp("lib/fixtures/landscape.jpg")
        .rotate(i * 7)
        .jpeg()
        .toBuffer();
      writeFileSync(
        join(folder, image),
        i === 12 ? "" : i === 24 ? jpeg.subarray(0, jpeg.length - 400) : jpeg,
      );
    }
    await prepare();
    kept = await startClipWorkers("mini-clip", { workers: 2 });
  }, 120_000);

  afterAll(async () => {
    await kept.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    rmSync(shards, { recursive: true, force: true });
    asked = 0;
  });

  it("gives each photo and title the embedding that the encoder gives it alone", async () => {
    const steps: EmbedProgress[] = [];
    const onProgress = (progress: EmbedProgress): void => void steps.push(progress);
    const summary = await embedWith({ ...options, onProgress });
    expect(summary).toMatchObject({ shards: 3, rows: 25, reused: 0 });
    expect(
      summary.failures.map(({ gridimage_id, status }) => [gridimage_id - 1000, status]),
    ).toEqual(Object.entries(failed).map(([row, status]) => [Number(row), status]));
    expect(readFileSync(join(shards, "failures.csv"), "utf8").split("\n").slice(0, 2)).toEqual([
      "gridimage_id,image_path,status",
      "1003,,missing",
    ]);
    expect(steps[0]).toMatchObject({ done: 0, total: 25 });
    expect(steps[steps.length - 1]).toMatchObject({
      done: 25,
      total: 25,
      secondsLeft: 0,
      failures: 4,
    });

    const { features, ok } = await loadFeatures({
      ...options,
      dtype: "fp32",
      modalities: ["img", "txt"],
    });
    for (let row = 0; row < rows; row++) {
      const [image, title] = [features.img, features.txt].map((all) =>
        all.subarray(row * 512, (row + 1) * 512),
      );
      expect(ok[row]).toBe(row in failed ? 0 : 1);
      expect(image).toEqual(
        row in failed
          ? new Float32Array(512)
          : await clip.embedImages(
              await clipPixels(join(folder, images[row]!), clip.preprocessing),
            ),
      );
      expect(title).toEqual(await clip.embedTitles([titles[row] ?? ""]));
    }
  }, 120_000);

  it("goes on where it was interrupted, and ends with the same bytes", async () => {
    await embedSplit({ ...options, workers: 1 });
    const undisturbed = contents();
    rmSync(shards, { recursive: true });

    const controller = new AbortController();
    const onProgress = ({ done }: EmbedProgress): void => {
      if (done > 10) controller.abort(new Error("Interrupted")); // shard 0 is written, shard 2 not begun
    };
    await expect(embedSplit({ ...options, onProgress, signal: controller.signal })).rejects.toThrow(
      "Interrupted",
    );
    const finished = finishedShards(shards);
    expect(finished).toContain(0);
    expect(finished).not.toContain(2);
    expect(await embedSplit({ ...options, shards: [2] })).toMatchObject({
      shards: 1,
      rows: 5,
      reused: 0,
    });
    expect(await embedSplit(options)).toMatchObject({ shards: 3, reused: finished.length + 1 });
    expect(contents()).toEqual(undisturbed);
  }, 120_000);

  it("does a shard again when its photos, titles or ids have changed, and only that", async () => {
    const one = { ...options, workers: 1 };
    await embedSplit(one);
    const photo = join(folder, images[14]!);
    const kept = join(folder, "kept.jpg");
    cpSync(photo, kept);
    cpSync(join(folder, images[23]!), photo);
    expect(await embedSplit(one)).toMatchObject({ reused: 2 });
    cpSync(kept, photo);

    titles[21] = "Snow";
    await prepare();
    expect(await embedSplit(one)).toMatchObject({ reused: 1 }); // photo 14 is back too
    await prepare(5000);
    await expect(loadFeatures({ ...options, dtype: "fp32" })).rejects.toThrow(
      "does not belong to the rows",
    );
    expect(await embedSplit({ ...one, rowsPerShard: 30 })).toMatchObject({ shards: 1, reused: 0 });
    expect(finishedShards(shards)).toEqual([0]); // shards 1 and 2 were of the old division
    expect((await readManifest(shards, 0))?.rows).toBe(25);
    expect(existsSync(join(shards, "img_emb/img_emb_0001.npy"))).toBe(false);
  }, 120_000);

  it("shares the work with another run on the same folder", async () => {
    await embedSplit(options);
    const undisturbed = contents();
    rmSync(shards, { recursive: true });
    asked = 0;
    const notes: string[] = [];
    const both = { ...options, workers: 1, onNote: (note: string) => void notes.push(note) };
    const summaries = await Promise.all([
      embedSplit(both),
      embedSplit(both),
      embedSplit({ ...both, shards: [1] }),
    ]);
    expect(summaries.map(({ rows }) => rows)).toEqual([25, 25, 10]);
    expect(asked).toBe(24); // each photo once; one row has none
    expect(contents()).toEqual(undisturbed);
    // "another process" where the lock was released between asking for it and reading whose it was.
    for (const note of notes)
      expect(note).toMatch(
        /^waiting for shard \d, at which (process \d+ on .+|another process) is$/,
      );
  }, 120_000);

  it.each([
    [
      "the encoder",
      "encoder was changed while it was in use",
      () => join(encoderCopy, "config.json"),
    ],
    [
      "the prepared table",
      "prepared/train.parquet was changed while it was in use",
      () => join(folder, "prepared/train.parquet"),
    ],
  ])(
    "notices that %s changed while it was in use",
    async (_, says, fileOf) => {
      cpSync("data/mini-clip", encoderCopy, { recursive: true });
      const mine = { ...options, encoder: encoderCopy, shards: [1] };
      const file = fileOf();
      const before = readFileSync(file);
      rmSync(shardFolder(options.dataset, encoderCopy, "train"), { recursive: true, force: true });
      const onProgress = ({ done }: EmbedProgress): void => {
        if (done > 0) writeFileSync(file, Buffer.concat([before, Buffer.from(" ")]));
      };
      try {
        await expect(embedSplit({ ...mine, onProgress })).rejects.toThrow(says);
      } finally {
        writeFileSync(file, before);
      }
      expect((await listShards(mine)).shards).toEqual([
        { shard: 1, rows: 10, finished: false, failures: null },
      ]);
      expect(await embedSplit(mine)).toMatchObject({ shards: 1, reused: 0 });
    },
    120_000,
  );

  it("says what is missing", async () => {
    await expect(embedSplit({ ...options, shards: [3] })).rejects.toThrow("There is no shard 3");
    await expect(embedSplit({ ...options, split: "test" })).rejects.toThrow(
      "run notebook 01-preprocess first",
    );
    await expect(embedSplit({ ...options, encoder: "./no-such-clip" })).rejects.toThrow(
      "The encoder folder ./no-such-clip lacks onnx/vision_model.onnx",
    );
  });
});
