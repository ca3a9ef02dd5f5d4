import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { replaceFile, writeFileAtomic } from "./atomic";

const root = mkdtempSync(join(tmpdir(), "atomic-"));
afterAll(() => rmSync(root, { recursive: true }));

test("writes text and bytes, making folders and leaving nothing else behind", async () => {
  const path = join(root, "a/b/c.txt");
  await writeFileAtomic(path, "Café\n");
  expect(readFileSync(path, "utf8")).toBe("Café\n");
  await writeFileAtomic(path, new Uint8Array([1, 2, 255]));
  expect([...readFileSync(path)]).toEqual([1, 2, 255]);
  expect(readdirSync(join(root, "a/b"))).toEqual(["c.txt"]);
});

test("a writer that fails half-way leaves the old file and no other", async () => {
  const path = join(root, "old/x.csv");
  await writeFileAtomic(path, "old");
  await expect(
    replaceFile(path, async (temporary) => {
      writeFileSync(temporary, "ha");
      throw new Error("stopped");
    }),
  ).rejects.toThrow(`Cannot write ${path}: stopped`);
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(join(root, "old"))).toEqual(["x.csv"]);
});

test.each([
  ["ENOSPC", "the disk is full"],
  ["EROFS", "is read-only"],
  ["EACCES", "is read-only"],
])("%s is explained", async (code, meaning) => {
  const failing = replaceFile(join(root, "x"), () =>
    Promise.reject(Object.assign(new Error("no"), { code })),
  );
  await expect(failing).rejects.toThrow(meaning);
});

test("a file where a folder is needed is explained", async () => {
  await writeFileAtomic(join(root, "file"), "");
  await expect(writeFileAtomic(join(root, "file/x"), "")).rejects.toThrow("in the way");
});

test("many writers of one file: one of them wins whole", async () => {
  const path = join(root, "race");
  const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(texts.map((text) => writeFileAtomic(path, text)));
  expect(texts).toContain(readFileSync(path, "utf8"));
});
