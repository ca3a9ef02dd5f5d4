import { describe, expect, it } from "vitest";
import { resultRows, resultsCsv, resultsLatex, resultsMarkdown } from "./results-table";

const paper = [
  { experiment: "linear-img", valExactMatch: 0.2228, valMacroF1: 0.4129, kagglePublic: 0.26692 },
  { experiment: "linear-loc", valExactMatch: 0, valMacroF1: 0, kagglePublic: null },
];
const ours = [
  { experiment: "linear-img", valExactMatch: 0.31254, valMacroF1: 0.5 },
  { experiment: "my_own", valExactMatch: 0.4, valMacroF1: 0.3 },
];
const rows = resultRows(ours, paper);

describe("the results table", () => {
  it("has the paper's experiments in their order, then our own, with null for what is unknown", () => {
    expect(rows.map(({ experiment }) => experiment)).toEqual([
      "linear-img",
      "linear-loc",
      "my_own",
    ]);
    expect(rows[1]).toEqual({
      experiment: "linear-loc",
      needsPhotos: false,
      paperExactMatch: 0,
      exactMatch: null,
      paperMacroF1: 0,
      macroF1: null,
      paperKaggle: null,
    });
  });

  it("as Markdown: labelled, four decimals (Kaggle five), the best of each column bold, a dash for unknown", () => {
    expect(resultsMarkdown(rows, "Ours on mini-geograph (drawn)").split("\n")).toEqual([
      "| experiment | exact match: Paper | Ours on mini-geograph (drawn) | macro F1: Paper " +
        "| Ours on mini-geograph (drawn) | Kaggle public: Paper |",
      "| :--- | ---: | ---: | ---: | ---: | ---: |",
      "| linear-img | **0.2228** | 0.3125 | **0.4129** | **0.5000** | **0.26692** |",
      "| linear-loc | 0.0000 | – | 0.0000 | – | – |",
      "| my_own | – | **0.4000** | – | 0.3000 | – |",
      "",
    ]);
  });

  it("without photos says of the experiments that see them why they have no score of ours", () => {
    const text = [{ experiment: "linear-txt", valExactMatch: 0.28, valMacroF1: 0.5 }];
    const lines = resultsMarkdown(resultRows(text, paper, { photos: false }), "Ours").split("\n");
    expect(lines.slice(2)).toEqual([
      "| linear-img | **0.2228** | needs photos | **0.4129** | needs photos | **0.26692** |",
      "| linear-loc | 0.0000 | – | 0.0000 | – | – |",
      "| linear-txt | – | **0.2800** | – | **0.5000** | – |",
      "",
    ]);
  });

  it("as CSV: full precision, empty for unknown", () => {
    expect(resultsCsv(rows)).toBe(
      "experiment,paper_exact_match,our_exact_match,paper_macro_f1,our_macro_f1,paper_kaggle_public\n" +
        "linear-img,0.2228,0.31254,0.4129,0.5,0.26692\nlinear-loc,0,,0,,\nmy_own,,0.4,,0.3,\n",
    );
  });

  it("as LaTeX: six cells a row, special characters escaped", () => {
    const lines = resultsLatex(rows, "Ours on kaggle").split("\n");
    expect(lines[0]).toBe("% Paper beside: Ours on kaggle");
    expect(lines).toContain(
      "linear-img & \\textbf{0.2228} & 0.3125 & \\textbf{0.4129} & \\textbf{0.5000} " +
        "& \\textbf{0.26692} \\\\",
    );
    expect(lines).toContain("my\\_own & -- & \\textbf{0.4000} & -- & 0.3000 & -- \\\\");
    expect(
      lines.filter((line) => line.endsWith("\\\\") && line.split("&").length === 6),
    ).toHaveLength(4);
  });
});
