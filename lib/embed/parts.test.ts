/** Photos and titles are parts of a shard that are made, and made again, apart. The encoder is a stand-in. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
  cpSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { withDatabase } from "../files/table";
import type { ClipTask } from "./clip-worker";
import type { startClipWorkers } from "./clip-workers";
import { embedSplit as embedWith, listShards, type EmbedOptions } from "./embed";
import { loadFeatures } from "./features";

const folder = mkdtempSync(join(tmpdir(), "embed-parts-"));
afterAll(() => rmSync(folder, { recursive: true }));
const encoder = join(folder, "encoder");
cpSync("data/mini-clip", encoder, { recursive: true, dereference: true });
const card = join(encoder, "README.md");
const plainCard = readFileSync(card);

const options: EmbedOptions = {
  dataset: relative("data", folder),
  split: "train",
  encoder,
  rowsPerShard: 4,
};
/** Photos and different titles that the encoder was asked for since the last test began. */
const asked = { photos: 0, titles: 0 };
const startWorkers: typeof startClipWorkers = async () => ({
  workers: [
    {
      embed: async (task: ClipTask) => {
        const list = "files" in task ? task.files : task.tokens;
        asked["files" in task ? "photos" : "titles"] += list.length;
        const embeddings = new Float32Array(list.length * 512);
        list.forEach((item, i) => embeddings.fill(item.length, i * 512, (i + 1) * 512));
        return { embeddings, failures: list.map(() => null) };
      },
    },
  ],
  close: async () => undefined,
});
const embedSplit = (some: EmbedOptions): ReturnType<typeof embedWith> =>
  embedWith(some, startWorkers);

const titles = [
  "Sheep",
  "Barn &amp; silo",
  "A canal",
  "Sheep",
  "Snow",
  "",
  "Railway",
  "Moor",
  "Sheep",
];
async function prepare(images: (string | null)[]): Promise<void> {
  await withDatabase(async (db) => {
    await db.run(
      "CREATE TABLE t (gridimage_id INTEGER, title VARCHAR, image VARCHAR, lat DOUBLE, lon DOUBLE)",
    );
    const ids = titles.map((_, i) => 100 + i);
    await db.append("t", [ids, titles, images, titles.map(() => 54), titles.map(() => -2)]);
    await db.copyToParquet("SELECT * FROM t", join(folder, "prepared/train.parquet"));
  });
}
const none = titles.map(() => null);
const photos = titles.map((_, i) => `photos/${i}.jpg`);
mkdirSync(join(folder, "photos"));
for (const photo of photos) writeFileSync(join(folder, photo), photo);

const shards = join(folder, "embeddings", relative("/", encoder).replaceAll("/", "--"), "train");
const file = (name: string): Buffer => readFileSync(join(shards, name));
const done = async (): Promise<boolean[]> =>
  (await listShards(options)).shards.map(({ finished }) => finished);

beforeEach(() => {
  rmSync(shards, { recursive: true, force: true });
  writeFileSync(card, plainCard);
  Object.assign(asked, { photos: 0, titles: 0 });
});

test("without photos, titles alone; photos join them later, and no title is embedded again", async () => {
  await prepare(none);
  const progress: (string | number)[] = [];
  const onProgress: EmbedOptions["onProgress"] = ({ done, subject }) =>
    progress.push(done, subject);
  const summary = await embedSplit({ ...options, onProgress });
  expect(summary).toMatchObject({ shards: 3, rows: 9, reused: 0, failures: [] });
  expect([progress[0], ...progress.slice(-2)]).toEqual([0, 9, "titles"]);
  expect(asked).toEqual({ photos: 0, titles: 7 }); // "Sheep" once, although it is in two shards
  expect(existsSync(join(shards, "img_emb/img_emb_0000.npy"))).toBe(false);
  expect(await done()).toEqual([true, true, true]);
  const load = () => loadFeatures({ ...options, dtype: "fp32" });
  const { features, ok } = await load();
  expect(Object.keys(features)).toEqual(["txt", "loc"]);
  expect([...ok]).toEqual(titles.map(() => 0));
  expect(features.txt[0]).toBe(3); // start, sheep, end
  const before = [0, 1, 2].map((n) => file(`text_emb/text_emb_000${n}.npy`));

  // Photos arrive for the first shard and a part of the second.
  await prepare(photos.map((photo, i) => (i < 6 ? photo : null)));
  expect(await done()).toEqual([false, false, true]);
  await expect(load()).rejects.toThrow(
    /img_emb_0000\.npy is not there: the photos of these rows have not been embedded yet/,
  );
  asked.titles = 0;
  expect(await embedSplit(options)).toMatchObject({ reused: 1 });
  expect(asked).toEqual({ photos: 6, titles: 0 });
  expect([...(await load()).ok]).toEqual(titles.map((_, i) => (i < 6 ? 1 : 0)));
  await prepare(photos);
  expect(await embedSplit(options)).toMatchObject({ reused: 1 });
  expect(asked).toEqual({ photos: 6 + 4 + 1, titles: 0 });
  expect([0, 1, 2].map((n) => file(`text_emb/text_emb_000${n}.npy`))).toEqual(before);
  const all = await load();
  expect([...all.ok]).toEqual(titles.map(() => 1));

  // The same bytes as from a run that had everything from the beginning.
  const images = [0, 1, 2].map((n) => file(`img_emb/img_emb_000${n}.npy`));
  const manifest = file("manifest/manifest_0001.json");
  rmSync(shards, { recursive: true });
  await embedSplit(options);
  expect([0, 1, 2].map((n) => file(`img_emb/img_emb_000${n}.npy`))).toEqual(images);
  expect(file("manifest/manifest_0001.json")).toEqual(manifest);
});

test('photos: "later" leaves photos for later, and those that there are in peace', async () => {
  await prepare(photos);
  const later = { ...options, photos: "later" } as const;
  expect((await embedSplit(later)).failures).toEqual([]);
  expect(asked.photos).toBe(0);
  expect(await embedSplit(later)).toMatchObject({ reused: 3 });
  expect(await done()).toEqual([false, false, false]);
  await embedSplit(options);
  const photo = join(folder, photos[2]);
  writeFileSync(photo, "another");
  const before = file("img_emb/img_emb_0000.npy");
  Object.assign(asked, { photos: 0, titles: 0 });
  expect(await embedSplit(later)).toMatchObject({ reused: 3 });
  expect(file("img_emb/img_emb_0000.npy")).toEqual(before);
  expect(await embedSplit(options)).toMatchObject({ reused: 2 });
  expect(asked).toEqual({ photos: 4, titles: 0 });
  writeFileSync(photo, photos[2]);
});

test("another cleaning of titles embeds the titles again, and no photo", async () => {
  await prepare(photos);
  await embedSplit(options);
  const before = file("text_emb/text_emb_0000.npy");
  Object.assign(asked, { photos: 0, titles: 0 });
  rmSync(card); // mini-clip's card says that titles are left as they are
  expect(await done()).toEqual([false, false, false]);
  await embedSplit(options);
  expect(asked.photos).toBe(0);
  expect(asked.titles).toBeGreaterThan(0);
  expect(file("text_emb/text_emb_0000.npy")).not.toEqual(before);
  expect(await embedSplit(options)).toMatchObject({ reused: 3 });
});
