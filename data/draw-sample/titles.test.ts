import { describe, expect, it } from "vitest";
import { fillSlots, hillName, placeName, roadNumber } from "./place-names";
import { mixSeeds, seededRandom } from "../../lib/random";
import { readTagStatistics, tagSetSampler } from "./tag-sets";
import { words } from "./words";
import { MAX_TITLE, writeCaption, writeFullTitle, writeTitle } from "./titles";

const statistics = await readTagStatistics();
const draw = tagSetSampler(statistics);
const tagsOf = (i: number): string[] =>
  draw(seededRandom(mixSeeds(5, i))).map((t) => statistics.names[t]);

describe("writeTitle", () => {
  it("has words for exactly the 49 tags", () => {
    expect(Object.keys(words().tags).sort()).toEqual([...statistics.names].sort());
    for (const [tag, { phrases, nouns }] of Object.entries(words().tags)) {
      expect(new Set(phrases).size, tag).toBeGreaterThanOrEqual(6);
      expect(new Set(nouns).size, tag).toBeGreaterThanOrEqual(3);
    }
    expect(() => writeTitle(["Castles"], seededRandom(1))).toThrow(/unknown tag "Castles"/);
  });

  it("is about as long as Geograph's, and never too long", () => {
    const lengths = Array.from(
      { length: 3000 },
      (_, i) => writeTitle(tagsOf(i), seededRandom(i)).length,
    );
    const mean = lengths.reduce((a, b) => a + b) / lengths.length;
    expect(mean).toBeGreaterThan(25);
    expect(mean).toBeLessThan(32);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_TITLE);
    expect(writeFullTitle(statistics.names, seededRandom(1)).length).toBeLessThanOrEqual(MAX_TITLE);
  });

  it("fills every slot, the same way for the same seed", () => {
    const phrases = [
      ...Object.values(words().tags).flatMap(({ phrases, nouns }) => [...phrases, ...nouns]),
      ...words().emptyTitles,
    ];
    for (const [i, phrase] of phrases.entries()) {
      const text = fillSlots(phrase, seededRandom(i));
      expect(text).not.toMatch(/[{}]|undefined/);
      expect(text).toBe(fillSlots(phrase, seededRandom(i)));
      expect(text.trim()).not.toBe("");
    }
    expect(() => fillSlots("At {plaice}", seededRandom(1))).toThrow(/unknown slot \{plaice\}/);
  });

  it("nearly always names a canal, far less often flat land", () => {
    const named = (tag: string, words: RegExp): number =>
      Array.from({ length: 1000 }, (_, i) => i).filter((i) =>
        words.test(writeTitle([tag], seededRandom(i))),
      ).length / 1000;
    expect(named("Canals", /canal|lock|towpath|narrow ?boat|bridge/i)).toBeGreaterThan(0.88);
    expect(named("Flat landscapes", /flat|fen/i)).toBeLessThan(0.3);
  });

  it("shares the vague tags' words with their neighbours", () => {
    const nounsOf = (tag: string): Set<string> => new Set(words().tags[tag].nouns);
    for (const [a, b] of [
      ["Flat landscapes", "Lowlands"],
      ["Village, Rural settlement", "Housing, Dwellings"],
      ["Moorland", "Heath, Scrub"],
    ]) {
      expect(
        [...nounsOf(a)].some((word) => nounsOf(b).has(word)),
        `${a}, ${b}`,
      ).toBe(true);
    }
  });
});

describe("captions and names", () => {
  it("names every tag in a caption", () => {
    const tags = ["Canals", "Religious sites", "Railways"];
    for (let i = 0; i < 50; i++) {
      const caption = writeCaption(tags, seededRandom(i));
      expect(caption).toMatch(/canal|narrowboat|lock|towpath/);
      expect(caption).toMatch(/religious sites|church|chapel/);
      expect(caption).toMatch(/railways|railway|train|station|level crossing/);
    }
    expect(
      Array.from({ length: 50 }, (_, i) => writeCaption(["Canals"], seededRandom(i))),
    ).toContain("a drawing of canals");
  });

  it("invents many places, some with accents", () => {
    const names = new Set(Array.from({ length: 3000 }, (_, i) => placeName(seededRandom(i))));
    expect(names.size).toBeGreaterThan(1200);
    expect([...names].filter((name) => /[^\x20-\x7e]/.test(name)).length).toBeGreaterThan(10);
    for (let i = 0; i < 200; i++) {
      expect(roadNumber(seededRandom(i))).toMatch(/^(M\d{1,2}|A\d{1,4}|B\d{4})$/);
      expect(hillName(seededRandom(i)).split(" ").length).toBeGreaterThan(1);
    }
  });
});
