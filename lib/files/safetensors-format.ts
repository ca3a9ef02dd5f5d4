/** The safetensors format: named float32 arrays with metadata. Free of Node, so that a web page reads heads as well. */
/** Throws: says what is wrong with the file. */
type Fail = (what: string) => never;

/** A float32 array with its shape, row-major. */
export interface NamedTensor {
  shape: number[];
  data: Float32Array;
}

export interface SafetensorsFile {
  tensors: Record<string, NamedTensor>;
  metadata: Record<string, string>;
}

export interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** A longer header is not parsed. A head's has 3 KB. */
const MAX_HEADER = 2 ** 20;

/**
 * The tensors and metadata in a file's bytes. Throws for anything that doesn't fit together, naming `path`: the header's
 * length, a name or key that is there twice, sizes that are not those of the shapes, tensors that overlap or leave gaps.
 * Memory use is bounded by the file's size. There are no checksums in the format: a changed weight is not seen.
 */
export function parseSafetensors(file: Uint8Array, path: string): SafetensorsFile {
  const fail: Fail = (what) => {
    throw new Error(`${path} is not a safetensors file of float32 tensors: ${what}`);
  };
  if (file.length < 8) fail("it is shorter than 8 bytes");
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER)
    fail(`its header should have ${length} bytes; no head's has more than ${MAX_HEADER}`);
  if (length > file.length - 8)
    fail(`its header should have ${length} bytes, but the file has only ${file.length}`);
  const header = parseHeader(file.subarray(8, 8 + length), fail);
  const body = file.subarray(8 + length);
  const entries = header
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => checkEntry(name, entry, fail));
  checkCoverage(entries, body.length, fail);
  const tensors = entries.map(({ name, shape, from, to }): [string, NamedTensor] => {
    // A copy of its own: the body need not start at a multiple of 4 bytes, and the file's buffer can be freed.
    return [
      name,
      { shape, data: new Float32Array(new Uint8Array(body.subarray(from, to)).buffer) },
    ];
  });
  const metadata = header.find(([name]) => name === "__metadata__")?.[1] ?? {};
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string"))
    return fail("its metadata are not texts");
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The header's names and what stands behind them. */
function parseHeader(bytes: Uint8Array, fail: Fail): [name: string, entry: unknown][] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const header: unknown = JSON.parse(text);
    if (!isObject(header)) throw new Error("it is no object");
    const twice = repeatedKey(text);
    if (twice !== undefined) throw new Error(`${JSON.stringify(twice)} is there twice`);
    return Object.entries(header);
  } catch (error) {
    return fail(`its header is not JSON as it should be (${(error as Error).message})`);
  }
}

/** A key that an object of this (valid) JSON text has twice. `JSON.parse` would silently take the last. */
export function repeatedKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (const [token, string, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*(:?)|[{}[\]]/g)) {
    if (colon) {
      const key = JSON.parse(string) as string;
      const keys = open[open.length - 1]!;
      if (keys.has(key)) return key;
      keys.add(key);
    } else if (token === "{" || token === "[") open.push(token === "{" ? new Set() : undefined);
    else if (!string) open.pop();
  }
  return undefined;
}

interface Entry {
  name: string;
  shape: number[];
  /** Where its numbers lie in the body, in bytes. */
  from: number;
  to: number;
}

function checkEntry(name: string, entry: unknown, fail: Fail): Entry {
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (entry ?? {}) as Partial<Record<keyof HeaderEntry, unknown>>;
  const label = JSON.stringify(name);
  if (dtype !== "F32") fail(`${label} has the type ${JSON.stringify(dtype)}, not "F32"`);
  const isCount = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;
  const areCounts = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every(isCount);
  if (!areCounts(shape) || !areCounts(offsets) || offsets.length !== 2)
    return fail(`${label} has a shape or offsets that are not whole numbers`);
  const [from, to] = offsets;
  if (to - from !== shape.reduce((product, n) => product * n, 4))
    fail(`${label} has the shape [${shape.join()}], but lies at bytes ${from} to ${to}`);
  return { name, shape, from, to };
}

/** Throws unless the tensors lie one behind the other, from the first byte of the body to the last. */
function checkCoverage(entries: readonly Entry[], bytes: number, fail: Fail): void {
  let end = 0;
  for (const { name, from, to } of [...entries].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      fail(
        `${JSON.stringify(name)} begins at byte ${from}, but the tensors before it end at ${end}`,
      );
    end = to;
  }
  if (end !== bytes) fail(`its tensors end at byte ${end} of ${bytes}`);
}
