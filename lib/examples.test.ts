import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { examplesIn, runExample, withoutExample, type Example } from "./fixtures/examples";

/** The rooms that hold the method: each function that their doors hand out has an example. */
const rooms = ["lib/train", "lib/clip", "lib/score"];
const sources = rooms.flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(room, name)),
);

test.each(sources.flatMap(examplesIn).map((example) => [example.place, example] as const))(
  "the example at %s says what it does",
  (_place, example) => runExample(example),
);

test.each(rooms)("each function that the door of %s hands out has an example", (room) => {
  expect(withoutExample(room)).toEqual([]);
});

test("an example that says something else than what comes out fails, and one that says nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "examples-"));
  const file = join(folder, "half.ts");
  const example = (code: string): Example => ({ place: `${file}:1`, code });
  writeFileSync(join(folder, "index.ts"), `export { half } from "./half";\n`);
  writeFileSync(
    file,
    [
      "/**",
      " * A half of it:",
      " *",
      " * ```ts",
      " * const x = { whole: 3 };",
      " * half(",
      " *   x.whole,",
      " * ); // → 1.5",
      " * const list = Float32Array.of(half(2 / 3)); // → [0.3333]",
      " * ```",
      " */",
      "export function half(x: number): number { return x / 2; }",
      "/** Without one. */",
      "export function third(x: number): number { return x / 3; }",
    ].join("\n"),
  );
  try {
    const found = examplesIn(file);
    expect(found.map(({ place }) => place)).toEqual([`${file}:5`]);
    await runExample(found[0]);
    await expect(runExample(example("half(3); // → 1.6"))).rejects.toThrow("half.ts:1: half(3);");
    await expect(runExample(example("half(3);"))).rejects.toThrow("needs a line that ends with");
    await expect(runExample(example("half(; // → 1"))).rejects.toThrow();
    const imported = `import { seededRandom } from "./lib";\ntypeof seededRandom; // → "function"`;
    await runExample(example(imported));
    expect(withoutExample(folder)).toEqual([]);
    writeFileSync(join(folder, "index.ts"), `export { half, third } from "./half";\n`);
    expect(withoutExample(folder)).toEqual([`${folder}/half.ts: third`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
