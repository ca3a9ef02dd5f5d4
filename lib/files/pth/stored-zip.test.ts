import { readFileSync } from "node:fs";
import AdmZip from "adm-zip";
import { expect, test } from "vitest";
import type { Fail } from "../byte-reader";
import { storedEntries } from "./stored-zip";
import { tinyZip } from "./tiny-zip";

const fail: Fail = (what) => {
  throw new Error(`bad: ${what}`);
};
const fixture = readFileSync("lib/fixtures/linear-loc.pth");
const two: [string, Buffer][] = [
  ["a/one", Buffer.from("first")],
  ["a/two", Buffer.from("second")],
];

test("the entries of PyTorch's file, the same as adm-zip's", () => {
  const entries = storedEntries(fixture, fail);
  const other = new AdmZip(fixture);
  expect([...entries.keys()]).toEqual(other.getEntries().map(({ entryName }) => entryName));
  expect(
    [...entries.values()].every((data, i) => data.equals(other.getEntries()[i].getData())),
  ).toBe(true);
});

test("the tests' zip writer writes PyTorch's bytes", () => {
  for (const name of ["linear-loc", "tiny-mlp"]) {
    const file = readFileSync(`lib/fixtures/${name}.pth`);
    expect(tinyZip([...storedEntries(file, fail)]).equals(file)).toBe(true);
  }
});

/** The file of two entries with some of its numbers replaced; `from` is where a record's field lies. */
function changed(
  changes: (record: (signature: string, index: number) => number, zip: Buffer) => void,
): Buffer {
  const zip = Buffer.from(tinyZip(two));
  const record = (signature: string, index: number): number => {
    let at = -1;
    for (let i = 0; i <= index; i++) at = zip.indexOf(signature, at + 1, "latin1");
    return at;
  };
  changes(record, zip);
  return zip;
}
const LOCAL = "PK\x03\x04";
const CENTRAL = "PK\x01\x02";
const DESCRIPTOR = "PK\x07\x08";

test.each<[string, Buffer, RegExp]>([
  ["an entry twice", tinyZip([two[0], two[0]]), /"a\/one" is there twice/],
  [
    "a compressed entry",
    changed((at, zip) => zip.writeUInt16LE(8, at(CENTRAL, 0) + 10)),
    /"a\/one" is compressed/,
  ],
  [
    "an encrypted entry",
    changed((at, zip) => zip.writeUInt16LE(0x0809, at(CENTRAL, 1) + 8)),
    /"a\/two" has the flags 2057/,
  ],
  [
    "an entry inside another",
    changed((at, zip) => zip.writeUInt32LE(0, at(CENTRAL, 1) + 42)),
    /"a\/two" should begin at byte/,
  ],
  [
    "another name in the entry's header",
    changed((at, zip) => zip.write("b", at(LOCAL, 1) + 30)),
    /"a\/two" has another name/,
  ],
  [
    "a size in the entry's header",
    changed((at, zip) => zip.writeUInt32LE(9, at(LOCAL, 1) + 22)),
    /"a\/two" has a header/,
  ],
  [
    "a huge size",
    changed((at, zip) => zip.fill(255, at(CENTRAL, 1) + 20, at(CENTRAL, 1) + 28)),
    /"a\/two" at byte 128 should have 4294967295 bytes, but only 22 are left/,
  ],
  [
    "two different sizes",
    changed((at, zip) => zip.writeUInt32LE(9, at(CENTRAL, 1) + 20)),
    /record of "a\/two"/,
  ],
  [
    "another size behind the data",
    changed((at, zip) => zip.writeUInt32LE(9, at(DESCRIPTOR, 1) + 8)),
    /"a\/two" has another size/,
  ],
  [
    "a comment in the directory",
    changed((at, zip) => zip.writeUInt16LE(4, at(CENTRAL, 1) + 32)),
    /record of "a\/two"/,
  ],
  [
    "changed data",
    changed((at, zip) => zip.write("x", at(DESCRIPTOR, 0) - 1)),
    /"a\/one" is damaged/,
  ],
  [
    "bytes behind the zip",
    Buffer.concat([tinyZip(two), Buffer.from("x")]),
    /does not end as PyTorch's/,
  ],
  [
    "bytes before the zip",
    Buffer.concat([Buffer.from("x"), tinyZip(two)]),
    /does not end as PyTorch's/,
  ],
  [
    "too many entries for the directory",
    changed((at, zip) => {
      for (const back of [14, 12, 66, 74]) zip.writeUInt16LE(3, zip.length - back);
    }),
    /a record of the zip directory at byte 102 should have 46 bytes, but only 0 are left/,
  ],
  [
    "an entry missing in the directory",
    changed((at, zip) => {
      for (const back of [14, 12, 66, 74]) zip.writeUInt16LE(1, zip.length - back);
    }),
    /65 bytes before the zip directory and 51 inside it belong to no entry/,
  ],
  ["a zip by another program", new AdmZip().toBuffer(), /it has only 22 bytes/],
])("refuses %s", (_, zip, message) => {
  expect(() => storedEntries(zip, fail)).toThrow(message);
});
