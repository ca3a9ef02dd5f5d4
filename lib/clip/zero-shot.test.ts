import { expect, test } from "vitest";
import { loadClip } from "./clip";
import { cosines, normaliseRows, promptsFor, tagDirections } from "./zero-shot";

test("prompts put the tag, in lower case, into each template", () => {
  expect(promptsFor("Air, Sky, Weather", ["a photo of {tag}", "{tag}"])).toEqual([
    "a photo of air, sky, weather",
    "air, sky, weather",
  ]);
  expect(() => promptsFor("Canals", ["a photo"])).toThrow("no {tag}");
});

test("rows get length 1, a row of zeros stays", () => {
  const rows = [...normaliseRows(Float32Array.of(3, 4, 0, 0), 2)];
  [0.6, 0.8, 0, 0].forEach((value, i) => expect(rows[i]).toBeCloseTo(value, 6));
  expect(() => normaliseRows(Float32Array.of(1, 2, 3), 2)).toThrow("rows of 2");
});

test("cosines don't depend on the length of the embeddings", () => {
  const embeddings = Float32Array.of(2, 0, -7, 7, 0, 0);
  const found = cosines(embeddings, Float32Array.of(1, 0, 0, 1, Math.SQRT1_2, Math.SQRT1_2), 2);
  const expected = [1, 0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT1_2, 0, 0, 0, 0];
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 6));
  expect(() => cosines(embeddings, Float32Array.of(1, 0, 0), 2)).toThrow("3 numbers");
});

test("an ensemble is the mean direction of its prompts", async () => {
  const clip = await loadClip("mini-clip");
  const templates = ["a drawing of {tag}", "{tag}"];
  const tags = ["Canals", "Railways"];
  const both = await tagDirections(clip, tags, templates);
  const [first, second] = await Promise.all(
    templates.map((template) => tagDirections(clip, tags, [template])),
  );
  for (const tag of tags.keys()) {
    const part = (all: Float32Array): Float32Array => all.subarray(tag * 512, (tag + 1) * 512);
    const sum = part(first).map((value, i) => value + part(second)[i]);
    const length = Math.hypot(...sum);
    const worst = Math.max(...sum.map((value, i) => Math.abs(value / length - part(both)[i])));
    expect(worst).toBeLessThan(1e-6);
  }
  // What zero-shot rests on: a title about canals lies nearer to the prompt for canals than to that for railways.
  const boats = await clip.embedTitles(["Narrowboats on the canal"]);
  const [canals, railways] = cosines(boats, both, clip.size);
  expect(canals).toBeGreaterThan(railways + 0.1);
  await clip.dispose();
});
