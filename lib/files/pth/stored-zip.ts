/** The zip files that PyTorch writes, read so strictly that they can be understood in one way only. */
import { crc32 } from "node:zlib";
import { ByteReader, type Fail } from "../byte-reader";

// Signatures and layouts: PKWARE's APPNOTE.TXT 6.3, sections 4.3.7 (local header) to 4.3.16 (end record).
const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;
/** Flags of all entries that PyTorch writes: sizes follow the data (bit 3), names are UTF-8 (bit 11). No encryption. */
const FLAGS = 0x0808;
/** What PyTorch's zip files end with: a zip64 end record, its locator, and the ordinary end record. */
const END_BYTES = 56 + 20 + 22;

interface CentralRecord {
  name: Buffer;
  crc: number;
  size: number;
  /** Where the entry's local header begins. */
  offset: number;
}

/**
 * The entries of a zip file as PyTorch writes it: uncompressed, one after the other from the first byte to the
 * directory, the directory up to the end records, nothing in between or behind. Entries are views into `zip`.
 *
 * adm-zip, which reads our submissions, also checks checksums and refuses repeated names. But it believes the directory
 * alone, so entries may overlap or lie inside each other, and their own headers may say something else; it searches for
 * the end record, accepts bytes that belong to nothing, and unpacks compressed entries. Such files read differently in
 * different programs. Here every size, name and checksum must agree in all places, and nothing is unpacked.
 */
export function storedEntries(zip: Buffer, fail: Fail): Map<string, Buffer> {
  const { count, start, size } = findDirectory(zip, fail);
  const directory = new ByteReader(zip.subarray(start, start + size), fail);
  const body = new ByteReader(zip.subarray(0, start), fail);
  const entries = new Map<string, Buffer>();
  for (let i = 0; i < count; i++) {
    const record = readCentralRecord(directory, fail);
    const name = record.name.toString("utf8");
    if (entries.has(name)) fail(`the entry ${JSON.stringify(name)} is there twice`);
    entries.set(name, readEntry(body, record, fail));
  }
  if (directory.left || body.left)
    fail(
      `${body.left} bytes before the zip directory and ${directory.left} inside it belong to no entry`,
    );
  return entries;
}

function findDirectory(zip: Buffer, fail: Fail): { count: number; start: number; size: number } {
  const at = zip.length - END_BYTES;
  if (at < 0) fail(`it has only ${zip.length} bytes`);
  const end = zip.subarray(at + 76);
  const count = end.readUInt16LE(10);
  const size = end.readUInt32LE(12);
  const start = end.readUInt32LE(16);
  if (start + size !== at || !zip.subarray(at).equals(endRecords(count, size, start)))
    fail(
      "it does not end as PyTorch's zip files do (is it cut short, damaged, or packed by another program?)",
    );
  return { count, start, size };
}

/** The only possible end of a file whose directory has this number of entries, this size and this place, in bytes. */
export function endRecords(count: number, size: number, start: number): Buffer {
  const zip64 = [0x06064b50, 44, 0, 0x2d031e, 0, 0, count, 0, count, 0, size, 0, start, 0];
  const locator = [0x07064b50, 0, start + size, 0, 1];
  const end = [0x06054b50, 0, count | (count << 16), size, start]; // then 0, the length of a comment
  const records = Buffer.alloc(END_BYTES);
  [...zip64, ...locator, ...end].forEach((word, i) => records.writeUInt32LE(word >>> 0, 4 * i));
  return records;
}

function readCentralRecord(directory: ByteReader, fail: Fail): CentralRecord {
  const record = directory.take(46, "a record of the zip directory");
  const name = directory.take(record.readUInt16LE(28), "a name in the zip directory");
  const label = JSON.stringify(name.toString("utf8"));
  if (record.readUInt32LE() !== CENTRAL)
    fail(`the zip directory has no record where ${label} should be`);
  if (record.readUInt16LE(10) !== 0)
    fail(`the entry ${label} is compressed, which torch.save never does`);
  if (record.readUInt16LE(8) !== FLAGS)
    fail(`the entry ${label} has the flags ${record.readUInt16LE(8)}, not ${FLAGS}`);
  const size = record.readUInt32LE(24);
  // Lengths of an extra field and a comment, and the number of a further disk.
  if (
    record.readUInt32LE(20) !== size ||
    record.readUInt32LE(30) !== 0 ||
    record.readUInt16LE(34) !== 0
  )
    fail(`the record of ${label} in the zip directory is not as torch.save writes it`);
  return { name, crc: record.readUInt32LE(16), size, offset: record.readUInt32LE(42) };
}

/** Read the entry that begins at the reader's position, which must be what the directory says of it. */
function readEntry(
  body: ByteReader,
  { name, crc, size, offset }: CentralRecord,
  fail: Fail,
): Buffer {
  const label = `the entry ${JSON.stringify(name.toString("utf8"))}`;
  if (offset !== body.position)
    fail(`${label} should begin at byte ${body.position}, not at ${offset}`);
  const header = body.take(30, `the header of ${label}`);
  // Flags and, as one number, method 0 (stored); then checksum and sizes, 0 as the flags say that they follow the data.
  const fits = header.readUInt32LE() === LOCAL && header.readUInt32LE(6) === FLAGS;
  if (!fits || header.subarray(14, 26).some((byte) => byte !== 0))
    fail(`${label} has a header that is not as torch.save writes it`);
  if (!body.take(header.readUInt16LE(26), `the name of ${label}`).equals(name))
    fail(`${label} has another name in its own header`);
  body.take(header.readUInt16LE(28), `the padding of ${label}`);
  const data = body.take(size, label);
  const descriptor = Buffer.alloc(16);
  [DESCRIPTOR, crc, size, size].forEach((word, i) => descriptor.writeUInt32LE(word, 4 * i));
  if (!body.take(16, `the sizes behind ${label}`).equals(descriptor))
    fail(`${label} has another size or checksum behind it`);
  if (crc32(data) !== crc) fail(`${label} is damaged: its checksum is wrong`);
  return data;
}
