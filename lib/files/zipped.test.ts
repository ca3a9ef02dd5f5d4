import AdmZip from "adm-zip";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { possiblyZipped, readPossiblyZipped, withPlainFile } from "./zipped";

const table = "gridimage_id,title\n1,Canal\n";
let folder: string;
let path: string;

function zip(entries: Record<string, string>): void {
  const archive = new AdmZip();
  for (const [name, text] of Object.entries(entries)) archive.addFile(name, Buffer.from(text));
  archive.writeZip(`${path}.zip`);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zipped-"));
  path = join(folder, "metadata.csv");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("readPossiblyZipped", () => {
  test("a plain file, a zipped one, one zipped by macOS, and both alike", () => {
    writeFileSync(path, table);
    expect(possiblyZipped(path)).toBe(path);
    expect(String(readPossiblyZipped(path))).toBe(table);
    zip({ "metadata.csv": table });
    expect(String(readPossiblyZipped(path))).toBe(table);
    rmSync(path);
    expect(possiblyZipped(path)).toBe(`${path}.zip`);
    expect(String(readPossiblyZipped(path))).toBe(table);
    zip({ "metadata.csv": table, "__MACOSX/._metadata.csv": "\0\x05\x16\x07" });
    expect(String(readPossiblyZipped(path))).toBe(table);
  });

  test("neither", () => {
    expect(possiblyZipped(path)).toBeNull();
    expect(() => readPossiblyZipped(path)).toThrow(/metadata\.csv is missing, and there/);
  });

  test("both, but different", () => {
    writeFileSync(path, table);
    zip({ "metadata.csv": `${table}2,Church\n` });
    expect(() => readPossiblyZipped(path)).toThrow(/metadata\.csv\.zip differ: delete/);
  });

  test("several files, none, no zip at all, a damaged one", () => {
    zip({ "a.csv": table, "b.csv": table });
    expect(() => readPossiblyZipped(path)).toThrow(/found 2: a\.csv, b\.csv/);
    zip({ "__MACOSX/._metadata.csv": "" });
    expect(() => readPossiblyZipped(path)).toThrow(/found 0: none/);
    writeFileSync(`${path}.zip`, "<html>");
    expect(() => readPossiblyZipped(path)).toThrow(/metadata\.csv\.zip cannot be unzipped/);
    zip({ "metadata.csv": table.repeat(1000) });
    const bytes = readFileSync(`${path}.zip`);
    bytes[60] ^= 0xff;
    writeFileSync(`${path}.zip`, bytes);
    expect(() => readPossiblyZipped(path)).toThrow(/metadata\.csv\.zip cannot be unzipped/);
  });
});

describe("withPlainFile", () => {
  test("a plain file is used where it is", async () => {
    writeFileSync(path, table);
    expect(await withPlainFile(path, async (plain) => plain)).toBe(path);
  });

  test("a zipped one is unzipped under its name, and gone afterwards, also after an error", async () => {
    zip({ "metadata.csv": table });
    const seen: string[] = [];
    const use = async (plain: string): Promise<string> => {
      seen.push(plain);
      return readFileSync(plain, "utf8");
    };
    expect(await withPlainFile(path, use)).toBe(table);
    const failing = async (plain: string): Promise<void> => {
      seen.push(plain);
      throw new Error("a bad line");
    };
    await expect(withPlainFile(path, failing)).rejects.toThrow("a bad line");
    expect(
      seen.map((plain) => [plain.endsWith("/metadata.csv"), existsSync(dirname(plain))]),
    ).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  test("both, but different", async () => {
    writeFileSync(path, table);
    zip({ "metadata.csv": "gridimage_id,title\n" });
    await expect(withPlainFile(path, async () => 1)).rejects.toThrow(/differ/);
  });
});
