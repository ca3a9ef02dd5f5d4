import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPriors, writePriors } from "./saved-priors";
import { countSets, priorDecoder } from "./tag-sets";

let heads = "";
beforeEach(() => (heads = mkdtempSync(join(tmpdir(), "priors-"))));
afterEach(() => rmSync(heads, { recursive: true }));

const cols = ["a", "b", "c"];
const sets = countSets(Uint8Array.of(1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0), 3);
const tuned = { "linear-txt": { alpha: 0.3, novel: -2 }, "mlp-txt": { alpha: 0.5 } };

test("what is read is what was written", async () => {
  await writePriors({ heads }, cols, sets, tuned);
  const decoderOf = await readPriors({ heads }, cols);
  expect(decoderOf("linear-txt")).toEqual({ ...priorDecoder(sets, 0.3), novel: -2 });
  expect(decoderOf("mlp-txt")).toEqual(priorDecoder(sets, 0.5));
});

test("tags that it never saw, another order, and heads without a prior are named", async () => {
  await writePriors({ heads }, cols, sets, tuned);
  await expect(readPriors({ heads }, ["a", "b", "x", "y"])).rejects.toThrow(
    "never saw x, y: run notebook 16",
  );
  await expect(readPriors({ heads }, ["b", "a", "c"])).rejects.toThrow("in another order");
  const decoderOf = await readPriors({ heads }, cols);
  expect(() => decoderOf("linear-img")).toThrow(
    "no prior for linear-img, only for linear-txt, mlp-txt",
  );
  await expect(writePriors({ heads }, ["a"], sets, tuned)).rejects.toThrow(
    "1 columns for sets of 3 tags",
  );
});

test("a missing or damaged file says what to do", async () => {
  await expect(readPriors({ heads }, cols)).rejects.toThrow(
    "is missing: run notebook 16-decode first",
  );
  const path = await writePriors({ heads }, cols, sets, tuned);
  const text = readFileSync(path, "utf8");
  for (const broken of [text.slice(0, 40), "{}", text.replace('"tags":[0]', '"tags":[7]')]) {
    writeFileSync(path, broken);
    await expect(readPriors({ heads }, cols)).rejects.toThrow("is damaged: remove it");
  }
});
