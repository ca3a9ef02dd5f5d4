/**
 * What two runs of the project differ in: for changes that should not change numbers.
 *
 *     npx tsx scripts/compare.ts BEFORE AFTER [--dataset mini-geograph]
 *
 * BEFORE and AFTER are two checkouts that have run. Of what notebooks 1 to 9 write below data/<dataset> it says how many
 * files are byte for byte the same, and of each other file what differs: weights and embeddings by the largest difference
 * of two numbers, logs by that of each column (but the seconds, which always differ), tables by the rows that only one
 * has, submissions by their answers. Ends with 1 if there is any difference.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readNpy } from "../lib/files/npy";
import { readSafetensors } from "../lib/files/safetensors";
import { literal, query } from "../lib/files/table";
import { readSubmission } from "../lib/score/submission";

const folders = ["prepared", "embeddings", "heads", "logs", "submissions"];

/** The largest difference of two equally long lists of numbers, or their lengths if those differ. */
function largest(a: ArrayLike<number>, b: ArrayLike<number>): number | string {
  if (a.length !== b.length) return `${a.length} and ${b.length} numbers`;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

/** "name by 1.2e-7", or nothing if there is no difference. */
function by(name: string, difference: number | string): string[] {
  if (difference === 0) return [];
  return [
    `${name} by ${typeof difference === "number" ? difference.toExponential(1) : difference}`,
  ];
}

/** The names that two records have between them. */
const keysOf = (a: object, b: object): string[] => [
  ...new Set([...Object.keys(a), ...Object.keys(b)]),
];

/** Which entries of two records of texts or numbers are not the same. */
const unequal = (a: Record<string, unknown>, b: Record<string, unknown>): string[] =>
  keysOf(a, b).filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));

async function ofWeights(a: string, b: string): Promise<string[]> {
  const [before, after] = [await readSafetensors(a), await readSafetensors(b)];
  const none = new Float32Array(0);
  const weights = keysOf(before.tensors, after.tensors).flatMap((name) =>
    by(name, largest(before.tensors[name]?.data ?? none, after.tensors[name]?.data ?? none)),
  );
  return [...weights, ...unequal(before.metadata, after.metadata).map((key) => `its ${key}`)];
}

async function ofEmbeddings(a: string, b: string): Promise<string[]> {
  return by("numbers", largest((await readNpy(a)).data, (await readNpy(b)).data));
}

/** The columns that only one has by name, then the rows of those that both have. */
async function ofTables(a: string, b: string): Promise<string[]> {
  const columnsOf = async (path: string): Promise<string[]> =>
    (
      await query<{ column_name: string }>(
        `SELECT column_name FROM (DESCRIBE FROM ${literal(path)})`,
      )
    ).map((row) => row.column_name);
  const [before, after] = [await columnsOf(a), await columnsOf(b)];
  const both = before.filter((name) => after.includes(name));
  const columns = both.map((name) => `"${name}"`).join(", ");
  const onlyIn = async (one: string, other: string): Promise<number> => {
    const [{ rows }] = await query<{ rows: number }>(
      `SELECT count(*)::INTEGER AS rows FROM (SELECT ${columns} FROM ${literal(one)} ` +
        `EXCEPT ALL SELECT ${columns} FROM ${literal(other)})`,
    );
    return rows;
  };
  const single = [
    ...before.filter((name) => !both.includes(name)).map((name) => `column ${name} gone`),
    ...after.filter((name) => !both.includes(name)).map((name) => `column ${name} new`),
  ];
  const [gone, added] = [await onlyIn(a, b), await onlyIn(b, a)];
  if (gone + added > 0) return [...single, `${gone} rows gone, ${added} new`];
  return [
    ...single,
    single.length > 0 ? "all else is the same" : "bytes only, all rows are the same",
  ];
}

async function ofSubmissions(a: string, b: string): Promise<string[]> {
  const [before, after] = [await readSubmission(a), await readSubmission(b)];
  if (largest(before.ids, after.ids) !== 0) return ["other photos, or in another order"];
  const n = before.labels.filter((label, i) => label !== after.labels[i]).length;
  return n === 0
    ? ["bytes only, all answers are the same"]
    : [`${n} of ${before.labels.length} answers`];
}

/** Of two CSV files with one header: numbers by column, anything else by the lines that differ. */
function ofLines(a: string, b: string): string[] {
  const [before, after] = [a, b].map((path) => readFileSync(path, "utf8").trimEnd().split("\n"));
  if (before[0] !== after[0] || before.length !== after.length)
    return [`${before.length} and ${after.length} lines, or another header`];
  const cells = (lines: string[], column: number): string[] =>
    lines.slice(1).map((line) => line.split(",")[column]);
  return before[0].split(",").flatMap((name, column) => {
    const [one, other] = [cells(before, column), cells(after, column)];
    if (name === "seconds") return [];
    if ([...one, ...other].every((cell) => Number.isFinite(Number(cell))))
      return by(name, largest(one.map(Number), other.map(Number)));
    const lines = one.filter((cell, i) => cell !== other[i]).length;
    return lines === 0 ? [] : [`${name} in ${lines} lines`];
  });
}

function ofRecords(a: string, b: string): string[] {
  const [before, after] = [a, b].map(
    (path) => JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>,
  );
  return unequal(before, after).map((key) => `its ${key}`);
}

const readers: [
  ending: string,
  differences: (a: string, b: string) => string[] | Promise<string[]>,
][] = [
  [".safetensors", ofWeights],
  [".npy", ofEmbeddings],
  [".parquet", ofTables],
  [".csv.zip", ofSubmissions],
  [".csv", ofLines],
  [".json", ofRecords],
];

/** What differs between two versions of a file; nothing if they are the same, but for a log's seconds. */
async function differences(a: string, b: string): Promise<string[]> {
  if (!existsSync(a)) return ["new"];
  if (!existsSync(b)) return ["gone"];
  if (readFileSync(a).equals(readFileSync(b))) return [];
  const reader = readers.find(([ending]) => a.endsWith(ending));
  return reader ? reader[1](a, b) : ["its bytes"];
}

function filesIn(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { dataset: { type: "string", default: "mini-geograph" } },
    allowPositionals: true,
  });
  const [before, after] = positionals.map((checkout) => join(checkout, "data", values.dataset));
  if (positionals.length !== 2) throw new Error("name two checkouts: compare.ts BEFORE AFTER");
  let different = 0;
  for (const folder of folders) {
    const [old, now] = [join(before, folder), join(after, folder)];
    const names = [...new Set([...filesIn(old), ...filesIn(now)])].sort();
    if (names.length === 0) console.log(`${folder}: no files in ${old} and ${now}`);
    const lines: string[] = [];
    for (const name of names) {
      const found = await differences(join(old, name), join(now, name));
      if (found.length > 0) lines.push(`  ${name}: ${found.join(", ")}`);
    }
    console.log(`${folder}: ${names.length - lines.length} of ${names.length} files are the same`);
    for (const line of lines) console.log(line);
    different += lines.length;
  }
  process.exitCode = different === 0 ? 0 : 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(2);
});
