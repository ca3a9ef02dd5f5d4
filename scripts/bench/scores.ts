/**
 * Validation scores beside PyTorch's after 3, 10 and 30 epochs, each seed with its own split, order and start.
 *
 *     npm run bench -- scores [--score-rows 60000] [--seeds 3] [--score-epochs 30]
 *
 * Data and other options as for the part heads; the first --score-rows rows are used.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/files/atomic";
import { experimentNamed } from "../../lib/train/experiments";
import { npyBytes } from "../../lib/files/npy";
import { tf } from "../../lib/tfjs";
import { paperSettings } from "../../lib/train/settings";
import { trainHead } from "../../lib/train/train";
import type { EpochLog } from "../../lib/train/training-log";
import { paperScaleData, readLabels, rowsOfX } from "./paper-data";
import { report, say } from "./part";
import { options, start, timed, torch, type TorchEpoch } from "./torch-heads";

const range = (values: number[]): string =>
  `${Math.min(...values).toFixed(4)} to ${Math.max(...values).toFixed(4)}`;

/** The first rows of the data, in a folder of their own unless they are all. */
async function subsetOf(folder: string, n: number): Promise<string> {
  const { ids, labels, tags } = await readLabels(folder);
  if (n >= ids.length) return folder;
  const subset = mkdtempSync(join(tmpdir(), "bench-scores-"));
  const X = new Float32Array(n * 1026);
  for await (const { from, rows: part } of rowsOfX(folder, ids.length, n)) X.set(part, from * 1026);
  await writeFileAtomic(join(subset, "X.npy"), npyBytes(X, [n, 1026]));
  writeFileSync(join(subset, "Y.npy"), npyBytes(labels.subarray(0, n * tags), [n, tags]));
  writeFileSync(join(subset, "ids.npy"), npyBytes(ids.subarray(0, n), [n]));
  return subset;
}

start("scores", async (folder) => {
  const epochs = options.scoreEpochs;
  const rows = Math.min(options.scoreRows, (await readLabels(folder)).ids.length);
  const subset = await subsetOf(folder, rows);
  const seeds = Array.from({ length: options.seeds }, (_, i) => 42 + i);
  for (const name of timed) {
    const chosen = experimentNamed(name);
    const ours: EpochLog[][] = [];
    const theirs: TorchEpoch[][] = [];
    for (const seed of seeds) {
      const data = await paperScaleData(subset, seed);
      const settings = { ...paperSettings(chosen.kind), maxEpochs: epochs, patience: epochs, seed };
      const head = await trainHead(chosen, data, settings);
      ours.push(head.log);
      tf.dispose([data.labels, Object.values(data.features)]);
      theirs.push(torch(subset, name, epochs, seed));
      say(`  ${name}, seed ${seed}`);
    }
    for (const epoch of [3, 10, 30].filter((wanted) => wanted <= epochs))
      for (const [score, mine, other] of [
        ["exact match", "valExactMatch", "exact_match"],
        ["macro F1", "valMacroF1", "macro_f1"],
      ] as const)
        report({
          what: `${name}: ${score} after ${epoch} epochs`,
          unit: `${rows.toLocaleString("en-GB")} rows`,
          ours: ours.map((log) => log[epoch - 1][mine]),
          pytorch: theirs.map((log) => log[epoch - 1][other]),
          note:
            `${seeds.length} seeds: ours ${range(ours.map((log) => log[epoch - 1][mine]))}, PyTorch's ` +
            range(theirs.map((log) => log[epoch - 1][other])),
        });
  }
  if (subset !== folder) rmSync(subset, { recursive: true });
});
