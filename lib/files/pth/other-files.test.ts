import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parsePth, readPth } from "./pth";

const folder = "lib/fixtures/pth";

/** What a fixture is read as: its tensors' numbers by name, and what was said. */
async function read(name: string): Promise<{ numbers: Record<string, number[]>; notes: string[] }> {
  const notes: string[] = [];
  const tensors = await readPth(`${folder}/${name}.pth`, (note) => notes.push(note));
  const numbers = Object.entries(tensors).map(([key, { data }]): [string, number[]] => [
    key,
    [...data],
  ]);
  return { numbers: Object.fromEntries(numbers), notes };
}

const layer = { weight: [1, -2, 0.5, 0.25, 3, -0.125], bias: [4, -0] };

describe("what float32 holds exactly is converted, and said:", () => {
  test("half precision", async () => {
    const { numbers, notes } = await read("half");
    expect(numbers).toEqual({
      weight: [1, -2, 65_504, 2 ** -24, 0.333251953125, -0],
      bias: [Infinity, -Infinity],
    });
    expect(notes).toEqual([
      "lib/fixtures/pth/half.pth: its numbers (HalfStorage) were converted to float32",
    ]);
  });

  test("bfloat16", async () => {
    const { numbers, notes } = await read("bfloat16");
    expect(numbers).toEqual({
      weight: [1, -2, 3.3895313892515355e38, 2 ** -133, 0.333984375, -0],
      bias: [Infinity, -Infinity],
    });
    expect(notes).toEqual([
      "lib/fixtures/pth/bfloat16.pth: its numbers (BFloat16Storage) were converted to float32",
    ]);
  });
});

test.each([
  ["data-parallel", "module."],
  ["compiled", "_orig_mod.module."],
])("names as a wrapper makes them: %s", async (name, prefix) => {
  expect(await read(name)).toEqual({
    numbers: layer,
    notes: [
      `lib/fixtures/pth/${name}.pth: "${prefix}" before the names of its tensors was left out`,
    ],
  });
});

test("of names in a class of one's own only what all share is left out", async () => {
  const { numbers, notes } = await read("in-a-class");
  expect(Object.keys(numbers)).toEqual(["0.weight", "0.bias", "3.bias"]);
  expect(notes).toEqual([
    'lib/fixtures/pth/in-a-class.pth: "net." before the names of its tensors was left out',
  ]);
});

test("a head's own file needs no note", async () => {
  const notes: string[] = [];
  await readPth("lib/fixtures/linear-loc.pth", (note) => notes.push(note));
  await readPth("lib/fixtures/tiny-mlp.pth", (note) => notes.push(note));
  expect(notes).toEqual([]);
});

test.each([
  ["double", "its numbers are float64; save the head after .float()"],
  ["int", "a head's numbers are float32"],
  ["old-format", "it is in PyTorch's old format; load it and save it again"],
  [
    "whole-model",
    "a whole model was saved, and only its code could open it; save model.state_dict()",
  ],
  [
    "parameters",
    "a whole model was saved, and only its code could open it; save model.state_dict()",
  ],
  ["checkpoint", '"state_dict" is a dictionary; of a checkpoint, save the state_dict alone'],
  ["checkpoint-with-optimiser", "of a checkpoint, save the state_dict alone"],
  ["shared", "two tensors share storage 0; save them after .clone()"],
])("%s: an error with the cause and the remedy", async (name, message) => {
  await expect(readPth(`${folder}/${name}.pth`)).rejects.toThrow(
    new RegExp(`^${folder}/${name}\\.pth can't be read as a head: `),
  );
  await expect(readPth(`${folder}/${name}.pth`)).rejects.toThrow(message);
});

test.each<[string, Buffer, string]>([
  [
    "a pointer of Git LFS",
    Buffer.from("version https://git-lfs.github.com/spec/v1\noid"),
    "git lfs pull",
  ],
  ["a web page", Buffer.from("\n<!DOCTYPE html><html>"), "it is a web page: the download failed"],
  [
    "a safetensors file",
    readFileSync("lib/fixtures/linear-loc.safetensors"),
    "call it .safetensors",
  ],
])("%s that is called .pth is recognised", (_, file, message) => {
  expect(() => parsePth(file, "x.pth")).toThrow(message);
});
