import Module from "node:module";
import { expect, test } from "vitest";

/** Which of the two large libraries have been loaded. */
function loaded(): string[] {
  const { _cache: cache } = Module as unknown as { _cache: Record<string, unknown> };
  const files = Object.keys(cache).map((file) => file.replaceAll("\\", "/"));
  return ["@duckdb", "@tensorflow"].filter((name) =>
    files.some((file) => file.includes(`/node_modules/${name}/`)),
  );
}

test("no door loads DuckDB or TensorFlow for notebooks that need neither", async () => {
  for (const door of ["./index", "./clip/index", "./figures/index", "./notebook/index"])
    await import(door);
  expect(loaded()).toEqual([]);
  for (const door of ["./files/index", "./data/index", "./embed/index"]) await import(door);
  expect(loaded()).toEqual(["@duckdb"]);
  const { tf } = (await import("./train/index")) as { tf: { ready(): Promise<void> } };
  await import("./score/index");
  expect(loaded()).toEqual(["@duckdb"]);
  await tf.ready();
  expect(loaded()).toEqual(["@duckdb", "@tensorflow"]);
}, 120_000);
