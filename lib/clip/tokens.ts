/** A title → the tokens that a text tower reads, with any tokenizer of Hugging Face's kind: in Node and in a browser. */
import type { EncoderConfig } from "./architecture";
import { cleanTitle } from "./clean-title";

/** What of a tokenizer is used: its own start and end tokens are part of what it answers, truncation and padding not. */
export interface Tokenizer {
  encode(title: string): number[];
  /** The token that pads, and on which side. */
  padding: { token: number; side: string };
}

const cleanings = {
  openai: cleanTitle,
  lower: (title: string): string => title.toLowerCase(),
  none: (title: string): string => title,
};

/**
 * A title's tokens for an encoder of this kind: cleaned as it was in training, at most `context`, padded if it must be.
 * A title that is too long loses the end of its content, and keeps the tokenizer's end token (its own truncation would
 * cut that off, and CLIP's embedding is read from it).
 *
 * ```ts
 * const letters = { encode: (title: string) => [...title].map((c) => c.charCodeAt(0)), padding: { token: 0, side: "right" } };
 * const tokenise = tokeniserOf(letters, { cleaning: "lower", context: 4, padded: true });
 * [tokenise("AB"), tokenise("abcdef")]; // → [[97, 98, 0, 0], [97, 98, 99, 102]]
 * ```
 */
export function tokeniserOf(
  tokenizer: Tokenizer,
  { cleaning, context, padded }: Pick<EncoderConfig, "cleaning" | "context" | "padded">,
): (title: string) => number[] {
  const clean = cleanings[cleaning];
  return (title) => {
    const ids = tokenizer.encode(clean(title));
    if (ids.length > context) return [...ids.slice(0, context - 1), ids[ids.length - 1]];
    if (!padded) return ids;
    const { token, side } = tokenizer.padding;
    const padding = new Array<number>(context - ids.length).fill(token);
    return side === "left" ? [...padding, ...ids] : [...ids, ...padding];
  };
}
