import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readTagStatistics } from "../../data/draw-sample/tag-sets";
import { busyReason, checkIdle, type Check } from "./idle";
import { drawnLabels, labelsOfRelease } from "./labels";
import { ALL_ROWS, partsOf, readOptions, USAGE, UsageError } from "./options";

describe("command line", () => {
  test("parts and options in any order, the usual for the rest", () => {
    const options = readOptions(["--rounds=2", "heads", "--dtypes", "q8", "embed"]);
    expect(options).toMatchObject({ rounds: 2, dtypes: ["q8"], rows: ALL_ROWS, photos: 256 });
    expect(partsOf(options)).toEqual(["heads", "embed"]);
    expect(readOptions(options.given)).toMatchObject({ rounds: 2, dtypes: ["q8"], parts: [] });
  });

  test("--quick is smaller, but what is said holds", () => {
    const { rows, rounds } = readOptions(["--quick", "--rows", "300"]);
    expect([rows, rounds]).toEqual([300, 1]);
  });

  test("without parts all run, and the help names them", () => {
    const all = partsOf(readOptions([]));
    expect(all).toHaveLength(10);
    for (const part of all) expect(USAGE).toContain(`  ${part} `);
  });

  test.each([
    [["haeds"], /no part "haeds".*heads, linear14, all28/],
    [["heads", "--quikc"], /--quikc.*--quick/],
    [["--rows", "0"], /--rows takes a whole number from 1, not "0"/],
    [["--rows", "608501"], /at most/],
    [["--rounds", "many"], /--rounds .*"many"/],
    [["--dtypes", "fp16"], /fp32, q8 .*"fp16"/],
  ])("%j is refused with what there is", (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(message);
  });
});

describe("idle check", () => {
  const idle: Check = { load: 0.2, share: 0.99 };
  const ours: Check = { load: 2.1, share: 0.99 }; // the load is the benchmark's own

  test("idle before and after is idle, whatever load the benchmark itself left", () => {
    expect(busyReason({ first: idle, before: ours, after: ours }, 2)).toBeNull();
  });

  test("load before the first part, or time taken before or after a part, is busy", () => {
    expect(busyReason({ first: ours, before: ours, after: ours }, 2)).toMatch(/load was 2\.1/);
    const taken = { load: 2, share: 0.8 };
    expect(busyReason({ first: idle, before: taken, after: idle }, 2)).toMatch(/80 % .* before/);
    expect(busyReason({ first: idle, before: idle, after: taken }, 2)).toMatch(/80 % .* after/);
  });

  test("a spin gets some of the cores' time, at most all", async () => {
    const { share } = await checkIdle(100);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThanOrEqual(1);
  });
});

describe("labels", () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-labels-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("drawn sets have the competition's frequencies, and 1 to 5 tags", async () => {
    const n = 20_000;
    const { cols, single, pairs, perImage } = await readTagStatistics();
    const { ids, labels, tags } = await drawnLabels(n);
    expect([ids.length, labels.length, tags]).toEqual([n, n * cols.length, cols.length]);
    const sizes = Array.from(ids, (_, row) =>
      labels.subarray(row * tags, (row + 1) * tags).reduce((sum, label) => sum + label, 0),
    );
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([1, 5]);
    const all = perImage.slice(0, 5).reduce((a, b) => a + b);
    perImage.slice(0, 5).forEach((images, i) => {
      const share = sizes.filter((size) => size === i + 1).length / n;
      expect(Math.abs(share - images / all)).toBeLessThan(0.012);
    });
    const alone = single.reduce((a, b) => a + b);
    const ones = sizes.filter((size) => size === 1).length;
    single.forEach((images, tag) => {
      const found = sizes.filter((size, row) => size === 1 && labels[row * tags + tag]).length;
      expect(Math.abs(found / ones - images / alone)).toBeLessThan(0.015);
    });
    const met = new Set<number>();
    sizes.forEach((size, row) => {
      if (size !== 2) return;
      const [a, b] = cols.flatMap((_, tag) => (labels[row * tags + tag] ? [tag] : []));
      met.add(pairs[a][b]);
    });
    expect(met.has(0)).toBe(false); // only tags that occur together
    expect(await drawnLabels(50)).toEqual(await drawnLabels(50));
  });

  test("the release's: rows with 1 to 5 tags, all or some of them, in order", async () => {
    const { cols } = await readTagStatistics();
    const path = join(folder, "train.csv");
    const row = (id: number, count: number): string =>
      [id, ...cols.map((_, tag) => (tag < count ? "1.0" : "0"))].join(",");
    const counts = [0, 1, 5, 6, 2, 3];
    const lines = counts.map((count, i) => row(100 - i, count));
    writeFileSync(path, [["gridimage_id", ...cols].join(","), ...lines, ""].join("\n"));
    const { ids, labels, tags } = await labelsOfRelease(10, path);
    expect([...ids]).toEqual([99, 98, 96, 95]);
    expect([...labels.subarray(2 * tags, 2 * tags + 4)]).toEqual([1, 1, 0, 0]);
    const some = await labelsOfRelease(2, path);
    expect(some.ids).toHaveLength(2);
    expect([...ids].filter((id) => some.ids.includes(id))).toEqual([...some.ids]);
  });
});
