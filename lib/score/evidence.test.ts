import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gatherEvidence, hasRelease, readEvidence, writeEvidence } from "./evidence";
import { centred, cosine } from "./evidence-heads";
import { labelEvidence } from "./evidence-labels";
import { submissionEvidence } from "./evidence-submissions";
import { writeSubmission } from "./submission";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "evidence-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("labels", () => {
  const file = (): string => join(folder, "train.csv");

  test("sets, pairs, trios and neighbours of a handful of photos, counted by hand", async () => {
    const rows = [
      [10, 1, 0, 0],
      [11, 1, 0, 0], // as its neighbour 10
      [14, 1, 1, 0],
      [40, 1, 1, 1],
      [60, 1, 1, 1], // twenty from 40, and as it
      [200, 0, 0, 1],
    ];
    writeFileSync(file(), ["gridimage_id,tag1,tag2,tag3", ...rows, ""].join("\n"));
    const found = await labelEvidence(file(), 1);
    expect(found.counts).toEqual([
      { cols: "tag1", images: 5 },
      { cols: "tag2", images: 3 },
      { cols: "tag3", images: 3 },
    ]);
    expect(found.setSizes).toEqual([
      { images: 2, sets: 2 },
      { images: 1, sets: 2 },
    ]);
    expect(found.sets[0]).toEqual({ cols: "tag1", images: 2 });
    expect(found.pairs).toEqual([
      { cols: "tag1+tag2", images: 3 },
      { cols: "tag1+tag3", images: 2 },
      { cols: "tag2+tag3", images: 2 },
    ]);
    expect(found.trios).toEqual([{ cols: "tag1+tag2+tag3", images: 2 }]);
    // 10 and 11 are one apart and alike; 14 is three from 11; 40 and 60 are twenty apart and alike; 200 is far.
    expect(found.neighbours).toEqual([
      { gap: 1, images: 2, same: 2 },
      { gap: 3, images: 1, same: 0 },
      { gap: 11, images: 2, same: 2 },
      { gap: 51, images: 1, same: 0 },
    ]);
  });

  test("photos with more than five tags are left out", async () => {
    const header = `gridimage_id,${[1, 2, 3, 4, 5, 6].map((i) => `tag${i}`).join(",")}`;
    writeFileSync(file(), `${header}\n1,1,1,1,1,1,1\n2,1,1,1,1,1,0\n`);
    expect((await labelEvidence(file())).setSizes).toEqual([{ images: 1, sets: 1 }]);
  });

  test("a file that is missing, or no table of labels", async () => {
    await expect(labelEvidence(file())).rejects.toThrow(/train\.csv is missing .*npm run release/);
    writeFileSync(file(), "id,name\n1,a\n");
    await expect(labelEvidence(file())).rejects.toThrow(/expected the header gridimage_id,tag/);
  });
});

test("rows less their mean; the cosine of an angle", () => {
  expect(
    centred([
      [1, 2],
      [3, 6],
    ]),
  ).toEqual([
    [-1, -2],
    [1, 2],
  ]);
  expect(cosine([1, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2, 12);
});

describe("submissions", () => {
  test("tags given, and photos on which two agree", async () => {
    const cols = ["tag1", "tag2"];
    const write = (name: string, ids: number[], labels: number[]): Promise<void> =>
      writeSubmission(join(folder, `${name}.csv.zip`), ids, Uint8Array.from(labels), cols);
    await write("a", [1, 2, 3], [1, 0, 0, 1, 1, 1]);
    await write("b", [1, 2, 3], [1, 0, 1, 0, 1, 1]);
    expect(await submissionEvidence(folder, ["a", "b"])).toEqual({
      given: [
        { experiment: "a", tags: 1, images: 2 },
        { experiment: "a", tags: 2, images: 1 },
        { experiment: "b", tags: 1, images: 2 },
        { experiment: "b", tags: 2, images: 1 },
      ],
      agreements: [{ a: "a", b: "b", images: 2 }],
    });
    await write("c", [1, 2, 4], [1, 0, 1, 0, 1, 1]);
    await expect(submissionEvidence(folder, ["a", "c"])).rejects.toThrow(/c\.csv\.zip has other/);
  });
});

describe("what is committed", () => {
  test("is read as it was written", async () => {
    const evidence = await readEvidence();
    await writeEvidence(evidence, folder);
    expect(await readEvidence(folder)).toEqual(evidence);
    rmSync(join(folder, "trios.csv"));
    await expect(readEvidence(folder)).rejects.toThrow(/trios\.csv is missing/);
  });

  const reference = resolve("../shared/reference");
  test.skipIf(!existsSync(reference))(
    "is what the release says (skipped where ../shared is absent)",
    async () => {
      await mkdir(join(folder, "release"));
      for (const part of ["heads", "submissions"])
        symlinkSync(join(reference, part), join(folder, "release", part));
      expect(hasRelease(folder)).toBe(false);
      symlinkSync(join(reference, "kaggle_data/train.csv.zip"), join(folder, "train.csv.zip"));
      expect(hasRelease(folder)).toBe(true);
      expect(await gatherEvidence(folder)).toEqual(await readEvidence());
    },
    180_000,
  );
});
