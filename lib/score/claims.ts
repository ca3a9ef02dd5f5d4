/**
 * What the paper claims, as functions of results: each claim is put to the paper's published numbers and to ours by the
 * same code, so that nothing about whether it holds is written down by hand.
 */
import type { Resampled } from "./paired";

/** Everything the claims are about, of the paper or of a dataset here. Scores are shares in [0, 1]. */
export interface Results {
  /** Share of the labelled images with so many tags; key 6 stands for six or more. */
  tagsPerImage: ReadonlyMap<number, number>;
  /** Rows that train and validate, after images with more than five tags are dropped. */
  rows: { train: number; validation: number };
  /** Validation scores of each experiment's kept epoch. */
  scores: ReadonlyMap<string, { exactMatch: number; macroF1: number }>;
  /** The scores of each trained head on the same draws of the validation photos; not known of published ones. */
  resampled?: ReadonlyMap<string, Resampled>;
  /** Weights and biases of each head. */
  parameters: ReadonlyMap<string, number>;
  /** F1 of each tag, in the order of the columns, under the head `f1Of`. */
  f1: ReadonlyMap<string, number>;
  f1Of: string;
  /** Public Kaggle scores; only Kaggle can give them. */
  kaggle?: ReadonlyMap<string, number>;
  /** Exact match of `f1Of` when a photo without any tag gets its most probable one. */
  atLeastOneTag?: number;
}

/** What comes of a claim: with differences that chance explains, nothing. */
export type Outcome = "holds" | "does not hold" | "too small to tell";

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
  judge: (results: Results, paper: Results) => Outcome;
  /** True if it is about the real photos, so that a drawn sample can say nothing of it. */
  photosOnly?: boolean;
  /** Where nothing else can come out: whatever the data, or on the sample, which was drawn to be so. */
  construction?: "always" | "on the sample";
}

export type Verdict = Outcome | "by construction" | "can't be compared";

export interface JudgedClaim {
  claim: string;
  source: string;
  notebook: string;
  section: string;
  paper: string;
  ours: string;
  verdict: Verdict;
}

/**
 * Put every claim to the paper's results and to ours. `drawn` says that ours are of the drawn sample.
 *
 * ```ts
 * const paper = await publishedResults();
 * const [first] = judgeClaims(paperClaims, paper, paper, false);
 * [first.claim, first.ours, first.verdict]; // → ["There are 49 tags.", "49", "by construction"]
 * ```
 */
export function judgeClaims(
  claims: readonly Claim[],
  paper: Results,
  ours: Results,
  drawn: boolean,
): JudgedClaim[] {
  return claims.map((claim) => {
    const { claim: text, source, notebook, section, figure } = claim;
    const found = figure(ours);
    return {
      claim: text,
      source,
      notebook,
      section,
      paper: figure(paper) ?? "–",
      ours: found ?? "–",
      verdict: found === undefined ? "can't be compared" : verdictOn(claim, paper, ours, drawn),
    };
  });
}

function verdictOn(claim: Claim, paper: Results, ours: Results, drawn: boolean): Verdict {
  const { judge, photosOnly = false, construction } = claim;
  if (photosOnly && drawn) return "can't be compared";
  const outcome = judge(ours, paper);
  const made = construction === "always" || (construction === "on the sample" && drawn);
  return made && outcome === "holds" ? "by construction" : outcome;
}

const HEAD = `# The paper's claims, and ours

Written by notebook 7. Each claim of *CLIP the Landscape* ([arXiv 2506.12214](https://arxiv.org/abs/2506.12214)), in our
words, is put by the same code ([lib/score/paper-claims.ts](../../../lib/score/paper-claims.ts)) to the paper's published numbers
([data/paper](../../../data/paper/README.md)) and to ours.`;

const HOW = `**How they are judged.** A claim about heads is put to every pair of heads that it speaks of: linear and MLP, without and with
MixUp. Both of a pair answer for the same photos, so the photos are drawn again 2,000 times (a paired bootstrap), and a
difference is clear when it keeps its sign in the middle 95 % of the draws; for a claim of several differences the middle is
wider, 1 − 5 %/m for m of them (Bonferroni), so that luck alone contradicts few claims. A claim *holds* when all its
differences are clear, *does not hold* when one is clear and the other way, and is *too small to tell* otherwise. The draws
say how much hangs on these photos; another seed in training can move a score as far. *By construction* means that nothing
else could have come out. Of the published scores no draws are known: "in 8 of 8" counts signs.`;

const DRAWN = `**What can't be compared.** These are results on the drawn sample: a hundredth of the rows, drawn
pictures, invented titles. It was *made* so that the paper's findings can be seen in it. A claim that holds here shows
that the method and the code behave as described; it is no evidence about photographs, and one that doesn't hold is none
against the paper.`;

const PHOTOS = `**What can't be compared.** The paper's split into training and validation rows was random without a
seed and is not published, so scores can agree only to about a hundredth.`;

const LOCATION = `The published numbers on location are of heads that seem to have been trained on [0, 0] for every photo: see
[notebook 15](../../../notebooks/15-real-heads.ipynb).`;

const KAGGLE = `Kaggle's public scores can be had only by uploading a submission for the real test photos
(notebook 9).`;

/**
 * The generated page, as Markdown: every claim with its source, where it is checked, both values and the verdict. `label`
 * names our dataset. Links are right in its folder of figures, data/<dataset>/figures.
 *
 * ```ts
 * const paper = await publishedResults();
 * const judged = judgeClaims(paperClaims, paper, paper, false);
 * claimsMarkdown(judged, "Ours", false).includes("| There are 49 tags. | Introduction |"); // → true
 * ```
 */
export function claimsMarkdown(
  judged: readonly JudgedClaim[],
  label: string,
  drawn: boolean,
): string {
  const cell = (text: string): string => text.replace(/\|/g, "\\|");
  const rows = judged.map(({ claim, source, notebook, section, paper, ours, verdict }) => {
    const checked = `[${notebook}](../../../notebooks/${notebook}.ipynb), *${section}*`;
    const marked = verdict === "holds" ? verdict : `**${verdict}**`;
    return `| ${[claim, source, checked, paper, ours, marked].map(cell).join(" | ")} |`;
  });
  const header = `| claim | where in the paper | checked in | paper | ${label} | verdict |`;
  return [
    HEAD,
    `${tally(judged)}.`,
    HOW,
    drawn ? DRAWN : PHOTOS,
    LOCATION,
    KAGGLE,
    [header, "| --- | --- | --- | --- | --- | --- |", ...rows, ""].join("\n"),
  ].join("\n\n");
}

/** What is said of one claim, and of several. */
const PHRASES: Record<Verdict, [one: string, several: string]> = {
  holds: ["holds", "hold"],
  "by construction": ["holds by construction", "hold by construction"],
  "does not hold": ["does not hold", "do not hold"],
  "too small to tell": ["is too small to tell", "are too small to tell"],
  "can't be compared": ["can't be compared", "can't be compared"],
};

/**
 * How many claims there are of each verdict.
 *
 * ```ts
 * const verdicts = ["holds", "holds", "too small to tell"];
 * tally(verdicts.map((verdict) => ({ verdict }))); // → "Of 3 claims, 2 hold, 1 is too small to tell"
 * ```
 */
export function tally(judged: readonly Pick<JudgedClaim, "verdict">[]): string {
  const counted = Object.entries(PHRASES).flatMap(([verdict, [one, several]]) => {
    const count = judged.filter((claim) => claim.verdict === verdict).length;
    return count > 0 ? [`${count} ${count === 1 ? one : several}`] : [];
  });
  return [`Of ${judged.length} claims`, ...counted].join(", ");
}
