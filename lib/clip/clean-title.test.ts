import { AutoTokenizer } from "@xenova/transformers";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { cleanTitle } from "./clean-title";

/** [title, what OpenAI's tokenizer splits into tokens, CRC-32 of their numbers]: see fixtures/make_title_fixture.py. */
const references = JSON.parse(readFileSync("lib/fixtures/titles.json", "utf8")) as [
  string,
  string,
  string,
][];

/** Titles that are cleaned otherwise than ftfy does: none that is known. */
const CLEANED_OTHERWISE: string[] = [];
/** Titles that the tokenizer splits otherwise: OpenAI's takes an apostrophe and a long s for "'s", CLIPTokenizerFast doesn't. */
const SPLIT_OTHERWISE = ["o'ſ"];

test("thousands of awkward titles are read as OpenAI's CLIP reads them", () => {
  expect(references.length).toBeGreaterThan(3000);
  const changed = references.filter(([title, text]) => title.toLowerCase() !== text);
  expect(changed.length).toBeGreaterThan(2000);
  const different = references.filter(([title, text]) => cleanTitle(title) !== text);
  expect(different.map(([title]) => title)).toEqual(CLEANED_OTHERWISE);
});

test("what is right stays", () => {
  for (const title of [
    "TÅ· Mawr",
    "É® odd",
    "à la carte",
    "café – bar",
    "½ mile",
    "AT&T",
    "10° below",
  ])
    expect(cleanTitle(title)).toBe(title.toLowerCase());
});

const clip = "../shared/reference/clip-tokenizer";

describe.skipIf(!existsSync(clip))("CLIP's own tokenizer", () => {
  test("makes OpenAI's tokens of them", async () => {
    const tokenizer = await AutoTokenizer.from_pretrained(resolve(clip), {
      local_files_only: true,
    });
    const count = (title: string): number => tokenizer.encode(cleanTitle(title)).length;
    expect([count("T&#375; Mawr"), count("Barn &amp; silo")]).toEqual([7, 6]);
    const different = references.filter(([title, , expected]) => {
      const ids = tokenizer.encode(cleanTitle(title)).slice(1, -1); // without start and end
      return crc32(ids.join(" ")).toString(16).padStart(8, "0") !== expected;
    });
    expect(different.map(([title]) => title)).toEqual(SPLIT_OTHERWISE);
  });
});
