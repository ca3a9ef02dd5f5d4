/** Titles in the manner of Geograph's, and captions to train an encoder on. */
import type { Random } from "../../lib/random";
import { fillSlots, placeName } from "./place-names";
import { words } from "./words";
import type { TagWords } from "./words";

/** Geograph's own limit on a title, characters. */
export const MAX_TITLE = 128;
/** Tags whose presence is a matter of opinion: titles seldom speak of them. */
const VAGUE = new Set([
  "Lowlands",
  "Flat landscapes",
  "Grassland",
  "Village, Rural settlement",
  "Suburb, Urban fringe",
  "Barren Plateaux",
  "Historic sites and artefacts",
  "Uplands",
  "Air, Sky, Weather",
  "People, Events",
]);
/** Tags that people agree on and name. */
const OBJECTIVE = new Set([
  "Canals",
  "Air transport",
  "Railways",
  "Burial ground, Crematorium",
  "Religious sites",
  "Energy infrastructure",
  "Coastal",
  "Docks, Harbours",
  "Educational sites",
]);
/** Chance that a title speaks of a tag; and of something that is not tagged. */
const NAMED_OBJECTIVE = 0.94;
const NAMED = 0.84;
const NAMED_VAGUE = 0.6;
const STRAY = 0.08;
const JOINERS = [" and ", " with ", " by the ", " near the ", " beside the ", ", "];

/**
 * A title for a photo with these tags, in the manner of Geograph's: about 28 characters, at most 128. It speaks of most
 * of the tags but seldom of all, and sometimes of none. Throws for an unknown tag name.
 */
export function writeTitle(tags: readonly string[], random: Random): string {
  const told = shuffled(tags, random).filter((tag) => {
    wordsOf(tag);
    return (
      random.uniform() <
      (OBJECTIVE.has(tag) ? NAMED_OBJECTIVE : VAGUE.has(tag) ? NAMED_VAGUE : NAMED)
    );
  });
  const stray = random.uniform() < STRAY ? [random.pick(Object.keys(words().tags))] : [];
  return title([...told.slice(0, random.uniform() < 0.4 ? 4 : 3), ...stray], random);
}

/** A title that speaks of every tag (as long as it fits). */
export function writeFullTitle(tags: readonly string[], random: Random): string {
  return title(shuffled(tags, random), random);
}

/** "a drawing of canals and a church", from the tags' own names. */
export function writeCaption(tags: readonly string[], random: Random): string {
  const names = shuffled(tags, random).map((tag) =>
    random.uniform() < 0.7 ? tag : plainNoun(tag, random),
  );
  const opening = random.pick(["a drawing of ", "a drawing of ", "a drawn landscape with ", ""]);
  return fit(opening + list(names).toLowerCase());
}

function plainNoun(tag: string, random: Random): string {
  return fillSlots(random.pick(wordsOf(tag).nouns), random);
}

function title(told: readonly string[], random: Random): string {
  if (told.length === 0) return fit(fillSlots(random.pick(words().emptyTitles), random));
  const [first, ...rest] = told;
  const nouns = rest.map((tag) => plainNoun(tag, random));
  if (nouns.length > 0 && random.uniform() < 0.55)
    return fit(capital(list([plainNoun(first, random), ...nouns])) + place(random));
  const phrase = fillSlots(random.pick(wordsOf(first).phrases), random);
  return fit(nouns.length === 0 ? phrase : phrase + random.pick(JOINERS) + list(nouns));
}

function place(random: Random): string {
  const roll = random.uniform();
  return roll < 0.2 ? "" : random.pick([", ", " near ", " at "]) + placeName(random);
}

function list(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fit(text: string): string {
  return text.length <= MAX_TITLE ? text : text.slice(0, text.lastIndexOf(" ", MAX_TITLE));
}

function shuffled(tags: readonly string[], random: Random): string[] {
  return Array.from(random.permutation(tags.length), (i) => tags[i]);
}

function wordsOf(tag: string): TagWords {
  const found = words().tags[tag];
  if (!found)
    throw new Error(`writeTitle: unknown tag "${tag}"; use the names in data/paper/tags.csv`);
  return found;
}
