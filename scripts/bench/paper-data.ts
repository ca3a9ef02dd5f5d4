/** Features at the paper's size, in a folder: X.npy [n, 1026], Y.npy [n, 49], ids.npy [n]. */
import { existsSync } from "node:fs";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { modalitySize } from "../../lib/modalities";
import { alignedFloats } from "../../lib/embed/features";
import { selectLabels } from "../../lib/data/labels";
import { removeTemporaries, temporaryName, writeError } from "../../lib/files/atomic";
import { npyBytes, readNpy } from "../../lib/files/npy";
import { seededRandom } from "../../lib/random";
import { tf } from "../../lib/tfjs";
import { asTensors, type TrainingData } from "../../lib/train/training-data";
import { drawnLabels, hasRelease, labelsOfRelease, type PaperLabels } from "./labels";
import type { Options } from "./options";
import { requirePython, runPython, say } from "./part";

/** How many columns each row of X has: image, title, location. */
const columns = modalitySize.img + modalitySize.txt + modalitySize.loc;

const files = ["X.npy", "Y.npy", "ids.npy"];

/** Labels as X's rows need them, then X itself by make_features.py. */
async function writeFolder(folder: string, options: Options, real: boolean): Promise<void> {
  const { ids, labels, tags } = await (real ? labelsOfRelease : drawnLabels)(options.rows);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "Y.npy"), npyBytes(labels, [ids.length, tags]));
  await writeFile(join(folder, "ids.npy"), npyBytes(ids, [ids.length]));
  runPython(options, "make_features.py", folder);
}

/**
 * The folder of the features: the one that was named, or one below .cache/bench, made if it is not there yet, from the
 * release's labels where they are, else from drawn ones. Throws if a named folder lacks a file.
 */
export async function featuresFolder(options: Options): Promise<string> {
  const { data, rows } = options;
  const missing = files.find((name) => data && !existsSync(join(data, name)));
  if (missing) throw new Error(`${join(data!, missing)} is missing: without --data it is made`);
  if (data) return data;
  const real = hasRelease();
  const folder = `.cache/bench/features-${rows}-${real ? "release" : "drawn"}`;
  if (existsSync(folder)) return folder;
  requirePython(options, ["numpy"]);
  say(`  making features of ${rows} rows with ${real ? "the competition's" : "drawn"} labels`);
  await removeTemporaries(folder);
  const temporary = temporaryName(folder);
  try {
    await writeFolder(temporary, options, real);
    await rename(temporary, folder);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw "code" in (cause as Error) ? writeError(folder, cause) : cause;
  }
  return folder;
}

/** The labels and ids of a folder of features. */
export async function readLabels(folder: string): Promise<PaperLabels> {
  const { data: labels, shape } = await readNpy<Uint8Array>(join(folder, "Y.npy"));
  const { data: ids } = await readNpy<Int32Array>(join(folder, "ids.npy"));
  return { ids, labels, tags: shape[1] };
}

/**
 * The first `end` of the n rows of X.npy, some thousand at a time: `rows` is [to − from, 1026] row by row, and is used
 * again for the next.
 */
export async function* rowsOfX(
  folder: string,
  n: number,
  end = n,
): AsyncGenerator<{ from: number; rows: Float32Array }> {
  const file = await open(join(folder, "X.npy"));
  const rowBytes = columns * 4;
  const offset = (await file.stat()).size - n * rowBytes;
  const step = 10_000;
  const buffer = new Float32Array(step * columns);
  for (let from = 0; from < end; from += step) {
    const rows = buffer.subarray(0, Math.min(step, end - from) * columns);
    await file.read(
      new Uint8Array(rows.buffer, 0, rows.byteLength),
      0,
      rows.byteLength,
      offset + from * rowBytes,
    );
    yield { from, rows };
  }
  await file.close();
}

/** All of it as training data: four fifths of the rows for training, chosen with the seed. */
export async function paperScaleData(folder: string, seed = 42): Promise<TrainingData> {
  await tf.ready();
  const { ids, labels, tags } = await readLabels(folder);
  const n = ids.length;
  const arrays = {
    img: alignedFloats(n * 512),
    txt: alignedFloats(n * 512),
    loc: alignedFloats(n * 2),
  };
  for await (const { from, rows } of rowsOfX(folder, n)) {
    for (let i = 0, start = 0; start < rows.length; i++, start += columns) {
      arrays.img.set(rows.subarray(start, start + 512), (from + i) * 512);
      arrays.txt.set(rows.subarray(start + 512, start + 1024), (from + i) * 512);
      arrays.loc.set(rows.subarray(start + 1024, start + 1026), (from + i) * 2);
    }
  }
  const order = seededRandom(seed).permutation(n);
  const cut = Math.floor(n * 0.8);
  const validationRows = order.subarray(cut).sort();
  return {
    features: asTensors(arrays),
    labels: tf.tensor2d(new Float32Array(labels), [n, tags]),
    trainRows: order.subarray(0, cut).sort(),
    validationRows,
    validationLabels: selectLabels(labels, tags, validationRows),
    tags,
    fingerprint: "paper scale",
  };
}
