// How notebooks end: a quiz in the form that the site makes boxes of, three sentences to take away, and where to read on.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const names = readdirSync("notebooks").filter((name) => name.endsWith(".ipynb"));
const prose = (name: string): string => {
  const { cells } = JSON.parse(readFileSync(`notebooks/${name}`, "utf8")) as {
    cells: { cell_type: string; source: string[] }[];
  };
  const texts = cells.filter(({ cell_type }) => cell_type === "markdown");
  return texts.map(({ source }) => source.join("")).join("\n\n");
};
/** What stands below a heading, up to the next one. */
const section = (text: string, heading: string): string =>
  text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
const items = (text: string): string[] => text.match(/^- .*$/gm) ?? [];

describe.each(names)("%s", (name) => {
  const text = prose(name);

  test("asks five questions, each with one right option and a reason", () => {
    const questions = section(text, "Quiz")
      .split(/^(?=\*\*\d+\. )/m)
      .slice(1);
    expect(questions.length).toBe(5);
    for (const [i, question] of questions.entries()) {
      const form =
        /^\*\*(\d)\. .+\?\*\*\n\n((?:- [a-d]\) .+\n)+)\n<details><summary>Answer<\/summary>\n\n\*\*([a-d])\)\*\* (.+)\n\n<\/details>\s*$/;
      const [, number, options, right, reason] = form.exec(question) ?? [];
      expect(number, question).toBe(String(i + 1));
      const letters = items(options).map((option) => option[2]);
      expect(letters, question).toEqual(["a", "b", "c", "d"].slice(0, letters.length));
      expect(letters.length, question).toBeGreaterThanOrEqual(3);
      expect(new Set(items(options).map((option) => option.slice(5))).size).toBe(letters.length);
      expect(letters, question).toContain(right);
      expect(reason.length, question).toBeGreaterThan(40);
    }
  });

  test("says in three sentences what to take away, and where to read on", () => {
    const sentences = items(section(text, "Take-away"));
    expect(sentences.length).toBe(3);
    for (const sentence of sentences) expect(sentence).toMatch(/^- [^.]+\.$/);
    const references = items(section(text, "To go further"));
    expect([2, 3]).toContain(references.length);
    for (const reference of references) expect(reference).toMatch(/\]\(https:\/\/\S+\)/);
  });
});
