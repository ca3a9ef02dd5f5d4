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
import { afterAll, expect, test } from "vitest";
import { readPth } from "./pth/pth";
import { seededRandom } from "../random";
import { readSafetensors, writeSafetensors } from "./safetensors";
import { parseSafetensors, repeatedKey } from "./safetensors-format";

const folder = mkdtempSync(join(tmpdir(), "safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = "lib/fixtures/linear-loc.safetensors";
const problem = "x.safetensors is not a safetensors file of float32 tensors: ";

/** A file with this header and so many bytes of numbers behind it. */
function withHeader(header: string | object, bytes: number, length?: bigint): Buffer {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([start, json, Buffer.alloc(bytes)]);
}
const tensor = (shape: unknown, from: unknown, to: unknown, dtype = "F32"): object => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

test("a file that Python's safetensors wrote holds the same numbers as PyTorch's own", async () => {
  const { tensors, metadata } = await readSafetensors(fixture);
  expect(tensors).toEqual(await readPth("lib/fixtures/linear-loc.pth"));
  expect(metadata).toEqual({ experiment: "linear-loc" });
});

test("names and texts come back, however odd", async () => {
  const path = join(folder, "odd.safetensors");
  const file = {
    tensors: Object.fromEntries(
      [
        ['"x": {', 0.1],
        ["__proto__", 2],
        ["ł\n", -0],
      ].map(([name, value]) => [name, { shape: [1], data: Float32Array.of(value as number) }]),
    ),
    metadata: { 'a"\\': "é", empty: "" },
  };
  await writeSafetensors(path, file);
  expect(await readSafetensors(path)).toEqual(file);
});

test("a key that is there twice is found, wherever it is", () => {
  expect(repeatedKey('{"a": {"b": 1, "c": ["b", {"b": 2}]}, "b": "a", "\\\\": 1}')).toBeUndefined();
  expect(repeatedKey('{"a": [{"b": 1}, {"b": 1, "x:": "}", "\\u0062" : 2}]}')).toBe("b");
  expect(repeatedKey('{"a": {}, "a": []}')).toBe("a");
});

test.each<[string, Buffer, string | RegExp]>([
  ["fewer than 8 bytes", Buffer.alloc(7), "it is shorter than 8 bytes"],
  ["a huge header", withHeader("{}", 0, 2n ** 63n), "should have 9223372036854776000 bytes"],
  [
    "a header beyond the file",
    withHeader("{}", 0, 3n),
    "should have 3 bytes, but the file has only 10",
  ],
  ["no JSON", withHeader("{", 0), "its header is not JSON"],
  ["a list", withHeader("[]", 0), "it is no object"],
  ["deep nesting", withHeader("[".repeat(1e6), 0), "its header is not JSON"],
  [
    "text that is not UTF-8",
    withHeader('{"a\uffff": 1}', 0).map((b) => (b === 0xef ? 0xff : b)) as Buffer,
    "not JSON",
  ],
  [
    "a name twice",
    withHeader(
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],' +
        '"data_offsets":[0,4]}}',
      4,
    ),
    '"a" is there twice',
  ],
  [
    "another type",
    withHeader({ a: tensor([2], 0, 4, "F16") }, 4),
    '"a" has the type "F16", not "F32"',
  ],
  ["no entry at all", withHeader({ a: null }, 0), '"a" has the type undefined'],
  [
    "offsets beyond the body",
    withHeader({ a: tensor([2], 0, 8) }, 4),
    "its tensors end at byte 8 of 4",
  ],
  [
    "a huge shape",
    withHeader({ a: tensor([2 ** 40], 0, 2 ** 42) }, 4),
    "its tensors end at byte 4398046511104 of 4",
  ],
  [
    "a shape too large to count",
    withHeader({ a: tensor([2 ** 52, 2 ** 52], 0, 0) }, 0),
    "but lies at bytes 0 to 0",
  ],
  ["a negative size", withHeader({ a: tensor([-1, -1], 0, 4) }, 4), "not whole numbers"],
  ["a fraction", withHeader({ a: tensor([0.5], 0, 2) }, 4), "not whole numbers"],
  ["a size as text", withHeader({ a: tensor(["1"], 0, 4) }, 4), "not whole numbers"],
  [
    "three offsets",
    withHeader({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4, 4] } }, 4),
    "not whole numbers",
  ],
  ["reversed offsets", withHeader({ a: tensor([1], 4, 0) }, 4), "but lies at bytes 4 to 0"],
  [
    "overlapping tensors",
    withHeader({ a: tensor([2], 0, 8), b: tensor([2], 4, 12) }, 12),
    '"b" begins at byte 4',
  ],
  [
    "the same bytes twice",
    withHeader({ a: tensor([1], 0, 4), b: tensor([1], 0, 4) }, 4),
    '"b" begins at byte 0',
  ],
  [
    "a gap",
    withHeader({ a: tensor([1], 0, 4), b: tensor([1], 8, 12) }, 12),
    "the tensors before it end at 4",
  ],
  ["bytes behind", withHeader({ a: tensor([1], 0, 4) }, 5), "its tensors end at byte 4 of 5"],
  [
    "metadata that are no texts",
    withHeader({ __metadata__: { best: 1 } }, 0),
    "its metadata are not texts",
  ],
])("refuses %s", (_, file, message) => {
  expect(() => parseSafetensors(file, "x.safetensors")).toThrow(problem);
  expect(() => parseSafetensors(file, "x.safetensors")).toThrow(message);
});

test("every shorter file is an error; every changed byte of the header too, or the same numbers under other names", () => {
  const file = readFileSync(fixture);
  const header = 8 + Number(file.readBigUInt64LE(0));
  const random = seededRandom(1);
  const numbers = (bytes: Buffer): string[] | undefined => {
    try {
      return Object.values(parseSafetensors(bytes, "x.safetensors").tensors).map(({ data }) =>
        String(data),
      );
    } catch (error) {
      if (!(error as Error).message.startsWith(problem)) throw error;
      return undefined;
    }
  };
  const right = numbers(file)!.join();
  const before = process.memoryUsage().arrayBuffers;
  for (let length = 0; length < file.length; length++)
    expect(numbers(file.subarray(0, length))).toBeUndefined();
  for (let at = 0; at < header; at++)
    for (const pattern of [1, 2, 4, 8, 16, 32, 64, 128, 255, 1 + random.below(255)]) {
      const changed = Buffer.from(file);
      changed[at] ^= pattern;
      const found = numbers(changed);
      if (found && found.join() !== right)
        expect.fail(`byte ${at} changed by ${pattern}: other numbers, and no error`);
    }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 26);
});

test("a missing file, a folder, and a file too large for a head (which is not read)", async () => {
  const large = join(folder, "large.safetensors");
  writeFileSync(large, "");
  truncateSync(large, 2 ** 40);
  await expect(readSafetensors(large)).rejects.toThrow(
    /large.safetensors has 1099511627776 bytes; no head has more/,
  );
  await expect(readSafetensors(join(folder, "absent.safetensors"))).rejects.toThrow(
    /absent.safetensors is missing/,
  );
  await expect(readSafetensors(folder)).rejects.toThrow(/no such file/);
  expect(existsSync(join(folder, "absent.safetensors"))).toBe(false);
});
