/** Invented names that could stand on a map of Britain or Ireland, built from the usual elements of each language. */
import type { Random } from "../../lib/random";
import { words, WORDS_FILE } from "./words";
import type { NameList } from "./words";

function pick(list: NameList, random: Random): string {
  return random.pick(words().names[list]);
}

/** "Bradcombe", "Lower Wenbury", "Llangwyn", "Inverfearn", "Ballykeel": mostly English, as Geograph's titles are. */
export function placeName(random: Random): string {
  const roll = random.uniform();
  if (roll < 0.1) return pick("welshFirst", random) + pick("welshLast", random);
  if (roll < 0.25) return pick("gaelicFirst", random) + pick("gaelicLast", random);
  if (roll < 0.28) return pick("irishFirst", random) + pick("irishLast", random);
  const name = pick("englishFirst", random) + pick("englishLast", random);
  const extra = random.uniform();
  if (extra < 0.14) return pick("englishBefore", random) + name;
  return extra < 0.22 ? name + pick("englishAfter", random) : name;
}

/** "Beinn Dubh", "Moel Fawr", "Ashdon Fell". */
export function hillName(random: Random): string {
  const roll = random.uniform();
  if (roll < 0.35) return `${pick("hillsGaelic", random)} ${pick("hillWords", random)}`;
  if (roll < 0.5) return `${pick("hillsWelsh", random)} ${pick("welshHillWords", random)}`;
  const name = pick("englishFirst", random) + random.pick(["don", "", "den", "ley"]);
  return `${name} ${random.pick(["Hill", "Fell", "Pike", "Down", "Law", "Tor"])}`;
}

/** "B4077", "A38", "M6": motorways are rare. */
export function roadNumber(random: Random): string {
  const roll = random.uniform();
  if (roll < 0.06) return `M${1 + random.below(90)}`;
  return roll < 0.6
    ? `A${1 + random.below(random.uniform() < 0.4 ? 99 : 6999)}`
    : `B${1000 + random.below(8999)}`;
}

/**
 * Fills the slots of a phrase: {place}, {hill}, {road}, {saint}, {canal}, {river}, {farm} and {n} (a small number).
 * Throws for a slot it doesn't know.
 */
export function fillSlots(phrase: string, random: Random): string {
  return phrase.replace(/\{(\w+)\}/g, (_, slot: string) => {
    switch (slot) {
      case "place":
        return placeName(random);
      case "hill":
        return hillName(random);
      case "road":
        return roadNumber(random);
      case "saint":
        return `St ${pick("saints", random)}'s`;
      case "canal":
        return `${pick("canals", random)} Canal`;
      case "river":
        return pick("rivers", random);
      case "farm":
        return `${random.uniform() < 0.5 ? pick("people", random) : placeName(random)} Farm`;
      case "n":
        return String(1 + random.below(40));
      default:
        throw new Error(`fillSlots: unknown slot {${slot}} in "${phrase}" of ${WORDS_FILE}`);
    }
  });
}
