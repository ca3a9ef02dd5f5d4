/**
 * Titles as CLIP's own tokenizer reads them (OpenAI's `clip.tokenize`): text repaired by ftfy, HTML entities replaced
 * twice, white space made single spaces, lower case. What follows, byte-pair encoding, is the tokenizer's. The rules of
 * repair are those of ftfy 6.3 (R. Speer, doi 10.5281/zenodo.2591652; Apache-2.0).
 */
import { decodeHTML, decodeHTMLStrict } from "entities";
import { fixControls, fixMojibake } from "./mojibake";

/** Python's white space (JavaScript's differs in U+001C to U+001F, U+0085 and U+FEFF). */
// eslint-disable-next-line no-control-regex
const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** Numbers of characters that HTML calls invalid and drops. */
const isDropped = (code: number): boolean =>
  (code >= 1 && code <= 8) ||
  code === 0xb ||
  (code >= 0xe && code <= 0x1f) ||
  code === 0x7f ||
  (code >= 0xfdd0 && code <= 0xfdef) ||
  (code & 0xfffe) === 0xfffe;

/** A numeric reference such as "#233", "#xE9" or "#233;" → its character, by the rules of HTML 5. */
function numericReference(reference: string): string {
  const digits = reference.replace(/^#|;$/g, "");
  const code = /^x/i.test(digits) ? parseInt(digits.slice(1), 16) : parseInt(digits, 10);
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return "\ufffd";
  return isDropped(code) ? "" : fixControls(String.fromCodePoint(code));
}

/** Python's `html.unescape`: all HTML 5 references, those without a semicolon too, of names the longest that fits. */
const unescapeHtml = (text: string): string =>
  text.replace(
    /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g,
    (whole, inner: string) => (inner.startsWith("#") ? numericReference(inner) : decodeHTML(whole)),
  );

/** A named reference in capitals that only exists in small letters, such as "&EACUTE;", → the capital. */
function capitalReference(reference: string): string {
  const isCapital = reference === reference.toUpperCase() && unescapeHtml(reference) === reference;
  if (!isCapital) return reference;
  const small = reference.toLowerCase();
  const character = decodeHTMLStrict(small);
  return character === small ? reference : character.toUpperCase();
}

/** The unambiguous references: with a semicolon, and nothing left of it. */
const unescapeCertain = (text: string): string =>
  text.replace(/&#?[0-9A-Za-z]{1,24};/g, (reference) => {
    if (!reference.startsWith("&#")) {
      const character = decodeHTMLStrict(reference);
      return character === reference ? capitalReference(reference) : character;
    }
    const character = unescapeHtml(reference);
    return character.includes(";") ? reference : character;
  });

/** Ligatures and digraphs of Latin letters that stand for their letters (not æ or œ, which are letters themselves). */
const LIGATURES = /[Ĳĳŉ\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb04\ufb06]/g;
/** Full-width Latin and half-width Japanese and Korean characters, and the wide space. */
const OTHER_WIDTH = /[\u3000\uff01-\uffef]/g;
const toUsual = (character: string): string => character.normalize("NFKC");

const STEPS: readonly ((text: string) => string)[] = [
  fixMojibake,
  fixControls,
  (text) => text.replace(LIGATURES, toUsual).replace(/\ufb05/g, "ſt"),
  (text) => text.replace(OTHER_WIDTH, toUsual),
  (text) => text.replace(/[\u201c-\u201f]/g, '"').replace(/[\u02bc\u2018-\u201b]/g, "'"),
  (text) => text.replace(/\r\n|[\r\u2028\u2029\x85]/g, "\n"),
  (text) => text.replace(/\p{Surrogate}/gu, "\ufffd"), // half a character
  // eslint-disable-next-line no-control-regex
  (text) => text.replace(/\x1b\[[\d;]*[a-zA-Z]/g, ""), // colours of a terminal
  // eslint-disable-next-line no-control-regex
  (text) => text.replace(/[\x00-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g, ""),
  (text) => text.normalize("NFC"),
];

/** One line, repaired until nothing changes any more. */
function repairLine(line: string, isHtml: boolean): string {
  let now = line;
  for (let before: string | undefined; before !== now;) {
    before = now;
    now = STEPS.reduce((text, step) => step(text), isHtml ? now : unescapeCertain(now));
  }
  return now;
}

/** ftfy's `fix_text`, line by line. From the first "<" on it may be HTML, whose references are meant and stay. */
function repair(text: string): string {
  let isHtml = false;
  return text
    .split(/(?<=\n)/)
    .map((line) => repairLine(line, (isHtml ||= line.includes("<"))))
    .join("");
}

/** Nothing to repair: plain letters, digits and signs. */
const PLAIN = /^[\x20-\x25\x27-\x7e]*$/;

/**
 * A title as CLIP's text tower knows titles.
 *
 * ```ts
 * cleanTitle("T&#375; Mawr"); // → "tŷ mawr"
 * cleanTitle("  Barn &amp;amp; silo\n"); // → "barn & silo"
 * cleanTitle("The \u201cRed Lion\u201d, caf\u00c3\u00a9"); // → 'the "red lion", café'
 * ```
 */
export function cleanTitle(title: string): string {
  const repaired = PLAIN.test(title) ? title : unescapeHtml(unescapeHtml(repair(title)));
  return repaired.replace(SPACES, " ").replace(/^ | $/g, "").toLowerCase();
}
