/**
 * A word cloud by hand: count the words of the titles, then place them from the largest to the smallest along a spiral,
 * each at the first spot where it touches no other (the method of Wordle, Viégas, Wattenberg & Feinberg 2009).
 */

/** A word and how often it occurs. */
export interface WordCount {
  word: string;
  count: number;
}

/** A word on the canvas: centre and font size in pixels, y upwards from the bottom. */
export interface PlacedWord extends WordCount {
  x: number;
  y: number;
  size: number;
  /** Width and height of the box that the word keeps for itself. */
  width: number;
  height: number;
}

/** English words that say nothing about a place. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "a about above across after again all along also am an and any are as at be because been before being below beside between " +
    "both but by can could did do does down during each few for from further had has have he her here him his how i if " +
    "in into is it its itself just me more most my near no nor not now of off on once one only onto or other our out " +
    "over own same seen she should so some such than that the their them then there these they this those through to " +
    "too towards toward two under until up upon us very via was we were what when where which while who whom why will " +
    "with within without would you your s t"
  ).split(" "),
);

/**
 * Count the words of the titles in lower case, most frequent first (ties by alphabet). Digits and punctuation separate
 * words, an apostrophe's tail is dropped ("St Mary's" counts st, mary), one letter is no word, stop words are left out.
 */
export function countWords(
  titles: Iterable<string>,
  stopWords: ReadonlySet<string> = STOP_WORDS,
): WordCount[] {
  const counts = new Map<string, number>();
  for (const title of titles) {
    for (const word of title
      .toLowerCase()
      .replace(/['’]s?\b/g, " ")
      .match(/\p{L}{2,}/gu) ?? []) {
      if (!stopWords.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const words = Array.from(counts, ([word, count]) => ({ word, count }));
  return words.sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
}

/** Widths of Lato's lower-case letters in units of the font size (its hmtx table), rounded up to a few classes. */
const LETTER_WIDTHS: readonly [string, number][] = [
  ["ijl", 0.25],
  ["frt", 0.375],
  ["csz", 0.48],
  ["aegkvxy", 0.525],
  ["mw", 0.83],
];

/** Approximate width of a word in Lato, in units of the font size; letters not listed are about 0.57 wide. */
export function wordWidth(word: string): number {
  let width = 0;
  for (const letter of word)
    width += LETTER_WIDTHS.find(([letters]) => letters.includes(letter))?.[1] ?? 0.57;
  return width;
}

/** The canvas and its words, in pixels. */
export interface WordCloudOptions {
  width: number;
  height: number;
  /** How many words to show, at most. */
  words?: number;
  /** Words that would be smaller than this are left out. */
  smallest?: number;
  /** Space kept around each word. */
  gap?: number;
}

/** Whether two boxes, given by their centres and sizes, overlap. */
function overlaps(a: PlacedWord, b: PlacedWord): boolean {
  return (
    Math.abs(a.x - b.x) * 2 < a.width + b.width && Math.abs(a.y - b.y) * 2 < a.height + b.height
  );
}

/** Move `box` along a spiral from the centre to the first free spot inside the canvas; false when there is none. */
function findSpot(
  box: PlacedWord,
  placed: readonly PlacedWord[],
  width: number,
  height: number,
): boolean {
  const step = 3;
  const long = Math.max(width, height) / 2; // pixels between turns, and between tries along a turn
  for (
    let angle = 0, radius = 0;
    radius < long * Math.SQRT2;
    angle += step / Math.max(radius, step)
  ) {
    radius = (angle / (2 * Math.PI)) * step;
    box.x = width / 2 + (radius * Math.cos(angle) * width) / (2 * long);
    box.y = height / 2 + (radius * Math.sin(angle) * height) / (2 * long);
    const inside =
      box.x * 2 >= box.width &&
      (width - box.x) * 2 >= box.width &&
      box.y * 2 >= box.height &&
      (height - box.y) * 2 >= box.height;
    if (inside && !placed.some((other) => overlaps(box, other))) return true;
  }
  return false;
}

/** Place the words with the first in font size `largest`; null as soon as one finds no spot. */
function placeAll(
  words: readonly WordCount[],
  largest: number,
  options: WordCloudOptions,
): PlacedWord[] | null {
  const { width, height, smallest = 7, gap = 1.5 } = options;
  const placed: PlacedWord[] = [];
  for (const { word, count } of words) {
    const size = largest * Math.sqrt(count / words[0].count);
    if (size < smallest) break;
    const box = {
      word,
      count,
      size,
      width: wordWidth(word) * size + gap * 2,
      height: size * 0.95 + gap,
      x: 0,
      y: 0,
    };
    if (!findSpot(box, placed, width, height)) return null;
    placed.push(box);
  }
  return placed;
}

/**
 * Place the most frequent words (given most frequent first) on a canvas, as large as fits: areas of letters are
 * proportional to counts, nothing overlaps, nothing is cut off. The same words always give the same cloud. Throws when
 * the canvas is too small for a single word.
 */
export function placeWords(words: readonly WordCount[], options: WordCloudOptions): PlacedWord[] {
  const { width, height, words: most = 100, smallest = 7 } = options;
  const shown = words.slice(0, most);
  for (let largest = height / 2; largest >= smallest; largest *= 0.94) {
    const placed = placeAll(shown, largest, options);
    if (placed) return placed;
  }
  throw new Error(
    `placeWords: a canvas of ${width} x ${height} px is too small for "${words[0].word}"`,
  );
}
