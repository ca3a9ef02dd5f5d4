/** Writing what stored-zip.ts reads; for the tests only. */
import { crc32 } from "node:zlib";
import { endRecords } from "./stored-zip";

/**
 * A zip file with these entries, byte by byte as PyTorch writes it, with the data of each entry
 * beginning at a multiple of 64 bytes. So tests can change a saved head where its checksums would give them away.
 */
export function tinyZip(entries: [name: string, data: Buffer][]): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of entries) {
    const local = localHeader(name, offset);
    const sizes = [crc32(data), data.length, data.length];
    directory.push(
      numbers([4, 0x02014b50], [2, 0], [2, 0], [4, 0x0808], [4, 0], ...sizes.map(uint32)),
    );
    directory.push(
      numbers([2, name.length], [4, 0], [4, 0], [4, 0], [4, offset]),
      Buffer.from(name),
    );
    body.push(local, data, numbers([4, 0x08074b50], ...sizes.map(uint32)));
    offset += local.length + data.length + 16;
  }
  return Buffer.concat([
    ...body,
    ...directory,
    endRecords(entries.length, Buffer.concat(directory).length, offset),
  ]);
}

type Field = [bytes: 2 | 4, value: number];
const uint32 = (value: number): Field => [4, value];

function numbers(...fields: Field[]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of fields) at = bytes.writeUIntLE(value, at, size);
  return bytes;
}

function localHeader(name: string, offset: number): Buffer {
  const padding = 63 - ((offset + 30 + name.length + 4 + 63) % 64);
  const extra = Buffer.concat([
    Buffer.from("FB"),
    numbers([2, padding]),
    Buffer.alloc(padding, "Z"),
  ]);
  const start = numbers([4, 0x04034b50], [2, 0], [4, 0x0808], [4, 0], [4, 0], [4, 0], [4, 0]);
  return Buffer.concat([
    start,
    numbers([2, name.length], [2, extra.length]),
    Buffer.from(name),
    extra,
  ]);
}
