import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Fail } from "../byte-reader";
import { parsePth, readPth } from "./pth";
import { seededRandom } from "../../random";
import type { NamedTensor } from "../safetensors-format";
import { storedEntries } from "./stored-zip";
import { tinyZip } from "./tiny-zip";

const fixtures = "lib/fixtures";
const authors = "../shared/reference/heads";
const linear = readFileSync(`${fixtures}/linear-loc.pth`);
const mlp = readFileSync(`${fixtures}/tiny-mlp.pth`);
const folder = mkdtempSync(join(tmpdir(), "pth-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!existsSync(authors))(
  "the authors' heads (skipped where ../shared is absent)",
  () => {
    test.each(["linear-loc", "linear-img-txt-loc-mixup", "mlp-img-txt-loc"])(
      "%s with a byte changed or cut short: an error, or the right tensors",
      (name) => {
        const file = readFileSync(`${authors}/${name}.pth`);
        const right = parsePth(file, "right");
        const random = seededRandom(42);
        for (let i = 0; i < 150; i++) {
          // Half of the places near the ends, where there are few weights and many headers.
          const near = i % 2 ? random.below(2000) : random.below(file.length);
          const at = i % 4 === 3 ? file.length - 1 - near : near;
          expectErrorOrSame(flipped(file, at, 1 + random.below(255)), right);
          if (i % 5 === 0) expectErrorOrSame(file.subarray(0, at), right);
        }
      },
    );
  },
);

const problem = "x.pth can't be read as a head: ";

/** The tensors, or undefined after one of our own errors. Fails for anything else. */
function parsed(file: Buffer): Record<string, NamedTensor> | undefined {
  try {
    return parsePth(file, "x.pth");
  } catch (error) {
    if (!(error as Error).message.startsWith(problem)) throw error;
    return undefined;
  }
}

/** Bits, so that -0 and NaN count too. */
const bits = (tensors: Record<string, NamedTensor>): string =>
  Object.entries(tensors)
    .map(
      ([name, { shape, data }]) => `${name} ${shape} ${Buffer.from(data.buffer).toString("hex")}`,
    )
    .join();

function expectErrorOrSame(file: Buffer, right: Record<string, NamedTensor>): void {
  const found = parsed(file);
  if (found && bits(found) !== bits(right)) expect.fail("other tensors, and no error");
}

function flipped(file: Buffer, at: number, pattern: number): Buffer {
  const copy = Buffer.from(file);
  copy[at] ^= pattern;
  return copy;
}

describe.each([
  ["linear-loc.pth", linear],
  ["tiny-mlp.pth", mlp],
  ...(existsSync(authors)
    ? [["linear-loc.pth of the authors", readFileSync(`${authors}/linear-loc.pth`)] as const]
    : []),
] as const)("a damaged %s", (_, file) => {
  const right = parsePth(file, "right");

  test("is an error at every shorter length", () => {
    for (let length = 0; length < file.length; length++)
      expect(parsed(file.subarray(0, length))).toBeUndefined();
  });

  test("is an error or the right tensors for every byte changed", () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < file.length; at++)
      for (const pattern of [0x01, 0x80, 0xff])
        expectErrorOrSame(flipped(file, at, pattern), right);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
  });

  test("is an error or no more tensors than it has bytes for, if its pickle is changed with matching checksums", () => {
    const { pickle, save } = opened(file);
    let errors = 0;
    for (let at = 0; at < pickle.length; at++)
      for (const pattern of [1, 4, 32, 128, 255]) {
        const found = parsed(save(flipped(pickle, at, pattern)));
        const size = Object.values(found ?? {}).reduce((sum, { data }) => sum + data.byteLength, 0);
        if (size > file.length) expect.fail(`byte ${at} of the pickle: tensors of ${size} bytes`);
        if (!found) errors++;
      }
    for (let length = 0; length < pickle.length; length++)
      expect(parsed(save(pickle.subarray(0, length)))).toBeUndefined();
    // What is left are other names and other numbers in what we skip.
    expect(errors).toBeGreaterThan(0.7 * 5 * pickle.length);
  });
});

/** A file's pickle, and a way to save the file with another pickle and other entries, with matching checksums. */
function opened(file: Buffer): {
  pickle: Buffer;
  save: (pickle: Buffer, change?: EntryChange) => Buffer;
} {
  const fail: Fail = (what) => expect.fail(what);
  const entries = [...storedEntries(file, fail)];
  const save = (pickle: Buffer, change: EntryChange = (same) => same): Buffer =>
    tinyZip(
      change(entries.map(([name, data]) => [name, name.endsWith("data.pkl") ? pickle : data])),
    );
  return { pickle: entries[0][1], save };
}
type Entry = [name: string, data: Buffer];
type EntryChange = (entries: Entry[]) => Entry[];

/** linear-loc.pth with a part of its pickle replaced. */
function repickled(part: string, by: string): Buffer {
  const { pickle, save } = opened(linear);
  const text = pickle.toString("latin1");
  expect(text).toContain(part);
  return save(Buffer.from(text.replace(part, by), "latin1"));
}

/** linear-loc.pth with other entries. */
const repacked = (change: EntryChange): Buffer =>
  opened(linear).save(opened(linear).pickle, change);
const added = (name: string, text: string): Buffer =>
  repacked((all) => [...all, [name, Buffer.from(text)]]);
const without = (end: string): Buffer =>
  repacked((all) => all.filter(([name]) => !name.endsWith(end)));
const replaced = (end: string, text: string): Buffer =>
  repacked((all) =>
    all.map(([name, data]) => [name, name.endsWith(end) ? Buffer.from(text) : data]),
  );

/** A tuple of tuples of tuples …, 100 deep, each twice the same: as text it would have 2¹⁰⁰ numbers. */
const nested = `K\x01${Array.from({ length: 100 }, (_, i) => `q${byte(i + 100)}h${byte(i + 100)}\x86`).join("")}`;
function byte(value: number): string {
  return String.fromCharCode(value);
}

test.each<[string, () => Buffer, string | RegExp]>([
  [
    "an import of anything else",
    () => repickled("collections\nOrderedDict", "os\nsystem"),
    /GLOBAL at byte 2: "os system"/,
  ],
  [
    "a tensor of another type",
    () => repickled("FloatStorage", "DoubleStorage"),
    /"torch DoubleStorage" is not allowed: its numbers are float64; save the head after .float\(\)/,
  ],
  [
    "a tensor on a GPU",
    () => repickled("\x03\0\0\0cpu", "\x06\0\0\0cuda:0"),
    /BINPERSID at byte \d+: it should be a storage/,
  ],
  [
    "a storage of another size",
    () => repickled("Kbt", "Kct"),
    /storage 0 should have 99 numbers, but has 392 bytes/,
  ],
  [
    "a huge storage",
    () => repickled("Kbt", "J\xff\xff\xff\x7ft"),
    /storage 0 should have 2147483647 numbers/,
  ],
  [
    "a storage of negative size",
    () => repickled("Kbt", "J\xff\xff\xff\xfft"),
    /storage 0 should have -1 numbers/,
  ],
  [
    "a storage without an entry",
    () => without("data/1"),
    /BINPERSID at byte 207: there is no entry for this storage/,
  ],
  [
    "a path instead of a storage",
    () => repickled("X\x01\0\0\x000", "X\x05\0\0\0../.."),
    /there is no entry for this/,
  ],
  [
    "an entry that nothing uses",
    () => added("linear-loc/data/2", "1234"),
    /nothing uses its entry data\/2/,
  ],
  [
    "a shape beyond the storage",
    () => repickled("K1K\x02\x86", "K2K\x02\x86"),
    /100 numbers from 0 are not inside storage 0 of 98/,
  ],
  [
    "a huge shape",
    () => repickled("K1K\x02\x86", "J\xff\xff\xff\x7fK\x02\x86"),
    /4294967294 numbers from 0 are not inside/,
  ],
  [
    "a shape with zero",
    () => repickled("K1K\x02\x86", "K\0K\x02\x86"),
    /one or two positive numbers/,
  ],
  [
    "a shape of three numbers",
    () => repickled("K1K\x02\x86", "(K1K\x02K\x01t"),
    /one or two positive numbers/,
  ],
  [
    "an offset beyond the storage",
    () => repickled("K\0K1K\x02", "K\x01K1K\x02"),
    /98 numbers from 1 are not inside storage 0 of 98/,
  ],
  [
    "a negative offset",
    () => repickled("K\0K1K\x02", "J\xff\xff\xff\xffK1K\x02"),
    /98 numbers from -1 are not inside/,
  ],
  [
    "a transposed tensor",
    () => repickled("K\x02K\x01\x86", "K\x01K1\x86"),
    /49 × 2 has the stride \(1, 49\); save it after/,
  ],
  [
    "the same key twice",
    () => repickled("\x04\0\0\0bias", "\x06\0\0\0weight"),
    /SETITEMS at byte 235: the key "weight" is there twice/,
  ],
  [
    "a number instead of a tensor",
    () => repickled("Rq\x15u", "Rq\x15X\x01\0\0\0xK\x01u"),
    /"x" is not a tensor/,
  ],
  [
    "two tensors with one storage",
    () => repickled("1q\x0fh\x07K1t", "0q\x0fh\x07Kbt"),
    /two tensors share storage 0/,
  ],
  [
    "nested tuples as a length",
    () => repickled("Kbt", `${nested}t`),
    /BINPERSID at byte \d+: its length is not a number/,
  ],
  [
    "nested tuples as an offset",
    () => repickled("K\0K1K\x02", `${nested}K1K\x02`),
    /not those of a saved tensor/,
  ],
  [
    "nested tuples as a shape",
    () => repickled("K1K\x02\x86", nested),
    /one or two positive numbers/,
  ],
  ["big-endian numbers", () => replaced("byteorder", "big"), /entry byteorder is not "little"/],
  ["no byte order", () => without("byteorder"), /no entry byteorder/],
  [
    "another version of the format",
    () => replaced("/version", "4\n"),
    /entry version is not "3\\n"/,
  ],
  ["no pickle", () => without("data.pkl"), /no entry data.pkl/],
  [
    "an entry in another folder",
    () => added("other/data/2", "1234"),
    /an entry "other\/data\/2", which no head needs/,
  ],
  [
    "an entry outside",
    () => added("linear-loc/../../data/2", "1234"),
    /an entry "linear-loc\/..\/..\/data\/2"/,
  ],
  [
    "an entry in a folder of the same name",
    () => added("linear-loc/linear-loc/data.pkl", ""),
    /which no head needs/,
  ],
  ["an entry twice", () => added("linear-loc/data/0", ""), /"linear-loc\/data\/0" is there twice/],
  ["code of TorchScript", () => added("linear-loc/code/head.py", ""), /which no head needs/],
  ["an empty zip", () => tinyZip([]), /no entry data.pkl/],
  [
    "a file that is no zip",
    () => Buffer.alloc(5000, "no zip"),
    /does not end as PyTorch's zip files do/,
  ],
])("refuses %s", (_, file, message) => {
  const bytes = file();
  expect(() => parsePth(bytes, "x.pth")).toThrow(problem);
  expect(() => parsePth(bytes, "x.pth")).toThrow(message);
});

test("a missing file, a folder, and a file too large for a head (which is not read)", async () => {
  const large = join(folder, "large.pth");
  writeFileSync(large, "");
  truncateSync(large, 2 ** 40);
  await expect(readPth(large)).rejects.toThrow(
    /large.pth has 1099511627776 bytes; no head has more than/,
  );
  await expect(readPth(join(folder, "absent.pth"))).rejects.toThrow(/absent.pth is missing/);
  await expect(readPth(folder)).rejects.toThrow(/no such file/);
});
