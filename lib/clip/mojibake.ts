/**
 * Text that was decoded wrongly put right: "CafÃ©" was "Café". The rules are those of ftfy 6.3 (R. Speer, *ftfy*, Zenodo,
 * doi 10.5281/zenodo.2591652; Apache-2.0), since CLIP's own tokenizer begins with it and its text tower has never seen
 * anything else. When is a text wrong? When neighbours meet in it that nobody writes, such as an accented capital and a
 * currency sign, but that UTF-8 makes when it is read as a one-byte encoding.
 *
 * Bytes are strings here whose characters are 0 to 255.
 */

/** Windows-1252's characters for the bytes 0x80 to 0x9f; those it leaves open stay control characters. */
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";
/** IBM's code page 437 from 0x80 on, which TextDecoder does not know. */
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
  "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

const byteRange = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i));

/** Bytes written as characters, one each → bytes. (Without Node's Buffer: a web page cleans titles too.) */
const bytesOf = (characters: string): Uint8Array =>
  Uint8Array.from(characters, (character) => character.charCodeAt(0));

/** What an encoding makes of the bytes 0x80 to 0xff; a byte that it leaves open stays what it is. */
function upperHalf(encoding: string): string[] {
  const decoder = new TextDecoder(encoding);
  return byteRange(0x80, 0xff).map((byte) => {
    const character = decoder.decode(bytesOf(byte));
    return character === "\ufffd" ? byte : character;
  });
}

interface Encoding {
  name: string;
  /** Characters of the bytes 0x80 to 0xff. */
  upper: readonly string[];
  /** Whether a lost character, U+FFFD, may stand for a byte; that byte is then 0x1a. */
  lossy: boolean;
}

/** The encodings that UTF-8 is mistaken for, the likeliest first. */
const ENCODINGS: readonly Encoding[] = [
  { name: "latin-1", upper: byteRange(0x80, 0xff), lossy: false },
  { name: "windows-1252", upper: [...WINDOWS_1252, ...byteRange(0xa0, 0xff)], lossy: true },
  ...[1251, 1250, 1253, 1254, 1257].map((page) => ({
    name: `windows-${page}`,
    upper: upperHalf(`windows-${page}`),
    lossy: true,
  })),
  { name: "iso-8859-2", upper: upperHalf("iso-8859-2"), lossy: false },
  { name: "macintosh", upper: upperHalf("macintosh"), lossy: false },
  { name: "cp437", upper: [...CP437], lossy: false },
];

/** Each encoding's characters beyond ASCII with their bytes. */
const BYTES = new Map(
  ENCODINGS.map(({ name, upper, lossy }) => [
    name,
    new Map([
      ...upper.map((character, i): [string, string] => [character, String.fromCharCode(0x80 + i)]),
      ...(lossy ? ([["\ufffd", "\x1a"]] as const) : []),
    ]),
  ]),
);

/** The bytes of a text in an encoding, or null if it has a character that the encoding does not. */
function encode(text: string, { name, lossy }: Encoding): string | null {
  const bytes = BYTES.get(name)!;
  let encoded = "";
  for (const character of text) {
    const isPlain = character < "\x80" && !(lossy && character === "\x1a");
    const byte = isPlain ? character : bytes.get(character);
    if (byte === undefined) return null;
    encoded += byte;
  }
  return encoded;
}

/** Characters by what they are in real text, of all that the encodings have. */
const CLASSES = {
  common: "\u00a0\u00ad·´–—―…’",
  control: "\x80-\x9f",
  /** Hardly used but in mojibake. */
  bad: "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\ufffdªº",
  law: "¶§",
  currency: "¢£¥₧€",
  opening: "¡«¿©΄΅‘‚“„•‹\uf8ff",
  closing: "®»˝”›™",
  number: "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№",
  /** Letters that faces are made of, and so in odd company. */
  face: "ÒÓÔÕÖÙÚÛÜòóôõöøùúûüŐŌŪŲ°",
  upper: "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ",
  lower: "ßàáâãäåæçèéêëìíîïðñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ",
  upperGreekOrCyrillic: "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я",
  lowerGreekOrCyrillic: "α-ωάέήίΰа-џ",
  box: "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓",
} as const;

type ClassName = keyof typeof CLASSES;
const any = (...names: ClassName[]): string => `[${names.map((name) => CLASSES[name]).join("")}]`;

const LETTER_OR_DIGIT = "[\\p{L}\\p{N}_]";
/** White space as Python has it. */
const SPACE =
  "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

/** Neighbours that nobody writes. */
const IMPOSSIBLE = new RegExp(
  [
    any("control"),
    any("bad", "lower", "upper", "box", "opening", "closing", "currency", "number", "law") +
      any("bad"),
    `[a-zA-Z]${any("lowerGreekOrCyrillic", "upperGreekOrCyrillic")}${any("bad")}`,
    any("bad") + any("lower", "upper", "box", "opening", "closing", "currency", "number", "law"),
    any("lower", "lowerGreekOrCyrillic", "box", "closing", "currency", "number") + any("upper"),
    any("box", "closing", "currency", "number") + any("lower"),
    any("lower", "box", "closing") + any("currency"),
    SPACE + any("upper") + any("currency"),
    any("upper", "box") + any("number", "law"),
    any("lower", "upper", "box", "currency", "closing") + any("opening") + any("number"),
    any("lower", "upper", "currency", "number", "box", "law") + any("closing") + any("opening"),
    any("currency", "number", "box") + any("opening"),
    `[a-z]${any("upper")}${any("opening", "currency")}`,
    any("box") + any("face"),
    any("lower", "upper", "currency", "number", "opening", "closing", "law") + any("box"),
    any("box") + any("closing"),
    any("lower", "upper") + any("opening", "closing") + LETTER_OR_DIGIT,
    "[Œœ][^A-Za-z]",
    `${any("upper")}°`,
    // Windows-1252: Latin, then Arabic, then South Asian letters, then "à", "á" and the no-break space.
    `[ÂÃÎÐ][€œŠš¢£Ÿž\\xa0\\xad®©°·»–—´${CLASSES.opening}${CLASSES.closing}]`,
    "×[²³]",
    `(?:[ØÙ][ŸŠ®°µ»${CLASSES.common}${CLASSES.currency}${CLASSES.bad}${CLASSES.number}${CLASSES.opening}]){2}`,
    "à[²µ¹¼½¾]",
    "Ã[\\xa0¡]",
    `[a-z]${SPACE}?[ÃÂ] `,
    "^[ÃÂ] ",
    `[a-z.,?!${CLASSES.closing}]Â[ ${CLASSES.opening}${CLASSES.closing}]`,
    // Macintosh.
    "√[±∂†≠®™´≤≥¥µø]",
    "≈[°¢]",
    "‚Ä[ìîïòôúùû†°¢π]",
    "‚[âó][àä°ê]",
    // Windows-1251, 1253 and 1257: punctuation, then letters.
    "вЂ",
    `[ВГРС][°µ${CLASSES.control}${CLASSES.bad}${CLASSES.opening}${CLASSES.closing}${CLASSES.currency}][ВГРС]`,
    "ГўВЂВ.[A-Za-z ]",
    "β€[™\\xa0Ά\\xad®°]",
    `[ΒΓΞΟ][°${CLASSES.control}${CLASSES.bad}${CLASSES.opening}${CLASSES.closing}${CLASSES.currency}][ΒΓΞΟ]`,
    "ā€",
  ].join("|"),
  "u",
);

/** The characters that bytes stand for in the encodings whose lower half and letters are like Latin-1's. */
function charactersOf(...ranges: [from: number, to: number][]): string[] {
  const alike = ENCODINGS.filter(({ name }) => /^latin|^windows/.test(name));
  return ranges.flatMap(([from, to]) =>
    alike.flatMap(({ upper }) => upper.slice(from - 0x80, to - 0x80 + 1)),
  );
}

const CONTINUATION = charactersOf([0x80, 0xbf]).join("");
/** Follow-up characters that hardly stand for themselves beside mojibake. */
const STRICT_CONTINUATION = charactersOf([0x80, 0xbf])
  .filter((character) => !"‚„…‘’“”•–—―".includes(character))
  .join("");
/** Sequences that look like UTF-8, in a text that is otherwise right. A space may have been a no-break space. */
const EMBEDDED = new RegExp(
  `(?<![${STRICT_CONTINUATION}])(?:` +
    [
      `[${charactersOf([0xc2, 0xdf]).join("")}][ ${CONTINUATION}]`,
      `[${charactersOf([0xe0, 0xef]).join("")}][ ${CONTINUATION}]{2}`,
      `[${charactersOf([0xf0, 0xf0], [0xf3, 0xf3]).join("")}][ ${CONTINUATION}]{3}`,
    ].join("|") +
    ")+",
  "gu",
);

/** UTF-8 in which a byte 0xa0 became a space, for characters that are likely. */
const WITH_SPACE =
  /[\xc2\xc3\xc5\xce\xd0\xd9] |[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]|[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] |\xf0 [\x80-\xbf]{2}|\xf0[\x80-\xbf] [\x80-\xbf]|\xf0[\x80-\xbf]{2} /g;
/** "à" as a word of its own: its second byte and the space after it became one. */
const A_GRAVE = /\xc3 (?! |quele|quela|quilo|s )/g;
/** UTF-8 of which bytes were lost: they are 0x1a, or one of them a question mark. */
const WITH_LOSS = new RegExp(
  [
    "[\\xc2-\\xdf]\\x1a",
    "[\\xc2\\xc3]\\?",
    "\\xed[\\xa0-\\xaf][\\x1a?]\\xed[\\xb0-\\xbf][\\x1a?\\x80-\\xbf]",
    "\\xed[\\xa0-\\xaf][\\x1a?\\x80-\\xbf]\\xed[\\xb0-\\xbf][\\x1a?]",
    "[\\xe0-\\xef][\\x1a?][\\x1a\\x80-\\xbf]",
    "[\\xe0-\\xef][\\x1a\\x80-\\xbf][\\x1a?]",
    "[\\xf0-\\xf4][\\x1a?][\\x1a\\x80-\\xbf]{2}",
    "[\\xf0-\\xf4][\\x1a\\x80-\\xbf][\\x1a?][\\x1a\\x80-\\xbf]",
    "[\\xf0-\\xf4][\\x1a\\x80-\\xbf]{2}[\\x1a?]",
    "\\x1a",
  ].join("|"),
  "g",
);
const LOST = "\xef\xbf\xbd"; // U+FFFD in UTF-8

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 → text, or null if it is none. Java's two bytes for NUL and surrogates that were encoded one by one are allowed. */
function decodeUtf8(bytes: string): string | null {
  const usual = bytes
    .replace(/\xc0\x80/g, "\x00")
    .replace(/\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]/g, (pair) => {
      const [, high, top, , middle, low] = bytesOf(pair);
      const bits = ((high & 15) << 16) | ((top & 63) << 10) | ((middle & 15) << 6) | (low & 63);
      const utf8 = new TextEncoder().encode(String.fromCodePoint(0x10000 + bits));
      return String.fromCharCode(...utf8);
    });
  try {
    return strictUtf8.decode(bytesOf(usual));
  } catch {
    return null;
  }
}

/** The text if its bytes in this encoding are UTF-8, spaces and losses mended. */
function reread(text: string, encoding: Encoding): string | null {
  let bytes = encode(text, encoding);
  if (bytes === null) return null;
  if (encoding.name !== "macintosh" && bytes.search(WITH_SPACE) >= 0)
    bytes = bytes
      .replace(A_GRAVE, "\xc3\xa0 ")
      .replace(WITH_SPACE, (sequence) => sequence.replace(" ", "\xa0"));
  if (encoding.lossy) bytes = bytes.replace(WITH_LOSS, LOST);
  return decodeUtf8(bytes);
}

/** Control characters 0x80 to 0x9f as what they are in Windows-1252, as browsers read them. */
export const fixControls = (text: string): string =>
  text.replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80]);

function fixOnce(text: string): string {
  if (!IMPOSSIBLE.test(text)) return text;
  for (const encoding of ENCODINGS) {
    const found = reread(text, encoding);
    if (found !== null) return found;
  }
  const mended = text.replace(EMBEDDED, (part) =>
    part.length < text.length && IMPOSSIBLE.test(part) ? fixMojibake(part) : part,
  );
  return mended === text ? fixControls(text) : mended;
}

/**
 * The text as it was before it was decoded wrongly, however often that was; text without impossible neighbours stays.
 *
 * ```ts
 * fixMojibake("Caf\u00c3\u00a9 by the canal"); // → "Café by the canal"
 * fixMojibake("Café by the canal"); // → "Café by the canal"
 * ```
 */
export function fixMojibake(text: string): string {
  let now = text;
  for (let before = ""; before !== now;) {
    before = now;
    now = fixOnce(before);
  }
  return now;
}
