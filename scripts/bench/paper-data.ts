/** Features at the paper's size, as make_features.py writes them: X.npy [n, 1026], Y.npy [n, 49], ids.npy [n]. */
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { modalitySize } from "../../lib/modalities";
import { alignedFloats } from "../../lib/embed/features";
import { selectLabels } from "../../lib/data/labels";
import { readNpy } from "../../lib/files/npy";
import { seededRandom } from "../../lib/random";
import { tf } from "../../lib/tfjs";
import { asTensors, type TrainingData } from "../../lib/train/training-data";

/** How many columns each row of X has: image, title, location. */
const columns = modalitySize.img + modalitySize.txt + modalitySize.loc;

/** The labels and ids of the folder. Throws, saying how to make them, when they are missing. */
export async function readLabels(
  folder: string,
): Promise<{ ids: Int32Array; labels: Uint8Array; tags: number }> {
  for (const name of ["X.npy", "Y.npy", "ids.npy"])
    if (!existsSync(join(folder, name)))
      throw new Error(
        `${join(folder, name)} is missing: write it with make_features.py --out ${folder}, or name another folder with --data`,
      );
  const { data: labels, shape } = await readNpy<Uint8Array>(join(folder, "Y.npy"));
  const { data: ids } = await readNpy<Int32Array>(join(folder, "ids.npy"));
  return { ids, labels, tags: shape[1] };
}

/** The rows of X.npy, some thousand at a time: `rows` is [to − from, 1026] row by row, and is used again for the next. */
export async function* rowsOfX(
  folder: string,
  n: number,
  step = 10_000,
): AsyncGenerator<{ from: number; rows: Float32Array }> {
  const file = await open(join(folder, "X.npy"));
  const rowBytes = columns * 4;
  const offset = (await file.stat()).size - n * rowBytes;
  const buffer = new Float32Array(step * columns);
  for (let from = 0; from < n; from += step) {
    const rows = buffer.subarray(0, Math.min(step, n - from) * columns);
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
