import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { logits } from "./heads";
import type { Weights } from "./weights";
import { loadPthHead } from "./pth-head";
import { readPth } from "../files/pth/pth";
import { tf, type Tensor2D } from "../tfjs";

type LogitRows = Record<string, number[][]>;
const fixtures = "lib/fixtures";
const authors = "../shared/reference/heads";
const expected = JSON.parse(readFileSync(`${fixtures}/pth-logits.json`, "utf8")) as {
  fixtures: LogitRows;
  authors: LogitRows;
};

/** The largest difference from PyTorch's logits, for the inputs x[i, j] = sin(i · columns + j) / 2. */
function difference(weights: Weights, rows: number[][]): number {
  return tf.tidy(() => {
    const columns = weights[0].shape[1];
    const n = rows.length * columns;
    const x = tf
      .tensor(Float32Array.from({ length: n }, (_, i) => Math.sin(i) / 2))
      .reshape([rows.length, columns]);
    return tf.max(tf.abs(tf.sub(logits(weights, x as Tensor2D), rows))).dataSync()[0];
  });
}

test("a file of the authors' earlier name, with the encoder in it, is the same head", async () => {
  const folder = mkdtempSync(join(tmpdir(), "earlier-name-"));
  for (const name of ["linear-loc-clip", "linear-clip-loc", "linear-loc-eclipse"])
    copyFileSync(`${fixtures}/linear-loc.pth`, join(folder, `${name}.pth`));
  for (const name of ["linear-loc-clip", "linear-clip-loc"])
    expect((await loadPthHead(join(folder, `${name}.pth`))).experiment.name).toBe("linear-loc");
  await expect(loadPthHead(join(folder, "linear-loc-eclipse.pth"))).rejects.toThrow(
    "no experiment",
  );
  rmSync(folder, { recursive: true });
});

test("a linear head of PyTorch gives PyTorch's logits", async () => {
  const { experiment, weights } = await loadPthHead(`${fixtures}/linear-loc.pth`);
  expect(experiment.name).toBe("linear-loc");
  expect(weights.map(({ shape }) => shape)).toEqual([[49, 2], [49]]);
  expect(difference(weights, expected.fixtures["linear-loc"])).toBeLessThan(1e-6);
});

test("an MLP of PyTorch gives PyTorch's logits", async () => {
  const tensors = await readPth(`${fixtures}/tiny-mlp.pth`);
  expect(Object.keys(tensors)).toEqual(["0.weight", "0.bias", "3.weight", "3.bias"]);
  expect(difference(Object.values(tensors), expected.fixtures["tiny-mlp"])).toBeLessThan(1e-6);
});

describe.skipIf(!existsSync(authors))(
  "the authors' heads (skipped where ../shared is absent)",
  () => {
    test.each(Object.entries(expected.authors))("%s gives PyTorch's logits", async (name, rows) => {
      const { experiment, weights } = await loadPthHead(`${authors}/${name}.pth`);
      expect(experiment.name).toBe(name);
      expect(difference(weights, rows)).toBeLessThan(1e-5);
    });
  },
);

test("a head of another experiment, or of none, is an error that names both", async () => {
  await expect(loadPthHead(`${fixtures}/tiny-mlp.pth`)).rejects.toThrow(
    /no experiment "tiny-mlp". Known: linear-img/,
  );
  await expect(loadPthHead(`${fixtures}/linear-loc.pth`, "linear-img")).rejects.toThrow(
    'linear-img needs "bias" 49, "weight" 49 × 512, but the file has "bias" 49, "weight" 49 × 2',
  );
  await expect(loadPthHead(`${fixtures}/tiny-mlp.pth`, "mlp-loc", 5)).rejects.toThrow(
    'mlp-loc needs "0.bias" 256, "0.weight" 256 × 2, "3.bias" 5, "3.weight" 5 × 256, but the file has "0.bias" 8',
  );
});
