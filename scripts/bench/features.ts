/**
 * Embeddings from disk to tensors at the paper's size: time and memory.
 *
 *     npm run bench -- features [--rows N] [--data FOLDER] [--keep]
 *
 * The features (see paper-data.ts) are first written as shards, in a scratch folder below data/ that is removed afterwards
 * unless --keep is given (2.5 GB). Each load runs in a process of its own: this program, told FEATURES_LOAD.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { shardFolder } from "../../lib/embed/shard-files";
import { idsHash, writeShard } from "../../lib/embed/shards";
import { projectOf } from "../../lib/project";
import { withDatabase } from "../../lib/files/table";
import { loadTrainingData } from "../../lib/train/training-data";
import { readOptions } from "./options";
import { featuresFolder, readLabels, rowsOfX } from "./paper-data";
import { report, run, say } from "./part";

const project = projectOf("bench-features", "mini-clip");
const { dataset, encoder } = project;
const columns = 1026;
const options = readOptions();

/** The prepared tables: ids, places, the split and the labels. */
async function writeTables(
  ids: Int32Array,
  places: Float64Array,
  labels: Uint8Array,
  tags: number,
): Promise<void> {
  const { train, tags: tagFile } = project;
  const names = Array.from({ length: tags }, (_, i) => `tag${i}`);
  await withDatabase(
    async (db) => {
      await db.run("CREATE TABLE tags (col VARCHAR, tag VARCHAR)");
      await db.append("tags", [names, names]);
      await db.copyToParquet("SELECT * FROM tags", tagFile);
      await db.run(`CREATE TABLE t (gridimage_id INTEGER, split VARCHAR, image VARCHAR, lat DOUBLE, lon DOUBLE,
      ${names.map((name) => `${name} UTINYINT`).join(", ")})`);
      const split = Array.from(ids, (_, row) => (row % 5 === 4 ? "val" : "train"));
      const image = Array.from(ids, String);
      const lat = Array.from(ids, (_, row) => 49.9 + 12 * places[2 * row]);
      const lon = Array.from(ids, (_, row) => 10.7 * places[2 * row + 1] - 8.6);
      const tagColumns = names.map((_, tag) =>
        Array.from(ids, (__, row) => labels[row * tags + tag]),
      );
      await db.append("t", [Array.from(ids), split, image, lat, lon, ...tagColumns]);
      await db.copyToParquet("SELECT * FROM t", train);
    },
    { memoryLimit: "3GB" },
  );
}

/** Write the folder's files in the project's layout, 10,000 rows a shard. */
async function writeDataset(folder: string): Promise<void> {
  const { ids, labels, tags } = await readLabels(folder);
  const places = new Float64Array(2 * ids.length);
  const shards = shardFolder(dataset, encoder, "train");
  for await (const { from, rows } of rowsOfX(folder, ids.length)) {
    const n = rows.length / columns;
    const image = new Float32Array(n * 512);
    const title = new Float32Array(n * 512);
    for (let i = 0, start = 0; i < n; i++, start += columns) {
      image.set(rows.subarray(start, start + 512), i * 512);
      title.set(rows.subarray(start + 512, start + 1024), i * 512);
      places.set(rows.subarray(start + 1024, start + 1026), (from + i) * 2);
    }
    const part = Array.from(ids.subarray(from, from + n));
    const texts = part.map(String);
    await writeShard(
      shards,
      {
        dataset,
        split: "train",
        encoder,
        dtype: "fp32",
        modelHash: "bench",
        preprocessing: "bench",
        cleaning: "bench",
        photos: "bench",
        titles: "bench",
        shard: from / 10_000,
        firstRow: from,
        rows: n,
        ids: idsHash(part),
      },
      {
        ids: part,
        images: texts,
        titles: texts,
        sizes: part,
        status: texts.map(() => "ok"),
        image,
        title,
      },
    );
  }
  await writeTables(ids, places, labels, tags);
}

/** In a process of its own: load once, say how long it took and how much memory was needed at most. */
async function load(): Promise<void> {
  const started = performance.now();
  const data = await loadTrainingData(project);
  const seconds = (performance.now() - started) / 1000;
  const [rows] = data.features.img.shape;
  const { user, system } = process.cpuUsage();
  console.log(
    JSON.stringify({
      seconds,
      cpu: (user + system) / 1e6,
      bytes: process.resourceUsage().maxRSS * 1024,
      rows,
    }),
  );
}

async function main(): Promise<void> {
  if (process.env.FEATURES_LOAD) return load();
  const folder = await featuresFolder(options);
  if (!existsSync(project.train)) {
    say("  writing shards");
    await writeDataset(folder);
  }
  const runs = Array.from({ length: options.quick ? 1 : 4 }, () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      ["--import", "tsx", "scripts/bench/features.ts"],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, FEATURES_LOAD: "1" },
      },
    );
    if (status !== 0) throw new Error("loading failed");
    const line = stdout.split("\n").find((text) => text.startsWith("{"))!;
    say(`  ${line}`);
    return JSON.parse(line) as { seconds: number; cpu: number; bytes: number; rows: number };
  }).slice(options.quick ? 0 : 1); // the first reads from the disk, the others from the file cache
  if (!options.keep) rmSync(project.inputs, { recursive: true });
  const what = `${runs[0].rows.toLocaleString("en-GB")} rows of ${columns} features, shards → tensors`;
  const note = "files verified, every number checked, labels included";
  report({
    what: `${what}: time`,
    unit: "s",
    ours: runs.map(({ seconds }) => seconds),
    goal: "≤ 7",
    note,
  });
  report({ what: `${what}: CPU time of the process`, unit: "s", ours: runs.map(({ cpu }) => cpu) });
  const times = runs.map(({ bytes, rows }) => bytes / (rows * columns * 4));
  report({
    what: `${what}: peak memory of the process`,
    unit: "× the features",
    ours: times,
    goal: "≤ 1.6",
  });
}

run("features", main);
