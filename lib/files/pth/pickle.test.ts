import { expect, test } from "vitest";
import type { Fail } from "../byte-reader";
import { unpickle, type PickleRules } from "./pickle";

const fail: Fail = (what) => {
  throw new Error(`bad: ${what}`);
};
const sum = (args: readonly unknown[]): number => (args as number[]).reduce((a, b) => a + b, 0);
const rules: PickleRules = {
  globals: new Map([
    ["math sum", { name: "sum", call: sum }],
    ["math Name", { name: "Name" }],
  ]),
  persistent: (id) => ({ id }),
};
/** The value of a pickle given in Latin-1, without the two bytes it begins with. */
const load = (code: string): unknown =>
  unpickle(Buffer.from(`\x80\x02${code}`, "latin1"), rules, fail);

test.each<[string, string, unknown]>([
  ["numbers of one, two and four bytes", "(K\xffM\xff\xffJ\xfe\xff\xff\xfft.", [255, 65535, -2]],
  ["tuples", "(K\x01)K\x02\x85K\x03K\x04\x86\x89t.", [1, [], [2], [3, 4], false]],
  [
    "a dictionary",
    "}X\x01\0\0\0aK\x01s(X\x01\0\0\0bK\x02X\x01\0\0\0cK\x03u.",
    new Map(Object.entries({ a: 1, b: 2, c: 3 })),
  ],
  ["what was remembered", "K\x05q\x07h\x07\x86.", [5, 5]],
  ["a call and a persistent id", "(cmath\nsum\nK\x02K\x03\x86RK\x01Qt.", [5, { id: 1 }]],
  ["attributes that are skipped", "}}X\x09\0\0\0_metadata}sb.", new Map()],
])("reads %s", (_, code, value) => {
  expect(load(code)).toEqual(value);
});

test.each<[string, string, RegExp]>([
  ["an import of something else", "cos\nsystem\n.", /GLOBAL at byte 2: "os system" is not allowed/],
  [
    "an import of a JavaScript property",
    "cconstructor\nconstructor\n.",
    /"constructor constructor" is not allowed/,
  ],
  ["a module's name that does not end", "cmath", /damaged: a module at byte 3 does not end/],
  [
    "a call of what can't be called",
    "cmath\nName\n)R.",
    /REDUCE at byte 14: it does not call an allowed function/,
  ],
  [
    "a call of a text",
    "X\x03\0\0\0sum)R.",
    /REDUCE at byte 11: it does not call an allowed function/,
  ],
  [
    "a call without a tuple",
    "cmath\nsum\nK\x01R.",
    /REDUCE at byte 14: it does not call .* with a tuple/,
  ],
  [
    "INST, which imports and calls",
    "(ios\nsystem\n.",
    /the instruction 0x69 at byte 3: no head needs it/,
  ],
  ["EXT1, another way to import", "\x82\x01.", /the instruction 0x82 at byte 2/],
  ["a list", "].", /the instruction 0x5d at byte 2/],
  [
    "a text longer than the file",
    "X\xff\xff\xff\xffa.",
    /damaged: a text at byte 7 should have 4294967295 bytes, but only 2/,
  ],
  [
    "a text that is not ASCII",
    "X\x02\0\0\0\xc3\xa9.",
    /BINUNICODE at byte 2: the names in a head are plain ASCII/,
  ],
  ["a missing value", ".", /STOP at byte 2: it leaves 0 values \(not 1\)/],
  ["a value too many", ")).", /STOP at byte 4: it leaves 2 values/],
  ["bytes after the end", ").)", /it leaves 1 values \(not 1\) and 1 bytes \(not 0\)/],
  ["no end", ")", /damaged: an instruction at byte 3 should have 1 bytes, but only 0 are left/],
  ["a value taken from before a mark", ")(\x85.", /TUPLE1 at byte 4: it needs one value more/],
  ["a tuple without a mark", ")t.", /TUPLE at byte 3: there is no mark/],
  ["an item of a tuple", ")K\x01K\x02s.", /SETITEM at byte 7: it needs a dictionary/],
  ["a key without a value", "}(K\x01u.", /SETITEMS at byte 6: a key has no value/],
  ["a key that is a number", "}K\x01K\x02s.", /SETITEM at byte 7: a key is not a text/],
  [
    "a key twice",
    "}(X\x01\0\0\0aK\x01X\x01\0\0\0aK\x02u.",
    /SETITEMS at byte 20: the key "a" is there twice/,
  ],
  [
    "another attribute",
    "}}X\x08\0\0\0__dict__}sb.",
    /BUILD at byte 19: only the attribute _metadata/,
  ],
  ["recalling nothing", "h\x01.", /BINGET at byte 2: nothing is remembered as number 1/],
  ["remembering twice", ")q\x01q\x01.", /BINPUT at byte 5: number 1 is already remembered/],
  ["another protocol later", "\x80\x04).", /PROTO at byte 2: only protocol 2/],
])("refuses %s", (_, code, message) => {
  expect(() => load(code)).toThrow(message);
});

test("refuses other protocols and pickles of unlikely size", () => {
  expect(() => unpickle(Buffer.from("\x80\x04).", "latin1"), rules, fail)).toThrow(
    /PROTO at byte 0: only protocol 2/,
  );
  expect(() => unpickle(Buffer.from(")."), rules, fail)).toThrow(/it should begin with PROTO/);
  expect(() => load("(".repeat(2 ** 16))).toThrow(/has 65538 bytes, more than 65536/);
  expect(() => load(`${"(".repeat(60_000)}${"t".repeat(60_000 / 12)}.`)).toThrow(
    /it leaves 55001 values/,
  );
});

test("a text that looks like a prototype is only a key", () => {
  const value = load("}X\x09\0\0\0__proto__}X\x01\0\0\0aK\x01ss.");
  expect(value).toEqual(new Map([["__proto__", new Map([["a", 1]])]]));
  expect(({} as Record<string, unknown>).a).toBeUndefined();
});
