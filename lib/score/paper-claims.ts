/** The claims of the paper, each with the code that judges it. Section names are the paper's, or say what they show. */
import type { Claim, Outcome, Results } from "./claims";
import {
  aheadOfAll,
  better,
  decimals,
  HEADS,
  highest,
  inWords,
  kaggleMixupGains,
  linearAhead,
  locationAdds,
  mixupGains,
  outcome,
  percent,
  reversed,
  scoresOf,
  signed,
  tagDifference,
  within,
  type Compared,
} from "./measures";
import { experiment } from "../train/experiments";

const BEST = "linear-img-txt-loc-mixup";
const THINGS = [
  "Canals",
  "Air transport",
  "Railways",
  "Burial ground, Crematorium",
  "Religious sites",
];
const QUALITIES = ["Lowlands", "Flat landscapes"];
/** The paper's scores can be met only to about this much, as its split is not known. */
const TOLERANCE = 0.01;
/** Location "adds nothing" if it changes a score by less than this. */
const NOTHING = 0.02;

const yes = (so: boolean): Outcome => (so ? "holds" : "does not hold");

/** A claim that some differences are above 0. */
function above(differences: (results: Results) => Compared[]): Pick<Claim, "figure" | "judge"> {
  return {
    figure: (results) => inWords(differences(results)),
    judge: (results) => outcome(differences(results)),
  };
}

const data: Claim[] = [
  {
    claim: "There are 49 tags.",
    source: "Introduction",
    notebook: "01-preprocess",
    section: "The files",
    figure: ({ f1 }) => String(f1.size),
    construction: "always",
    judge: ({ f1 }) => yes(f1.size === 49),
  },
  {
    claim: "About 43, 36, 16, 4 and 1 % of the images have one to five tags (within a point).",
    source: "Dataset, figure of tags per image",
    notebook: "01-preprocess",
    section: "How many tags has an image?",
    figure: ({ tagsPerImage }) =>
      `${[1, 2, 3, 4, 5].map((n) => percent(tagsPerImage.get(n) ?? 0)).join(", ")} %`,
    construction: "on the sample",
    judge: (ours, paper) =>
      yes(
        [1, 2, 3, 4, 5].every(
          (n) =>
            Math.abs((ours.tagsPerImage.get(n) ?? 0) - (paper.tagsPerImage.get(n) ?? 0)) < 0.01,
        ),
      ),
  },
  {
    claim:
      "Dropping images with more than five tags costs next to nothing (less than half a per cent).",
    source: "Dataset",
    notebook: "01-preprocess",
    section: "Filter and split",
    figure: ({ tagsPerImage }) => `${percent(tagsPerImage.get(6) ?? 0)} %`,
    construction: "on the sample",
    judge: ({ tagsPerImage }) => yes((tagsPerImage.get(6) ?? 0) < 0.005),
  },
  {
    claim: "80 % of the rows train and 20 % validate.",
    source: "Method",
    notebook: "01-preprocess",
    section: "Filter and split",
    figure: ({ rows }) =>
      `${rows.train.toLocaleString("en-GB")} and ${rows.validation.toLocaleString("en-GB")}`,
    construction: "always",
    judge: ({ rows }) => yes(Math.abs(rows.train / (rows.train + rows.validation) - 0.8) < 0.001),
  },
  {
    claim: "647,099 rows are left after the filter.",
    source: "Method",
    notebook: "01-preprocess",
    section: "Filter and split",
    photosOnly: true,
    figure: ({ rows }) => (rows.train + rows.validation).toLocaleString("en-GB"),
    judge: ({ rows }, paper) =>
      yes(rows.train + rows.validation === paper.rows.train + paper.rows.validation),
  },
  {
    claim:
      "The heads are small: some 25,000 parameters for a linear one on images, 144,000 for an MLP.",
    source: "Method, and the published heads",
    notebook: "03-train-image",
    section: "A hidden layer",
    figure: ({ parameters }) =>
      ["linear-img", "mlp-img"]
        .map((name) => (parameters.get(name) ?? NaN).toLocaleString("en-GB"))
        .join(" and "),
    construction: "always",
    judge: (ours, paper) =>
      yes(
        Array.from(paper.parameters).every(([name, count]) => ours.parameters.get(name) === count),
      ),
  },
];

const inputs: Claim[] = [
  {
    claim:
      "Adding title and location to the image improves on the image alone: both scores, each kind of head.",
    source: "Abstract",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    ...above((results) => better(results, ["img", "txt", "loc"], ["img"])),
  },
  {
    claim: "Titles alone beat images alone: both scores, each kind of head.",
    source: "Results table",
    notebook: "04-train-title",
    section: "Against the image heads",
    ...above((results) => better(results, ["txt"], ["img"])),
  },
  {
    claim: "Image and title together beat either: both scores, each kind of head.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    ...above((results) => better(results, ["img", "txt"], ["img"], ["txt"])),
  },
  {
    claim: "Location alone predicts nothing (exact match below 0.01, each kind of head).",
    source: "Results table",
    notebook: "05-train-location",
    section: "Train",
    figure: (results) => `at most ${decimals(Math.max(...locationAlone(results)))}`,
    judge: (results) => yes(Math.max(...locationAlone(results)) < 0.01),
  },
  {
    claim:
      "Raw location adds nothing to image, title or both: less than two hundredths, either score, each kind of head.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    figure: (results) => {
      const values = locationAdds(results).map(({ difference }) => difference);
      return `${signed(Math.min(...values))} to ${signed(Math.max(...values))}`;
    },
    judge: (results) => within(locationAdds(results), NOTHING),
  },
];

const locationAlone = (results: Results): number[] =>
  HEADS.map(([kind, mixup]) => scoresOf(results, experiment(kind, ["loc"], mixup).name).exactMatch);

const heads: Claim[] = [
  {
    claim: "MixUp raises the macro F1 of linear heads, whatever their inputs.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    ...above((results) => mixupGains(results, "linear")),
  },
  {
    claim: "MixUp lowers the macro F1 of MLPs, whatever their inputs.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    figure: (results) => inWords(mixupGains(results, "mlp"), "below"),
    judge: (results) => outcome(reversed(mixupGains(results, "mlp"))),
  },
  {
    claim: "With equal inputs, the linear head always has a higher macro F1 than the MLP.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "All 28, beside the paper's",
    ...above(linearAhead),
  },
  ...(
    [
      ["macroF1", "macro F1"],
      ["exactMatch", "exact match"],
    ] as const
  ).map(([key, name]): Claim => ({
    claim: `${BEST} has the highest ${name} of the 28.`,
    source: "Results table",
    notebook: "06-train-fusion",
    section: "All 28, beside the paper's",
    figure: (results) => {
      const values = Array.from(results.scores, ([head, scores]) => [head, scores[key]] as const);
      return `${highest(values)[0]}; ahead ${inWords(aheadOfAll(results, BEST, key))}`;
    },
    judge: (results) => outcome(aheadOfAll(results, BEST, key)),
  })),
  {
    claim: `${BEST} scores an exact match of .3278 and a macro F1 of .5970 (within a hundredth).`,
    source: "Results table",
    notebook: "07-evaluate",
    section: "All 28, beside the paper",
    photosOnly: true,
    figure: (results) => {
      const { exactMatch, macroF1 } = scoresOf(results, BEST);
      return `${decimals(exactMatch)} and ${decimals(macroF1)}`;
    },
    judge: (ours, paper) => {
      const [a, b] = [scoresOf(ours, BEST), scoresOf(paper, BEST)];
      return yes(
        Math.abs(a.exactMatch - b.exactMatch) < TOLERANCE &&
          Math.abs(a.macroF1 - b.macroF1) < TOLERANCE,
      );
    },
  },
];

const tags: Claim[] = [
  {
    claim: "Canals is the tag that is recognised best.",
    source: "Figure of per-class F1",
    notebook: "07-evaluate",
    section: "Tag by tag",
    figure: (results) => {
      const [tag, f1] = highest(results.f1);
      return `${tag} ${f1.toFixed(3)}; Canals ahead ${inWords(aheadOf(results, "Canals"))}`;
    },
    judge: (results) => outcome(aheadOf(results, "Canals")),
  },
  {
    claim: "Flat landscapes is the tag that is recognised worst.",
    source: "Figure of per-class F1",
    notebook: "07-evaluate",
    section: "Tag by tag",
    figure: (results) =>
      `Flat landscapes ${(results.f1.get("Flat landscapes") ?? NaN).toFixed(3)}, behind ` +
      inWords(aheadOf(results, "Flat landscapes"), "below"),
    judge: (results) => outcome(reversed(aheadOf(results, "Flat landscapes"))),
  },
  {
    claim:
      "Tags of distinct things (canals, air, railways, graves, churches) are easier than flat and low land.",
    source: "Figure of per-class F1, and the text beside the misclassified photos",
    notebook: "07-evaluate",
    section: "Tag by tag",
    ...above((results) =>
      THINGS.flatMap((thing) => QUALITIES.map((quality) => tagDifference(results, thing, quality))),
    ),
  },
];

/** A tag's F1 less that of every other tag. */
function aheadOf(results: Results, tag: string): Compared[] {
  return [...results.f1.keys()]
    .filter((other) => other !== tag)
    .map((other) => tagDifference(results, tag, other));
}

const kaggle: Claim[] = [
  {
    claim: "Giving every photo at least one tag raises the exact match.",
    source: "Code of the submissions",
    notebook: "07-evaluate",
    section: "The paper, claim by claim",
    figure: ({ scores, atLeastOneTag }) =>
      atLeastOneTag === undefined
        ? undefined
        : `${decimals(scores.get(BEST)!.exactMatch)} → ${decimals(atLeastOneTag)}`,
    // A photo without any tag is never exactly right, so giving it one can only win.
    construction: "always",
    judge: ({ scores, atLeastOneTag }) =>
      yes((atLeastOneTag ?? NaN) > scores.get(BEST)!.exactMatch),
  },
  {
    claim:
      "On Kaggle mlp-img-txt-loc comes first, and every MLP beats the linear head with the same inputs.",
    source: "Kaggle scores",
    notebook: "09-submit",
    section: "Upload",
    figure: ({ kaggle: scores }) => scores && `${highest(scores)[0]}, ${highest(scores)[1]}`,
    judge: ({ kaggle: scores = new Map<string, number>() }) =>
      yes(
        highest(scores)[0] === "mlp-img-txt-loc" &&
          Array.from(scores).every(
            ([name, value]) => value <= (scores.get(name.replace("linear", "mlp")) ?? NaN),
          ),
      ),
  },
  {
    claim: "On Kaggle MixUp helps no head.",
    source: "Kaggle scores",
    notebook: "09-submit",
    section: "Upload",
    figure: ({ kaggle: scores }) =>
      scores && `at best ${signed(Math.max(...kaggleMixupGains(scores)))}`,
    judge: ({ kaggle: scores = new Map<string, number>() }) =>
      yes(Math.max(...kaggleMixupGains(scores)) < 0),
  },
];

/** All claims, in the paper's order. */
export const paperClaims: readonly Claim[] = [...data, ...inputs, ...heads, ...tags, ...kaggle];
