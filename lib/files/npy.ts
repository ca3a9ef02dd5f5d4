/** NumPy's .npy files: arrays of one element type, read and written whole or in part. */
import type { Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";

/** The element types we store, by NumPy's names. */
export type NpyArray = Float32Array | Int32Array | Uint8Array;

export interface NpyHeader {
  descr: "<f4" | "<i4" | "|u1";
  shape: number[];
  /** Where the numbers begin, in bytes. */
  offset: number;
}

const MAGIC = Buffer.from("\x93NUMPY\x01\x00", "latin1");
const descrOf = (array: NpyArray): NpyHeader["descr"] =>
  array instanceof Float32Array ? "<f4" : array instanceof Int32Array ? "<i4" : "|u1";
const arrayTypes = { "<f4": Float32Array, "<i4": Int32Array, "|u1": Uint8Array };
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/**
 * A C-order .npy file, format version 1.0 (NumPy enhancement proposal 1), as bytes: a
 * header, then the numbers. Throws when the shape does not fit the array.
 */
export function npyBytes(array: NpyArray, shape: readonly number[]): Buffer {
  if (product(shape) !== array.length)
    throw new Error(`npy: ${array.length} numbers do not fill the shape [${shape.join(", ")}]`);
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${descrOf(array)}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Magic, length and dictionary together fill a multiple of 64 bytes, so that the numbers can be memory-mapped.
  const length = Math.ceil((MAGIC.length + 2 + dict.length + 1) / 64) * 64 - MAGIC.length - 2;
  const header = Buffer.alloc(2 + length);
  header.writeUInt16LE(length);
  header.write(`${dict.padEnd(length - 1)}\n`, 2, "latin1");
  return Buffer.concat([
    MAGIC,
    header,
    Buffer.from(array.buffer, array.byteOffset, array.byteLength),
  ]);
}

async function readFully(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<boolean> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(
      bytes,
      done,
      Math.min(bytes.length - done, 2 ** 30),
      position + done,
    );
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

async function parseHeader(handle: FileHandle, file: string, hash?: Hash): Promise<NpyHeader> {
  const start = Buffer.alloc(10);
  if (!(await readFully(handle, start, 0)) || !start.subarray(0, 8).equals(MAGIC))
    throw new Error(`${file} is not a .npy file of version 1.0: delete it and make it again`);
  const header = Buffer.alloc(start.readUInt16LE(8));
  await readFully(handle, header, 10);
  hash?.update(start).update(header);
  const text = header.toString("latin1");
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (
    shape === undefined ||
    !/'fortran_order':\s*False/.test(text) ||
    !(descr && descr in arrayTypes)
  )
    throw new Error(
      `${file}: expected a C-order array of float32, int32 or uint8, found ${text.trim()}`,
    );
  const sizes = shape
    .split(",")
    .filter((s) => s.trim() !== "")
    .map(Number);
  return { descr: descr as NpyHeader["descr"], shape: sizes, offset: 10 + header.length };
}

/** The shape of the array in a .npy file. */
export async function readNpyShape(file: string): Promise<number[]> {
  const handle = await open(file, "r");
  try {
    return (await parseHeader(handle, file)).shape;
  } finally {
    await handle.close();
  }
}

/**
 * Read a .npy file. With `into` (right type and length) the numbers go straight there, for example into a part of a
 * larger array: `into.subarray(from, to)`. With `hash` it takes in the whole file's bytes, as they are read. Throws for
 * another format or type, and when the file is too short or long.
 */
export async function readNpy<T extends NpyArray>(
  file: string,
  into?: T,
  hash?: Hash,
): Promise<{ data: T; shape: number[] }> {
  const handle = await open(file, "r");
  try {
    const { descr, shape, offset } = await parseHeader(handle, file, hash);
    const data = into ?? (new arrayTypes[descr](product(shape)) as T);
    if (descrOf(data) !== descr || data.length !== product(shape))
      throw new Error(
        `${file} holds ${descr} [${shape.join(", ")}], not ${data.length} numbers of ${descrOf(data)}`,
      );
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const { size } = await handle.stat();
    if (size !== offset + bytes.length || !(await readFully(handle, bytes, offset)))
      throw new Error(
        `${file} has ${size} bytes instead of ${offset + bytes.length}: delete it and make it again`,
      );
    hash?.update(bytes);
    return { data, shape };
  } finally {
    await handle.close();
  }
}
