import { expect, test } from "vitest";
import { decodeText } from "./text";

const bytes = (...parts: (string | number)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))),
  );
const swapped = (text: string): Buffer => Buffer.from(text, "utf16le").swap16();

test.each<[string, Buffer, string, string]>([
  ["plain", bytes("Barn\n"), "Barn\n", "ASCII"],
  ["UTF-8", bytes("Café\n"), "Café\n", "UTF-8"],
  ["UTF-8 with a byte order mark", bytes("\ufeffCafé"), "Café", "UTF-8"],
  ["nothing but a byte order mark", bytes("\ufeff"), "", "UTF-8"],
  ["empty", bytes(), "", "ASCII"],
  ["Latin-1", bytes("Caf", 0xe9, "\n"), "Café\n", "Latin-1"],
  ["Windows' quotes", bytes(0x93, "Inn", 0x94, " ", 0x80, "5"), "“Inn” €5", "Windows-1252"],
  ["UTF-16, little end first", Buffer.from("\ufeffCafé\r\n", "utf16le"), "Café\r\n", "UTF-16 LE"],
  ["UTF-16, big end first", swapped("\ufeffCafé"), "Café", "UTF-16 BE"],
  ["UTF-16 without a mark", Buffer.from("id,x", "utf16le"), "id,x", "UTF-16 LE"],
  ["UTF-16, big end first, without a mark", swapped("id,x"), "id,x", "UTF-16 BE"],
  [
    "Latin-1 and UTF-8, by lines",
    bytes("Caf", 0xe9, "\r\n", "Caf", 0xe9, "\r\nTrá\r\nBarn"),
    "Café\r\nCafé\r\nTrá\r\nBarn",
    "Latin-1 (lines in UTF-8: 1)",
  ],
  [
    "UTF-8 with a damaged character",
    bytes("Trá Mhór\nCaf", 0xc3, "\nBarn"),
    "Trá Mhór\nCaf\ufffd\nBarn",
    "UTF-8 (damaged characters: 1)",
  ],
])("%s is found to be what it is", (_, file, text, encoding) => {
  expect(decodeText(file, "x.csv")).toEqual({ text, encoding });
});

test.each<[Buffer, string]>([
  [bytes("PK\x03\x04rest"), "x.csv is a zip or Excel file, not a CSV file: unzip it"],
  [bytes(0x1f, 0x8b, 8), "x.csv is compressed with gzip"],
  [bytes("PAR1"), "x.csv is a Parquet file"],
  [bytes(0xff, 0xfe, 0, 0), "x.csv is UTF-32 text"],
  [bytes("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"],
])("what is no text is refused with a remedy", (file, message) => {
  expect(() => decodeText(file, "x.csv")).toThrow(message);
});
