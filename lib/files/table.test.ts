import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { columns, identifier, literal, query, withDatabase } from "./table";

const root = mkdtempSync(join(tmpdir(), "table-"));
afterAll(() => rmSync(root, { recursive: true }));

test("rows come as plain objects; counts are numbers", async () => {
  const rows = await query<{ n: number; s: string | null; d: string }>(
    "SELECT count(*) AS n, ? AS s, DATE '2024-02-29' AS d FROM range(?)",
    ["it's", 3],
  );
  expect(rows).toEqual([{ n: 3, s: "it's", d: "2024-02-29" }]);
  expect(await query("SELECT NULL AS a, 2^53::BIGINT - 1 AS b, true AS c")).toEqual([
    { a: null, b: Number.MAX_SAFE_INTEGER, c: true },
  ]);
});

test("an integer that a number cannot hold is an error, not another integer", async () => {
  await expect(query("SELECT 9007199254740993 AS big")).rejects.toThrow(
    "9007199254740993 is too large",
  );
});

test("columns are typed arrays across chunks, in order", async () => {
  const read = await columns<{
    i: Int32Array;
    u: Uint8Array;
    f: Float64Array;
    s: string[];
  }>(`SELECT i::INTEGER AS i,
    (i % 250)::UTINYINT AS u, CASE WHEN i % 2 = 0 THEN i / 4 END AS f, 'r' || i AS s FROM range(5000) t(i) ORDER BY i`);
  expect(read.i).toEqual(Int32Array.from({ length: 5000 }, (_, i) => i));
  expect(read.u).toBeInstanceOf(Uint8Array);
  expect([read.u[4999], read.f[4998], read.f[4999], read.s[4999]]).toEqual([
    249,
    1249.5,
    NaN,
    "r4999",
  ]);
  expect((await columns<{ i: Int32Array }>("SELECT 1::INTEGER AS i WHERE false")).i).toEqual(
    new Int32Array(0),
  );
});

test("NULL in an integer column is an error that names the row", async () => {
  const sql = "SELECT CASE WHEN i <> 3 THEN i::INTEGER END AS i FROM range(5) t(i)";
  await expect(columns(sql)).rejects.toThrow("Column i is NULL in row 4");
});

test("appended columns come back, NULLs included", async () => {
  await withDatabase(async (db) => {
    await db.run("CREATE TABLE t (a INTEGER, b VARCHAR, c DOUBLE)");
    const n = 5001;
    const a = Int32Array.from({ length: n }, (_, i) => i * 3);
    await db.append("t", [
      a,
      Array.from(a, (v) => (v % 2 ? `'${v}' é` : null)),
      Array.from(a, (v) => v / 7),
    ]);
    expect((await db.columns<{ a: Int32Array }>("SELECT a FROM t")).a).toEqual(a);
    expect(await db.query("SELECT b, c FROM t WHERE a IN (3, 6) ORDER BY a")).toEqual([
      { b: "'3' é", c: 3 / 7 },
      { b: null, c: 6 / 7 },
    ]);
    await expect(db.append("t", [[1], ["x", "y"], [1]])).rejects.toThrow(
      "column 1 has 2 rows, column 0 has 1",
    );
  });
});

const copyToParquet = (sql: string, path: string): Promise<void> =>
  withDatabase((db) => db.copyToParquet(sql, path));

test("a query goes to Parquet and back; a failing one leaves no file", async () => {
  const path = join(root, "it's/n.parquet");
  await copyToParquet("SELECT 7::UTINYINT AS seven, 'x' AS \"odd name\"", path);
  const rows = await query(`SELECT seven, ${identifier("odd name")} AS o FROM ${literal(path)}`);
  expect(rows).toEqual([{ seven: 7, o: "x" }]);
  await expect(copyToParquet("SELECT error('broken')", join(root, "b/b.parquet"))).rejects.toThrow(
    "broken",
  );
  expect(readdirSync(join(root, "b"))).toEqual([]);
});
