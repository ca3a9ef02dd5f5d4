/** Protocol buffers' wire format, as much of it as ONNX files need: https://protobuf.dev/programming-guides/encoding. */

/** One field of a message. */
export interface Field {
  number: number;
  /** Of an integer field, as a double: exact below 2^53. */
  value: number;
  /** Of a length-delimited field: a string, bytes or a message. Empty for numbers. */
  content: Uint8Array;
  /** The whole field, its tag included: what to copy to keep it as it is. */
  whole: Uint8Array;
}

/** An unsigned integer in base 128, lowest digit first, and the position behind it. */
function readVarint(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  let scale = 1;
  for (let i = at; i < bytes.length && i < at + 10; i++, scale *= 128) {
    value += (bytes[i] & 127) * scale;
    if (bytes[i] < 128) return [value, i + 1];
  }
  throw new Error(`Not an ONNX file: no number ends after byte ${at}`);
}

/** The fields of a message, in order. */
export function* fields(bytes: Uint8Array): Generator<Field> {
  for (let at = 0, end: number; at < bytes.length; at = end) {
    const [tag, start] = readVarint(bytes, at);
    const kind = tag % 8;
    let value = 0;
    let from = start;
    if (kind === 0) [value, end] = readVarint(bytes, start);
    else if (kind === 1) end = start + 8;
    else if (kind === 5) end = start + 4;
    else if (kind === 2) {
      [end, from] = readVarint(bytes, start);
      end += from;
    } else throw new Error(`Not an ONNX file: unknown kind of field at byte ${at}`);
    if (end > bytes.length)
      throw new Error(`Not a whole ONNX file: it ends ${end - bytes.length} bytes too early`);
    const content = bytes.subarray(from, kind === 2 ? end : from);
    yield { number: Math.floor(tag / 8), value, content, whole: bytes.subarray(at, end) };
  }
}

/** The integers of a packed field. */
export function packedIntegers(content: Uint8Array): number[] {
  const values: number[] = [];
  for (let at = 0, value: number; at < content.length; values.push(value))
    [value, at] = readVarint(content, at);
  return values;
}

function varint(value: number): number[] {
  const digits: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...digits, rest];
    digits.push((rest % 128) + 128);
  }
}

/** An integer field, 0 or more. */
export const integerField = (number: number, value: number): Uint8Array =>
  Uint8Array.from([...varint(number * 8), ...varint(value)]);

/** What goes before the content of a length-delimited field. */
export const fieldHeader = (number: number, length: number): Uint8Array =>
  Uint8Array.from([...varint(number * 8 + 2), ...varint(length)]);

/** Bytes of all parts together. */
export const totalLength = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum: number, part: Uint8Array) => sum + part.length, 0);

/** A length-delimited field whose content is a string, or the given parts one after the other. */
export function field(number: number, content: string | readonly Uint8Array[]): Uint8Array {
  const parts: readonly Uint8Array[] =
    typeof content === "string" ? [Buffer.from(content, "utf8")] : content;
  return Buffer.concat([fieldHeader(number, totalLength(parts)), ...parts]);
}

/** UTF-8 bytes as text. */
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
