/** Tables: a thin layer over DuckDB that hands rows and columns to TypeScript as plain numbers and strings. */
import { DuckDBDataChunk, DuckDBInstance, DuckDBTypeId } from "@duckdb/node-api";
import type {
  DuckDBConnection,
  DuckDBMaterializedResult,
  DuckDBType,
  DuckDBValue,
} from "@duckdb/node-api";
import { replaceFile } from "./atomic";

/** A value in a row: SQL NULL is null, integers of any width are numbers. */
export type Value = string | number | boolean | null;
export type Parameters = readonly Value[];

/** A column: typed where SQL's type allows it (NULL: NaN for floats, an error for integers), else an array. */
export type Column = Int32Array | Uint8Array | Float32Array | Float64Array | Value[];

export interface DatabaseOptions {
  /** DuckDB's memory limit, such as "1GB". */
  memoryLimit?: string;
  threads?: number;
}

/** An open database with its own tables. Close it when done. */
export interface Database {
  /** Run statements that return nothing of interest. */
  run(sql: string, parameters?: Parameters): Promise<void>;
  /** The rows of a query as objects, one property a column. `T` is trusted, not checked. */
  query<T extends object = Record<string, Value>>(
    sql: string,
    parameters?: Parameters,
  ): Promise<T[]>;
  /** The columns of a query by name. `T` is trusted, not checked. */
  columns<T extends object = Record<string, Column>>(
    sql: string,
    parameters?: Parameters,
  ): Promise<T>;
  /** Add rows to an existing table: one array for each of its columns, in order, all of one length. */
  append(table: string, columns: readonly ArrayLike<Value>[]): Promise<void>;
  /** Write a query's rows to a Parquet file, all or nothing. */
  copyToParquet(sql: string, path: string): Promise<void>;
  close(): void;
}

/** Rows handed to DuckDB at a time: its own vector size. */
const CHUNK_ROWS = 2048;

/** A string as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}

/** A name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}

/** A DuckDB value as a plain one. Integers beyond 2^53 throw: as a number they would silently be another integer. */
function plain(value: DuckDBValue): Value {
  if (typeof value === "bigint") {
    const number = Number(value);
    if (!Number.isSafeInteger(number))
      throw new Error(`${value} is too large for a number: CAST it to VARCHAR`);
    return number;
  }
  if (value === null || typeof value !== "object") return value as Value;
  return String(value); // dates, decimals: as DuckDB prints them
}

/** An empty column of the typed array that holds `type` without loss, or null if there is none. */
function typedColumn(type: DuckDBType, rows: number): Exclude<Column, Value[]> | null {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.UTINYINT:
      return new Uint8Array(rows);
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.INTEGER:
      return new Int32Array(rows);
    case DuckDBTypeId.FLOAT:
      return new Float32Array(rows);
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.HUGEINT:
      return new Float64Array(rows);
    default:
      return null;
  }
}

/** One column of a result, gathered from its chunks. */
function gather(
  chunks: DuckDBDataChunk[],
  index: number,
  rows: number,
  name: string,
  type: DuckDBType,
): Column {
  const typed = typedColumn(type, rows);
  const column: Column = typed ?? new Array<Value>(rows);
  let row = 0;
  for (const chunk of chunks) {
    const vector = chunk.getColumnVector(index);
    const count = chunk.rowCount;
    for (let i = 0; i < count; i++, row++) {
      const value = plain(vector.getItem(i));
      if (
        value === null &&
        typed &&
        !(typed instanceof Float32Array || typed instanceof Float64Array)
      ) {
        throw new Error(
          `Column ${name} is NULL in row ${row + 1}: COALESCE it, or CAST it to DOUBLE to get NaN`,
        );
      }
      if (typed) typed[row] = value === null ? NaN : Number(value);
      else (column as Value[])[row] = value;
    }
  }
  return column;
}

async function execute(
  connection: DuckDBConnection,
  sql: string,
  parameters?: Parameters,
): Promise<DuckDBMaterializedResult> {
  return connection.run(sql, parameters ? [...parameters] : undefined);
}

async function appendRows(
  connection: DuckDBConnection,
  table: string,
  columns: readonly ArrayLike<Value>[],
): Promise<void> {
  const appender = await connection.createAppender(table);
  try {
    const types = columns.map((_, i) => appender.columnType(i));
    const rows = columns[0]?.length ?? 0;
    const odd = columns.findIndex((column) => column.length !== rows);
    if (odd >= 0)
      throw new Error(
        `${table}: column ${odd} has ${columns[odd].length} rows, column 0 has ${rows}`,
      );
    for (let start = 0; start < rows; start += CHUNK_ROWS) {
      const end = Math.min(start + CHUNK_ROWS, rows);
      const chunk = DuckDBDataChunk.create(types, end - start);
      columns.forEach((column, i) =>
        chunk.setColumnValues(i, Array.prototype.slice.call(column, start, end)),
      );
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

/** Open an in-memory database. */
export async function openDatabase({
  memoryLimit = "1GB",
  threads = 2,
}: DatabaseOptions = {}): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: memoryLimit,
    threads: String(threads),
  });
  const connection = await instance.connect();
  return {
    run: async (sql, parameters) => void (await execute(connection, sql, parameters)),
    query: async <T extends object>(sql: string, parameters?: Parameters) => {
      const result = await execute(connection, sql, parameters);
      const names = result.deduplicatedColumnNames();
      const rows = await result.getRows();
      return rows.map((row) =>
        Object.fromEntries(row.map((value, i) => [names[i], plain(value)])),
      ) as T[];
    },
    columns: async <T extends object>(sql: string, parameters?: Parameters) => {
      const result = await execute(connection, sql, parameters);
      const names = result.deduplicatedColumnNames();
      const types = result.columnTypes();
      const chunks = await result.fetchAllChunks();
      const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
      return Object.fromEntries(
        names.map((name, i) => [name, gather(chunks, i, rows, name, types[i])]),
      ) as T;
    },
    append: (table, columns) => appendRows(connection, table, columns),
    copyToParquet: (sql, path) =>
      replaceFile(path, async (temporary) => {
        await execute(
          connection,
          `COPY (${sql}) TO ${literal(temporary)} (FORMAT parquet, USE_TMP_FILE false)`,
        );
      }),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Do something with a database of its own, closed afterwards. */
export async function withDatabase<T>(
  use: (db: Database) => Promise<T>,
  options?: DatabaseOptions,
): Promise<T> {
  const db = await openDatabase(options);
  try {
    return await use(db);
  } finally {
    db.close();
  }
}

/** The rows of one query, such as `SELECT * FROM 'data/…/train.parquet'`. */
export async function query<T extends object = Record<string, Value>>(
  sql: string,
  parameters?: Parameters,
): Promise<T[]> {
  return withDatabase((db) => db.query<T>(sql, parameters));
}

/** The columns of one query, as typed arrays where possible. */
export async function columns<T extends object = Record<string, Column>>(
  sql: string,
  parameters?: Parameters,
): Promise<T> {
  return withDatabase((db) => db.columns<T>(sql, parameters));
}
