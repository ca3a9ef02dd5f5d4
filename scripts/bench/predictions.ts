/**
 * Predictions and submissions for 135,489 test photos with all 28 heads, as notebook 9 makes them.
 *
 *     npm run bench -- predictions [--rows N] [--data FOLDER]
 *
 * The first rows of the features (see paper-data.ts) stand for the test photos, as time does not depend on the values. The
 * heads are untrained. The original's time, from the outputs of its notebook that predicts from embeddings on disk, is for
 * as many photos but 24 heads: 41.7 s of wall time, 4 min 16 s of processor time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anEpoch } from "../../lib/fixtures/epoch";
import { paperExperiments } from "../../lib/train/experiments";
import { initialWeights } from "../../lib/train/heads";
import { saveHead } from "../../lib/train/saved-heads";
import { paperSettings } from "../../lib/train/settings";
import { seededRandom } from "../../lib/random";
import { submitAll, type TestRows } from "../../lib/score/submit-all";
import { validateSubmission } from "../../lib/score/submission";
import { tf } from "../../lib/tfjs";
import { alignedFloats } from "../../lib/embed/features";
import { asTensors } from "../../lib/train/training-data";
import { readOptions } from "./options";
import { featuresFolder, readLabels, rowsOfX } from "./paper-data";
import { report, run, say } from "./part";

const photos = 135_489;
/** Lowers all logits: zipping takes longer the more tags are given, and untrained heads give half of them. */
const offset = 1;
const options = readOptions();

/** The first rows of the folder as test photos (`most` of them, or all), read as three tensors. */
async function readRows(data: string, most: number): Promise<TestRows> {
  const { ids, tags } = await readLabels(data);
  const n = Math.min(most, ids.length);
  const arrays = {
    img: alignedFloats(n * 512),
    txt: alignedFloats(n * 512),
    loc: alignedFloats(n * 2),
  };
  for await (const { from, rows } of rowsOfX(data, ids.length, n))
    for (let i = 0, start = 0; start < rows.length; i++, start += 1026) {
      arrays.img.set(rows.subarray(start, start + 512), (from + i) * 512);
      arrays.txt.set(rows.subarray(start + 512, start + 1024), (from + i) * 512);
      arrays.loc.set(rows.subarray(start + 1024, start + 1026), (from + i) * 2);
    }
  const tagCols = Array.from({ length: tags }, (_, tag) => `tag${tag + 1}`);
  return { ids: ids.slice(0, n), features: asTensors(arrays), tagCols };
}

/** Untrained heads of all experiments, saved. */
async function saveHeads(
  folders: { heads: string; logs: string },
  tags: number,
): Promise<string[]> {
  for (const experiment of paperExperiments) {
    const weights = initialWeights(experiment, tags, seededRandom(1));
    const bias = weights[weights.length - 1].data;
    bias.forEach((value, tag) => (bias[tag] = value - offset)); // so that photos get one or two tags, as from trained heads
    const head = {
      experiment,
      settings: paperSettings(experiment.kind),
      weights,
      log: [anEpoch],
      best: anEpoch,
    };
    await saveHead(head, folders, { fingerprint: "none" });
  }
  return paperExperiments.map(({ name }) => name);
}

/** Wall-clock and processor seconds of some work. */
async function timed<T>(work: () => Promise<T>): Promise<{ value: T; wall: number; cpu: number }> {
  const start = performance.now();
  const before = process.cpuUsage();
  const value = await work();
  const used = process.cpuUsage(before);
  return { value, wall: (performance.now() - start) / 1000, cpu: (used.user + used.system) / 1e6 };
}

async function main(): Promise<void> {
  await tf.ready();
  const data = await featuresFolder(options);
  const root = mkdtempSync(join(tmpdir(), "predictions-"));
  const folders = {
    heads: join(root, "heads"),
    logs: join(root, "logs"),
    submissions: join(root, "submissions"),
  };
  const read = await timed(() => readRows(data, options.quick ? 10_000 : photos));
  const test = read.value;
  const n = test.ids.length;
  say(`${n} rows read in ${read.wall.toFixed(1)} s`);
  try {
    const names = await saveHeads(folders, test.tagCols.length);
    const wall: number[] = [];
    const cpu: number[] = [];
    for (let run = 0; run < (options.quick ? 1 : 3); run++) {
      const { value, ...took } = await timed(() => submitAll(names, test, folders));
      say(
        `${value.length} submissions in ${took.wall.toFixed(1)} s, ${took.cpu.toFixed(1)} s of processor time`,
      );
      wall.push(took.wall);
      cpu.push(took.cpu);
    }
    const check = await timed(async () => {
      const given: number[] = [];
      for (const name of names) {
        const path = `${folders.submissions}/${name}.csv.zip`;
        given.push(
          (await validateSubmission(path, { testIds: test.ids, tagCols: test.tagCols })).tagsPerRow,
        );
      }
      say(`${Math.min(...given).toFixed(2)} to ${Math.max(...given).toFixed(2)} tags a photo`);
    });
    const what = `${names.length} submissions for ${n} photos`;
    report({
      what: `${what}, zips included`,
      unit: "s",
      ours: wall,
      goal: n === photos ? "≤ 15" : undefined,
      note: "from features in memory to files; the original: 24 in 41.7 s, 4 min 16 s of processor time",
    });
    report({
      what: `${what}, with reading the features`,
      unit: "s",
      ours: wall.map((each) => each + read.wall),
    });
    report({ what: `${what}: processor time`, unit: "s", ours: cpu });
    report({ what: `${what}: validating them`, unit: "s", ours: [check.wall] });
  } finally {
    rmSync(root, { recursive: true });
  }
}

run("predictions", main);
