/**
 * What the paper claims, as functions of results: each claim is put to the paper's published numbers and to ours by the
 * same code, so that nothing about whether it holds is written down by hand.
 */

/** Everything the claims are about, of the paper or of a dataset here. Scores are shares in [0, 1]. */
export interface Results {
  /** Share of the labelled images with so many tags; key 6 stands for six or more. */
  tagsPerImage: ReadonlyMap<number, number>;
  /** Rows that train and validate, after images with more than five tags are dropped. */
  rows: { train: number; validation: number };
  /** Validation scores of each experiment's kept epoch. */
  scores: ReadonlyMap<string, { exactMatch: number; macroF1: number }>;
  /** Weights and biases of each head. */
  parameters: ReadonlyMap<string, number>;
  /** F1 of each tag under linear-img-txt-loc-mixup. */
  f1: ReadonlyMap<string, number>;
  /** Public Kaggle scores; only Kaggle can give them. */
  kaggle?: ReadonlyMap<string, number>;
  /** Exact match of linear-img-txt-loc-mixup when a photo without any tag gets its most probable one. */
  atLeastOneTag?: number;
}

export interface Claim {
  /** In our words. */
  claim: string;
  /** Where it comes from. */
  source: string;
  /** The notebook (without extension) and its section that check it. */
  notebook: string;
  section: string;
  /** The figures it is about, as text; undefined where these results don't have them. */
  figure: (results: Results) => string | undefined;
  /** Is it so in these results? They are judged on their own, or against the paper's. */
  holds: (results: Results, paper: Results) => boolean;
  /** True if it is about the real photos, so that a drawn sample can say nothing of it. */
  photosOnly?: boolean;
}

export type Verdict = "holds" | "does not hold" | "can't be compared";

export interface JudgedClaim {
  claim: string;
  source: string;
  notebook: string;
  section: string;
  paper: string;
  ours: string;
  verdict: Verdict;
}

/** Put every claim to the paper's results and to ours. `drawn` says that ours are of the drawn sample. */
export function judgeClaims(
  claims: readonly Claim[],
  paper: Results,
  ours: Results,
  drawn: boolean,
): JudgedClaim[] {
  return claims.map((claim) => {
    const { claim: text, source, notebook, section, figure, holds, photosOnly = false } = claim;
    const found = figure(ours);
    const comparable = found !== undefined && !(photosOnly && drawn);
    return {
      claim: text,
      source,
      notebook,
      section,
      paper: figure(paper) ?? "–",
      ours: found ?? "–",
      verdict: !comparable ? "can't be compared" : holds(ours, paper) ? "holds" : "does not hold",
    };
  });
}

const HEAD = `# The paper's claims, and ours

Written by notebook 7. Each claim of *CLIP the Landscape* ([arXiv 2506.12214](https://arxiv.org/abs/2506.12214)), in our
words, is put by the same code ([lib/score/paper-claims.ts](../../lib/score/paper-claims.ts)) to the paper's published numbers
([data/paper](../../data/paper/README.md)) and to ours.`;

const DRAWN = `**What can't be compared.** These are results on the drawn sample: a hundredth of the rows, drawn
pictures, invented titles. It was *made* so that the paper's findings can be seen in it. A claim that holds here shows
that the method and the code behave as described; it is no evidence about photographs, and one that doesn't hold is none
against the paper. With about a thousand validation photos a difference of one or two points of exact match is chance.`;

const PHOTOS = `**What can't be compared.** The paper's split into training and validation rows was random without a
seed and is not published, so scores can agree only to about a hundredth.`;

const KAGGLE = `Kaggle's public scores can be had only by uploading a submission for the real test photos
(notebook 9).`;

/** The generated page: every claim with its source, where it is checked, both values and the verdict. */
export function claimsMarkdown(
  judged: readonly JudgedClaim[],
  label: string,
  drawn: boolean,
): string {
  const cell = (text: string): string => text.replace(/\|/g, "\\|");
  const rows = judged.map(({ claim, source, notebook, section, paper, ours, verdict }) => {
    const checked = `[${notebook}](../../notebooks/${notebook}.ipynb), *${section}*`;
    const marked = verdict === "holds" ? verdict : `**${verdict}**`;
    return `| ${[claim, source, checked, paper, ours, marked].map(cell).join(" | ")} |`;
  });
  const header = `| claim | where in the paper | checked in | paper | ${label} | verdict |`;
  return [
    HEAD,
    "",
    `${tally(judged)}.`,
    "",
    drawn ? DRAWN : PHOTOS,
    "",
    KAGGLE,
    "",
    header,
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** "15 hold, 2 do not hold, 3 can't be compared". */
export function tally(judged: readonly JudgedClaim[]): string {
  const count = (verdict: Verdict): number =>
    judged.filter((claim) => claim.verdict === verdict).length;
  return (
    `Of ${judged.length} claims, ${count("holds")} hold, ${count("does not hold")} do not hold, ` +
    `${count("can't be compared")} can't be compared`
  );
}
