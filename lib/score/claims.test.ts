import { beforeAll, expect, test } from "vitest";
import { claimsMarkdown, judgeClaims, tally } from "./claims";
import type { Claim, Results, Verdict } from "./claims";
import { publishedResults } from "./claims-results";
import { paperClaims } from "./paper-claims";

let paper: Results;
beforeAll(async () => {
  paper = await publishedResults();
});

/** The verdict on the claim that begins so, for changed results. */
function verdict(begins: string, changes: Partial<Results>, drawn = false): Verdict {
  const claim = paperClaims.filter(({ claim: text }) => text.startsWith(begins));
  expect(claim.length, begins).toBe(1);
  return judgeClaims(claim, paper, { ...paper, ...changes }, drawn)[0].verdict;
}

/** The paper's scores, with those of some experiments replaced. */
function scores(
  changes: Record<string, Partial<{ exactMatch: number; macroF1: number }>>,
): Partial<Results> {
  const changed = new Map(paper.scores);
  for (const [name, values] of Object.entries(changes))
    changed.set(name, { ...changed.get(name)!, ...values });
  return { scores: changed };
}

test("every claim holds of the paper's own numbers, or its figure was not published", () => {
  const judged = judgeClaims(paperClaims, paper, paper, false);
  const others = judged.filter((claim) => claim.verdict !== "holds");
  expect(others.map(({ claim, verdict }) => [claim, verdict])).toEqual([
    ["Giving every photo at least one tag raises the exact match.", "can't be compared"],
  ]);
});

test("the paper's figures", () => {
  const figures = judgeClaims(paperClaims, paper, paper, false).map((claim) => claim.paper);
  expect(figures).toContain("42.55, 35.66, 16.13, 4.39, 1.04 %");
  expect(figures).toContain("517,679 and 129,420");
  expect(figures).toContain("linear: exact match 0.2228 → 0.3268, macro F1 0.4129 → 0.5849");
  expect(figures).toContain("linear −0.0002, mlp +0.0006");
  expect(figures).toContain("in 12 of 12 pairs");
  expect(figures).toContain("F1 at least 0.833, at most 0.238");
  expect(figures).toContain("mlp-img-txt-loc, 0.36045");
});

test("a claim stops holding when the numbers say so", () => {
  expect(verdict("Titles alone beat", scores({ "mlp-txt": { macroF1: 0.37 } }))).toBe(
    "does not hold",
  );
  expect(
    verdict("Image and title together", scores({ "linear-img-txt": { exactMatch: 0.27 } })),
  ).toBe("does not hold");
  expect(verdict("Raw location adds", scores({ "linear-img-txt-loc": { exactMatch: 0.33 } }))).toBe(
    "does not hold",
  );
  expect(verdict("Location alone", scores({ "mlp-loc": { exactMatch: 0.02 } }))).toBe(
    "does not hold",
  );
  expect(verdict("MixUp raises", scores({ "linear-txt-mixup": { macroF1: 0.3 } }))).toBe(
    "does not hold",
  );
  expect(verdict("MixUp lowers", scores({ "mlp-txt-mixup": { macroF1: 0.9 } }))).toBe(
    "does not hold",
  );
  expect(verdict("With equal inputs", scores({ "mlp-img": { macroF1: 0.42 } }))).toBe(
    "does not hold",
  );
  expect(verdict("Canals is", { f1: new Map([...paper.f1, ["Railways", 0.9]]) })).toBe(
    "does not hold",
  );
  expect(verdict("Tags of distinct", { f1: new Map([...paper.f1, ["Lowlands", 0.84]]) })).toBe(
    "does not hold",
  );
  expect(verdict("No tag is", { f1: new Map([...paper.f1, ["Lowlands", 0]]) })).toBe(
    "does not hold",
  );
  expect(verdict("There are 49", { f1: new Map([["Canals", 0.9]]) })).toBe("does not hold");
  expect(verdict("The heads are small", { parameters: new Map([["linear-img", 25_137]]) })).toBe(
    "does not hold",
  );
  expect(verdict("Giving every", { atLeastOneTag: 0.35 })).toBe("holds");
  expect(verdict("Giving every", { atLeastOneTag: 0.3 })).toBe("does not hold");
});

test("with a thousand validation rows, a point of exact match more or less is chance", () => {
  const changed = scores({ "linear-img-txt-loc": { exactMatch: 0.337 } });
  expect(verdict("Raw location adds", changed)).toBe("does not hold");
  expect(
    verdict("Raw location adds", { ...changed, rows: { train: 4000, validation: 1000 } }),
  ).toBe("holds");
});

test("a drawn sample says nothing about the photos, and only Kaggle gives Kaggle's scores", () => {
  expect(verdict("647,099 rows", {}, true)).toBe("can't be compared");
  expect(verdict("647,099 rows", {})).toBe("holds");
  expect(verdict("647,099 rows", { rows: { train: 517_679, validation: 129_421 } })).toBe(
    "does not hold",
  );
  expect(verdict("On Kaggle MixUp", { kaggle: undefined })).toBe("can't be compared");
});

test("the page has a row for each claim and marks those that don't hold", () => {
  const claim: Claim = {
    claim: "a | b",
    source: "Table",
    notebook: "06-train-fusion",
    section: "The table",
    figure: ({ rows }) => String(rows.train),
    holds: ({ rows }) => rows.train > 500_000,
  };
  const judged = judgeClaims(
    [claim, claim],
    paper,
    { ...paper, rows: { train: 4, validation: 1 } },
    true,
  );
  const lines = claimsMarkdown(judged, "ours", true)
    .split("\n")
    .filter((line) => line.startsWith("| a"));
  expect(lines).toEqual(
    Array.from(
      { length: 2 },
      () =>
        "| a \\| b | Table | [06-train-fusion](../../notebooks/06-train-fusion.ipynb), *The table* | " +
        "517679 | 4 | **does not hold** |",
    ),
  );
  expect(tally(judged)).toBe("Of 2 claims, 0 hold, 2 do not hold, 0 can't be compared");
});

test("a score that is missing is asked for", () => {
  expect(() => verdict("Titles alone", { scores: new Map() })).toThrow(
    "run notebook 06-train-fusion first",
  );
});
