import { beforeAll, describe, expect, test } from "vitest";
import { claimsMarkdown, judgeClaims, tally } from "./claims";
import type { Claim, Results, Verdict } from "./claims";
import { resampleScores } from "./paired";
import { seededRandom } from "../random";
import { paperExperiments } from "../train/experiments";
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
    ["There are 49 tags.", "by construction"],
    ["80 % of the rows train and 20 % validate.", "by construction"],
    [expect.stringMatching(/^The heads are small/), "by construction"],
    ["Giving every photo at least one tag raises the exact match.", "can't be compared"],
  ]);
});

test("the paper's figures, over all the pairs that a claim speaks of", () => {
  const figures = judgeClaims(paperClaims, paper, paper, false).map((claim) => claim.paper);
  expect(figures).toContain("42.55, 35.66, 16.13, 4.39, 1.04 %");
  expect(figures).toContain("517,679 and 129,420");
  expect(figures).toContain("in 8 of 8, +0.0967 to +0.1720");
  expect(figures).toContain("in 16 of 16, +0.0357 to +0.1721");
  expect(figures).toContain("−0.0142 to +0.0078");
  expect(figures).toContain("in 12 of 12, +0.0097 to +0.0704");
  expect(figures).toContain("in 6 of 6, −0.0159 to −0.0004");
  expect(figures).toContain("mlp-img-txt-loc, 0.36045");
});

test("a claim stops holding when one of its pairs is the other way round", () => {
  const no = "does not hold";
  const pairs: [string, Parameters<typeof scores>[0]][] = [
    ["Adding title and location", { "mlp-img-txt-loc-mixup": { exactMatch: 0.2 } }],
    ["Titles alone beat", { "mlp-txt": { macroF1: 0.37 } }],
    ["Titles alone beat", { "mlp-txt-mixup": { macroF1: 0.37 } }],
    ["Image and title together", { "linear-img-txt": { exactMatch: 0.27 } }],
    ["Image and title together", { "mlp-img-txt-mixup": { exactMatch: 0.27 } }],
    ["Raw location adds", { "linear-img-txt-loc": { exactMatch: 0.35 } }],
    ["Raw location adds", { "mlp-txt-loc-mixup": { macroF1: 0.46 } }],
    ["Location alone", { "mlp-loc": { exactMatch: 0.02 } }],
    ["MixUp raises", { "linear-txt-mixup": { macroF1: 0.5 } }],
    ["MixUp lowers", { "mlp-txt-mixup": { macroF1: 0.5 } }],
    ["With equal inputs", { "mlp-img": { macroF1: 0.42 } }],
    ["linear-img-txt-loc-mixup has the highest macro F1", { "mlp-img": { macroF1: 0.6 } }],
    ["linear-img-txt-loc-mixup has the highest exact", { "mlp-img": { exactMatch: 0.6 } }],
  ];
  for (const [begins, changes] of pairs) expect(verdict(begins, scores(changes)), begins).toBe(no);
  const f1 = (tag: string, value: number): Partial<Results> => ({
    f1: new Map([...paper.f1, [tag, value]]),
  });
  expect(verdict("Canals is", f1("Railways", 0.9))).toBe(no);
  expect(verdict("Tags of distinct", f1("Lowlands", 0.84))).toBe(no);
  expect(verdict("Flat landscapes is", f1("Lowlands", 0))).toBe(no);
  expect(verdict("There are 49", { f1: new Map([["Canals", 0.9]]) })).toBe(no);
  expect(verdict("The heads are small", { parameters: new Map([["linear-img", 25_137]]) })).toBe(
    no,
  );
  expect(verdict("Giving every", { atLeastOneTag: 0.35 })).toBe("by construction");
  expect(verdict("Giving every", { atLeastOneTag: 0.3 })).toBe(no);
});

describe("on few photos", () => {
  /** 400 photos of 49 tags; every head gets a share of them right, by its own luck. */
  function ours(shareOf: (name: string) => number): Partial<Results> {
    const random = seededRandom(5);
    const truth = new Uint8Array(400 * 49);
    for (let row = 0; row < 400; row++) truth[row * 49 + (row % 49)] = 1;
    const luck = Array.from({ length: 400 }, () => random.uniform());
    const answers = paperExperiments.map(({ name }) => {
      const given = truth.slice();
      luck.forEach((value, row) => {
        if (value + 0.05 * random.uniform() > shareOf(name)) given[row * 49 + (row % 49)] = 0;
      });
      return given;
    });
    const options = { random, resamples: 200 };
    const drawn = resampleScores(truth, answers, 49, options);
    const mean = (values: Float64Array): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      resampled: new Map(paperExperiments.map(({ name }, i) => [name, drawn[i]])),
      scores: new Map(
        paperExperiments.map(({ name }, i) => [
          name,
          { exactMatch: mean(drawn[i].exactMatch), macroF1: mean(drawn[i].macroF1) },
        ]),
      ),
    };
  }

  test("large differences hold, small ones are called so, and clear ones the other way don't hold", () => {
    const level = ours((name) => (name.includes("txt") ? 0.8 : 0.4));
    expect(verdict("Titles alone beat", level)).toBe("holds");
    expect(verdict("MixUp raises", level)).toBe("too small to tell");
    expect(verdict("linear-img-txt-loc-mixup has the highest exact", level)).toBe(
      "too small to tell",
    );
    expect(verdict("Image and title together", level)).toBe("too small to tell");
    const wrong = ours((name) =>
      name === "mlp-txt-mixup" ? 0.3 : name.includes("txt") ? 0.8 : 0.5,
    );
    expect(verdict("Titles alone beat", wrong)).toBe("does not hold");
  });

  test("that location adds nothing needs many photos to be said", () => {
    expect(
      verdict(
        "Raw location adds",
        ours(() => 0.5),
      ),
    ).toBe("too small to tell");
    const more = ours((name) => (name.includes("loc") ? 0.8 : 0.5));
    expect(verdict("Raw location adds", more)).toBe("does not hold");
  });

  test("the figure says how many are clear", () => {
    const claim = paperClaims.filter((each) => each.claim.startsWith("Titles alone beat"));
    const level = { ...paper, ...ours((name) => (/mlp-txt|mlp-img/.test(name) ? 0.5 : 0.9)) };
    const [{ ours: figure }] = judgeClaims(claim, paper, level, false);
    expect(figure).toMatch(/^in \d of 8( \(\d clearly\))?, [+−]0\.\d{4} to [+−]0\.\d{4}$/);
  });
});

test("a drawn sample says nothing about the photos, and only Kaggle gives Kaggle's scores", () => {
  expect(verdict("647,099 rows", {}, true)).toBe("can't be compared");
  expect(verdict("647,099 rows", {})).toBe("holds");
  expect(verdict("647,099 rows", { rows: { train: 517_679, validation: 129_421 } })).toBe(
    "does not hold",
  );
  expect(verdict("On Kaggle MixUp", { kaggle: undefined })).toBe("can't be compared");
});

test("what the sample was drawn to show holds there by construction, and on photos because it is so", () => {
  expect(verdict("About 43, 36", {}, true)).toBe("by construction");
  expect(verdict("About 43, 36", {}, false)).toBe("holds");
  expect(verdict("About 43, 36", { tagsPerImage: new Map([[1, 0.5]]) }, true)).toBe(
    "does not hold",
  );
});

test("the page has a row for each claim and marks those that don't hold", () => {
  const claim: Claim = {
    claim: "a | b",
    source: "Table",
    notebook: "06-train-fusion",
    section: "The table",
    figure: ({ rows }) => String(rows.train),
    judge: ({ rows }) => (rows.train > 500_000 ? "holds" : "does not hold"),
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
        "| a \\| b | Table | [06-train-fusion](../../../notebooks/06-train-fusion.ipynb), *The table* | " +
        "517679 | 4 | **does not hold** |",
    ),
  );
  expect(tally(judged)).toBe("Of 2 claims, 2 do not hold");
});

test("a score that is missing is asked for", () => {
  expect(() => verdict("Titles alone", { scores: new Map() })).toThrow(
    "run notebook 06-train-fusion first",
  );
});
