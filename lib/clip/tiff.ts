/** The one thing about TIFF files that our decoder gets wrong: colours stored as YCbCr without JPEG compression. */

/** Numbers of tags, and values of theirs: TIFF 6.0 (Adobe, 1992), sections 8 and 21. */
const COMPRESSION = 259;
const PHOTOMETRIC = 262;
const SUBSAMPLING = 530;
const YCBCR = 6;
const JPEG = [6, 7];

/** Tags of the first picture that hold 16-bit numbers, at most two each. Null for what is no (classic) TIFF file. */
function shortTags(bytes: Buffer): Map<number, [number, number]> | null {
  const order = bytes.toString("latin1", 0, 2);
  if (bytes.length < 8 || (order !== "II" && order !== "MM")) return null;
  const u16 = (at: number): number =>
    order === "II" ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  const u32 = (at: number): number =>
    order === "II" ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  const start = u32(4);
  if (u16(2) !== 42 || start + 2 > bytes.length) return null;
  const tags = new Map<number, [number, number]>();
  for (let i = 0, at = start + 2; i < u16(start) && at + 12 <= bytes.length; i++, at += 12)
    if (u16(at + 2) === 3) tags.set(u16(at), [u16(at + 8), u16(at + 10)]);
  return tags;
}

/**
 * Whether a TIFF file's numbers are luma and chroma that are handed out as if they were red, green and blue: "full" if
 * each pixel has all three, "subsampled" if chroma is coarser (then they are not even in the order of the pixels).
 */
export function rawYCbCr(bytes: Buffer): "full" | "subsampled" | null {
  const tags = shortTags(bytes);
  if (tags?.get(PHOTOMETRIC)?.[0] !== YCBCR) return null;
  if (JPEG.includes(tags.get(COMPRESSION)?.[0] ?? 1)) return null; // the decoder of JPEG converts them
  const [across, down] = tags.get(SUBSAMPLING) ?? [2, 2];
  return across === 1 && down === 1 ? "full" : "subsampled";
}

/** YCbCr → RGB, 8 bits a channel, as JPEG has it (ITU-T T.871, section 7). In place. */
export function yCbCrToRgb(pixels: Uint8Array): void {
  const level = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
  for (let i = 0; i < pixels.length; i += 3) {
    const y = pixels[i];
    const blue = pixels[i + 1] - 128;
    const red = pixels[i + 2] - 128;
    pixels[i] = level(y + 1.402 * red);
    pixels[i + 1] = level(y - 0.344136 * blue - 0.714136 * red);
    pixels[i + 2] = level(y + 1.772 * blue);
  }
}
