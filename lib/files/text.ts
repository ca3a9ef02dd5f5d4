/** Text files of unknown encoding: what it is found to be is said, never assumed. */
import { isAscii, isUtf8 } from "node:buffer";
import { readPossiblyZipped } from "./zipped";

export interface DecodedText {
  text: string;
  /** What the bytes were found to be, for people: "ASCII", "UTF-8", "Latin-1", "Windows-1252", "UTF-16 LE" and so on. */
  encoding: string;
}

/** What Windows-1252 has at 0x80 to 0x9f; Latin-1 has control characters there. A space stands for none. */
const WINDOWS = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/** Beginnings of files that are no text, with what to do. */
const NO_TEXT: readonly (readonly [start: string, what: string])[] = [
  ["PK\x03\x04", "a zip or Excel file, not a CSV file: unzip it, or save the table as CSV"],
  ["\x1f\x8b", "compressed with gzip: unpack it with gunzip"],
  ["PAR1", "a Parquet file, not a CSV file"],
  ["\xff\xfe\0\0", "UTF-32 text: save it as UTF-8"],
  [
    "version https://git-lfs",
    "only a pointer to a file that Git LFS keeps: fetch it with git lfs pull",
  ],
];

/** UTF-16 by its byte order mark or, without one, by the zeros of its first two characters. */
function utf16(bytes: Buffer): "utf-16le" | "utf-16be" | null {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe) || (a && b === 0 && c && d === 0)) return "utf-16le";
  return (a === 0xfe && b === 0xff) || (a === 0 && b && c === 0 && d) ? "utf-16be" : null;
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/**
 * Bytes that are not valid UTF-8. If more of its accents are UTF-8 than not, it is UTF-8 with damaged characters, which
 * become U+FFFD; else it has one byte a character. Lines of such a file that are valid UTF-8 are taken for it: in
 * Latin-1 they would read like "CafÃ©".
 */
function oneByteOrDamaged(bytes: Buffer): DecodedText {
  const utf8 = bytes.toString("utf8");
  const lost = count(utf8, /\ufffd/g);
  if (count(utf8, /[^\0-\x7f\ufffd]/g) > lost)
    return { text: utf8, encoding: `UTF-8 (damaged characters: ${lost})` };
  let converted = 0;
  let windows = false;
  const text = bytes.toString("latin1").replace(/^[^\r\n\x80-\xff]*[\x80-\xff].*/gm, (line) => {
    const raw = Buffer.from(line, "latin1");
    if (isUtf8(raw)) {
      converted++;
      return raw.toString("utf8");
    }
    return line.replace(/[\x80-\x9f]/g, (byte) => {
      const character = WINDOWS[byte.charCodeAt(0) - 0x80];
      windows ||= character !== " ";
      return character === " " ? byte : character;
    });
  });
  const encoding = windows ? "Windows-1252" : "Latin-1";
  return { text, encoding: converted ? `${encoding} (lines in UTF-8: ${converted})` : encoding };
}

/**
 * A text file's bytes as text, without a byte order mark. Characters that are damaged in UTF-8 or UTF-16 become U+FFFD.
 * Throws, naming the `file` and what to do, where the bytes are plainly no text.
 */
export function decodeText(bytes: Buffer, file: string): DecodedText {
  const start = bytes.toString("latin1", 0, 30);
  const other = NO_TEXT.find(([beginning]) => start.startsWith(beginning));
  if (other) throw new Error(`${file} is ${other[1]}`);
  const wide = utf16(bytes);
  if (wide)
    return {
      text: new TextDecoder(wide).decode(bytes),
      encoding: wide === "utf-16le" ? "UTF-16 LE" : "UTF-16 BE",
    };
  if (isAscii(bytes)) return { text: bytes.toString("latin1"), encoding: "ASCII" };
  const found = isUtf8(bytes)
    ? { text: bytes.toString("utf8"), encoding: "UTF-8" }
    : oneByteOrDamaged(bytes);
  return { ...found, text: found.text.replace(/^\ufeff/, "") };
}

/** A text file as `decodeText` reads it, or the one in `<file>.zip`. Throws as `readPossiblyZipped` does. */
export function readText(file: string): DecodedText {
  return decodeText(readPossiblyZipped(file), file);
}
