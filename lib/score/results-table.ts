/** The results table, the paper's scores beside ours, as Markdown, CSV and LaTeX. */
import type { Score } from "../data/types";

/** One experiment: the paper's scores and ours, null where unknown. */
export interface ResultRow {
  experiment: string;
  paperExactMatch: number | null;
  exactMatch: number | null;
  paperMacroF1: number | null;
  macroF1: number | null;
  /** Public Kaggle score in the paper. */
  paperKaggle: number | null;
  /** It can't be had, as there are no photos. */
  needsPhotos: boolean;
}

type Column = Exclude<keyof ResultRow, "experiment" | "needsPhotos">;
const COLUMNS: readonly Column[] = [
  "paperExactMatch",
  "exactMatch",
  "paperMacroF1",
  "macroF1",
  "paperKaggle",
];
/** Decimals, as published: scores have four, Kaggle's five. */
const digits = (column: Column): number => (column === "paperKaggle" ? 5 : 4);

/**
 * The rows of the table, in the order of `paper`, then experiments that only we have. Without `photos`, experiments that
 * see them are marked.
 *
 * ```ts
 * const ours = [{ experiment: "linear-img", valExactMatch: 0.31, valMacroF1: 0.57 }];
 * const paper = [{ experiment: "linear-img", valExactMatch: 0.2228, valMacroF1: 0.4129 }];
 * const [{ exactMatch, paperExactMatch, paperKaggle }] = resultRows(ours, paper);
 * [exactMatch, paperExactMatch, paperKaggle]; // → [0.31, 0.2228, null]
 * ```
 */
export function resultRows(
  ours: readonly Score[],
  paper: readonly (Score & { kagglePublic?: number | null })[],
  { photos = true }: { photos?: boolean } = {},
): ResultRow[] {
  const own = new Map(ours.map((score) => [score.experiment, score]));
  const published = new Map(paper.map((score) => [score.experiment, score]));
  const experiments = new Set([...published.keys(), ...own.keys()]);
  return Array.from(experiments, (experiment) => ({
    experiment,
    paperExactMatch: published.get(experiment)?.valExactMatch ?? null,
    exactMatch: own.get(experiment)?.valExactMatch ?? null,
    paperMacroF1: published.get(experiment)?.valMacroF1 ?? null,
    macroF1: own.get(experiment)?.valMacroF1 ?? null,
    paperKaggle: published.get(experiment)?.kagglePublic ?? null,
    needsPhotos: !photos && experiment.includes("-img"),
  }));
}

/** Columns with our own scores. */
const OURS: readonly Column[] = ["exactMatch", "macroF1"];

/**
 * All cells as text, an en dash where unknown, "needs photos" where that is why; `mark` emphasises the best of each column
 * (all of them, when tied).
 */
function cells(rows: readonly ResultRow[], mark: (text: string) => string): string[][] {
  const best = new Map(
    COLUMNS.map((column) => [column, Math.max(...rows.map((row) => row[column] ?? -Infinity))]),
  );
  return rows.map((row) =>
    COLUMNS.map((column) => {
      const value = row[column];
      if (value === null) return row.needsPhotos && OURS.includes(column) ? "needs photos" : "–";
      const text = value.toFixed(digits(column));
      return value === best.get(column) && value > 0 ? mark(text) : text;
    }),
  );
}

/**
 * A GitHub table; the best of each column is bold.
 *
 * ```ts
 * const rows = resultRows([{ experiment: "mlp-txt", valExactMatch: 0.4, valMacroF1: 0.6 }], []);
 * resultsMarkdown(rows, "Ours").split("\n")[2]; // → "| mlp-txt | – | **0.4000** | – | **0.6000** | – |"
 * ```
 */
export function resultsMarkdown(rows: readonly ResultRow[], ours: string): string {
  const body = cells(rows, (text) => `**${text}**`);
  const lines = body.map((row, i) => `| ${rows[i].experiment} | ${row.join(" | ")} |`);
  const names = [`exact match: Paper`, ours, `macro F1: Paper`, ours, `Kaggle public: Paper`];
  const rule = `| :--- |${" ---: |".repeat(COLUMNS.length)}`;
  return [`| experiment | ${names.join(" | ")} |`, rule, ...lines, ""].join("\n");
}

/**
 * Comma-separated values at full precision; unknown scores are empty.
 *
 * ```ts
 * const rows = resultRows([{ experiment: "mlp-txt", valExactMatch: 0.4, valMacroF1: 0.6 }], []);
 * resultsCsv(rows).split("\n")[1]; // → "mlp-txt,,0.4,,0.6,"
 * ```
 */
export function resultsCsv(rows: readonly ResultRow[]): string {
  const header =
    "experiment,paper_exact_match,our_exact_match,paper_macro_f1,our_macro_f1,paper_kaggle_public";
  const lines = rows.map((row) =>
    [row.experiment, ...COLUMNS.map((column) => row[column] ?? "")].join(","),
  );
  return [header, ...lines, ""].join("\n");
}

/** Escape the characters that LaTeX gives a meaning. */
function latex(text: string): string {
  const named: Record<string, string> = {
    "\\": "textbackslash{}",
    "~": "textasciitilde{}",
    "^": "textasciicircum{}",
  };
  return text.replace(/[\\&%$#_{}~^]/g, (character) => `\\${named[character] ?? character}`);
}

/**
 * A LaTeX tabular (needs the package booktabs); the best of each column is bold.
 *
 * ```ts
 * const rows = resultRows([{ experiment: "mlp-txt", valExactMatch: 0.4, valMacroF1: 0.6 }], []);
 * resultsLatex(rows, "Ours").includes("mlp-txt & -- & "); // → true
 * ```
 */
export function resultsLatex(rows: readonly ResultRow[], ours: string): string {
  const body = cells(rows, (text) => `\\textbf{${text}}`).map(
    (row, i) =>
      `${latex(rows[i].experiment)} & ${row.map((text) => (text === "–" ? "--" : text)).join(" & ")} \\\\`,
  );
  return [
    `% Paper beside: ${ours}`,
    "\\begin{tabular}{lrrrrr}",
    "\\toprule",
    " & \\multicolumn{2}{c}{Exact match} & \\multicolumn{2}{c}{Macro F1} & Kaggle public \\\\",
    "\\cmidrule(lr){2-3} \\cmidrule(lr){4-5} \\cmidrule(lr){6-6}",
    `Experiment & Paper & Ours & Paper & Ours & Paper \\\\`,
    "\\midrule",
    ...body,
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}
