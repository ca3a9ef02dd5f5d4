/** Safetensors files: named float32 arrays with metadata, as heads are saved. */
import { readFile, stat } from "node:fs/promises";
import { writeFileAtomic } from "./atomic";
import { parseSafetensors, type HeaderEntry, type SafetensorsFile } from "./safetensors-format";

/**
 * Write float32 tensors in the safetensors format (https://github.com/huggingface/safetensors): the header's length as
 * a little-endian u64, a JSON header padded with spaces to a multiple of 8, then the numbers.
 */
export async function writeSafetensors(
  path: string,
  { tensors, metadata }: SafetensorsFile,
): Promise<void> {
  let offset = 0;
  const entries = Object.entries(tensors).map(([name, { shape, data }]): [string, HeaderEntry] => {
    return [name, { dtype: "F32", shape, data_offsets: [offset, (offset += data.byteLength)] }];
  });
  const header = { __metadata__: metadata, ...Object.fromEntries(entries) };
  let json = Buffer.from(JSON.stringify(header));
  json = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const bodies = Object.values(tensors).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  await writeFileAtomic(path, Buffer.concat([length, json, ...bodies]));
}

/** Larger files are not read. An MLP on all modalities has 1.1 MB. */
const MAX_BYTES = 2 ** 26;
/** `parseSafetensors` of a file. Throws, naming it, if it is missing, too large, or not what the format promises. */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) throw new Error(`${path} is missing: there is no such file`);
  if (info.size > MAX_BYTES)
    throw new Error(`${path} has ${info.size} bytes; no head has more than ${MAX_BYTES}`);
  return parseSafetensors(await readFile(path), path);
}
