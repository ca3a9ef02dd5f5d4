import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "./atomic";

/** A float32 array with its shape, row-major. */
export interface NamedTensor {
  shape: number[];
  data: Float32Array;
}

export interface SafetensorsFile {
  tensors: Record<string, NamedTensor>;
  metadata: Record<string, string>;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Write float32 tensors in the safetensors format (https://github.com/huggingface/safetensors): the header's length as
 * a little-endian u64, a JSON header padded with spaces to a multiple of 8, then the numbers.
 */
export async function writeSafetensors(path: string, { tensors, metadata }: SafetensorsFile): Promise<void> {
  const header: Record<string, HeaderEntry | Record<string, string>> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, (offset += data.byteLength)] };
  }
  let json = Buffer.from(JSON.stringify(header));
  json = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const bodies = Object.values(tensors).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  await writeFileAtomic(path, Buffer.concat([length, json, ...bodies]));
}

/** Read a safetensors file of float32 tensors. Throws for anything that doesn't fit together, naming the file. */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await readFile(path);
  const fail = (what: string): never => {
    throw new Error(`${path} is not a safetensors file of float32 tensors: ${what}`);
  };
  const length = file.length >= 8 ? Number(file.readBigUInt64LE(0)) : fail("it is shorter than 8 bytes");
  if (length > file.length - 8) fail(`its header should have ${length} bytes, but the file has only ${file.length}`);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(file.subarray(8, 8 + length).toString("utf8"), fail);
  const body = file.subarray(8 + length);
  const tensors: SafetensorsFile["tensors"] = {};
  for (const [name, entry] of Object.entries(entries))
    tensors[name] = readTensor(name, entry as HeaderEntry, body, fail);
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseHeader(
  text: string,
  fail: (what: string) => never,
): Record<string, HeaderEntry | Record<string, string>> {
  try {
    return JSON.parse(text) as Record<string, HeaderEntry | Record<string, string>>;
  } catch (error) {
    return fail(`its header is not JSON (${(error as Error).message})`);
  }
}

function readTensor(name: string, entry: HeaderEntry, body: Buffer, fail: (what: string) => never): NamedTensor {
  const { dtype, shape, data_offsets: [from, to] = [NaN, NaN] } = entry ?? {};
  if (dtype !== "F32") fail(`"${name}" has the type ${dtype}`);
  const size = Array.isArray(shape) ? shape.reduce((product, n) => product * n, 1) : NaN;
  if (!(from >= 0 && to <= body.length && to - from === size * 4))
    fail(`"${name}" has shape [${shape}] but lies at bytes ${from} to ${to} of ${body.length}`);
  // A copy of its own: the body need not start at a multiple of 4 bytes, and the file's buffer can be freed.
  return { shape, data: new Float32Array(new Uint8Array(body.subarray(from, to)).buffer) };
}
