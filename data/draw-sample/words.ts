/** The words that the sample's titles are written with, kept in vocabulary.json. */
import { readFileSync } from "node:fs";

/**
 * What people write about a tag: whole phrases (with slots, see `fillSlots`) and short nouns to join to another phrase.
 * Objective tags have words of their own; vague ones share theirs with their neighbours, as in real titles.
 */
export interface TagWords {
  /** One line on what the tag stands for. */
  description: string;
  phrases: string[];
  nouns: string[];
}

export interface Words {
  /** By the tag's name. */
  tags: Record<string, TagWords>;
  /** Titles that say nothing of the tags. */
  emptyTitles: string[];
  /** What invented names are built from: the usual elements of each language. */
  names: Record<NameList, string[]>;
}

export type NameList =
  | "englishFirst"
  | "englishLast"
  | "englishBefore"
  | "englishAfter"
  | "welshFirst"
  | "welshLast"
  | "gaelicFirst"
  | "gaelicLast"
  | "irishFirst"
  | "irishLast"
  | "hillsGaelic"
  | "hillWords"
  | "hillsWelsh"
  | "welshHillWords"
  | "saints"
  | "people"
  | "canals"
  | "rivers";

export const WORDS_FILE = "data/draw-sample/vocabulary.json";

let cached: Words | undefined;

/** All words; the file is read once. */
export function words(): Words {
  return (cached ??= JSON.parse(readFileSync(WORDS_FILE, "utf8")) as Words);
}
