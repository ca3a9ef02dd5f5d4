/** The claims of the paper, each with the code that judges it. Section names are the paper's, or say what they show. */
import type { Claim, Results } from "./claims";
import {
  beats,
  best,
  bestBy,
  decimals,
  fromTo,
  kaggleMixupGains,
  KINDS,
  linearWins,
  locationAdds,
  lowest,
  mean,
  mixupGains,
  percent,
  score,
  signed,
  standardError,
  tagF1,
} from "./measures";

const BEST = "linear-img-txt-loc-mixup";
const THINGS = [
  "Canals",
  "Air transport",
  "Railways",
  "Burial ground, Crematorium",
  "Religious sites",
];
const QUALITIES = ["Lowlands", "Flat landscapes"];
const hardestThing = (results: Results): number =>
  Math.min(...THINGS.map((tag) => tagF1(results, tag)));
const easiestQuality = (results: Results): number =>
  Math.max(...QUALITIES.map((tag) => tagF1(results, tag)));
/** The paper's scores can be met only to about this much, as its split is not known. */
const TOLERANCE = 0.01;

const data: Claim[] = [
  {
    claim: "There are 49 tags.",
    source: "Introduction",
    notebook: "01-preprocess",
    section: "The files",
    figure: ({ f1 }) => String(f1.size),
    holds: ({ f1 }) => f1.size === 49,
  },
  {
    claim: "About 43, 36, 16, 4 and 1 % of the images have one to five tags (within a point).",
    source: "Dataset, figure of tags per image",
    notebook: "01-preprocess",
    section: "How many tags has an image?",
    figure: ({ tagsPerImage }) =>
      `${[1, 2, 3, 4, 5].map((n) => percent(tagsPerImage.get(n) ?? 0)).join(", ")} %`,
    holds: (ours, paper) =>
      [1, 2, 3, 4, 5].every(
        (n) => Math.abs((ours.tagsPerImage.get(n) ?? 0) - (paper.tagsPerImage.get(n) ?? 0)) < 0.01,
      ),
  },
  {
    claim:
      "Dropping images with more than five tags costs next to nothing (less than half a per cent).",
    source: "Dataset",
    notebook: "01-preprocess",
    section: "Filter and split",
    figure: ({ tagsPerImage }) => `${percent(tagsPerImage.get(6) ?? 0)} %`,
    holds: ({ tagsPerImage }) => (tagsPerImage.get(6) ?? 0) < 0.005,
  },
  {
    claim: "80 % of the rows train and 20 % validate.",
    source: "Method",
    notebook: "01-preprocess",
    section: "Filter and split",
    figure: ({ rows }) =>
      `${rows.train.toLocaleString("en-GB")} and ${rows.validation.toLocaleString("en-GB")}`,
    holds: ({ rows }) => Math.abs(rows.train / (rows.train + rows.validation) - 0.8) < 0.001,
  },
  {
    claim: "647,099 rows are left after the filter.",
    source: "Method",
    notebook: "01-preprocess",
    section: "Filter and split",
    photosOnly: true,
    figure: ({ rows }) => (rows.train + rows.validation).toLocaleString("en-GB"),
    holds: ({ rows }, paper) =>
      rows.train + rows.validation === paper.rows.train + paper.rows.validation,
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
    holds: (ours, paper) =>
      Array.from(paper.parameters).every(([name, count]) => ours.parameters.get(name) === count),
  },
];

const inputs: Claim[] = [
  {
    claim:
      "Adding title and location to the image improves on the image alone, in both scores and for both heads.",
    source: "Abstract",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    figure: (results) => fromTo(results, ["img"], ["img", "txt", "loc"]),
    holds: (results) => beats(results, ["img", "txt", "loc"], ["img"]),
  },
  {
    claim: "Titles alone beat images alone, in both scores and for both heads.",
    source: "Results table",
    notebook: "04-train-title",
    section: "Against the image heads",
    figure: (results) => fromTo(results, ["img"], ["txt"]),
    holds: (results) => beats(results, ["txt"], ["img"]),
  },
  {
    claim: "Image and title together beat either, in both scores and for both heads.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    figure: (results) => fromTo(results, ["txt"], ["img", "txt"]),
    holds: (results) =>
      beats(results, ["img", "txt"], ["img"]) && beats(results, ["img", "txt"], ["txt"]),
  },
  {
    claim: "Location alone predicts nothing (exact match below 0.01).",
    source: "Results table",
    notebook: "05-train-location",
    section: "Train",
    figure: (results) =>
      KINDS.map((kind) => `${kind} ${decimals(score(results, kind, ["loc"]).exactMatch)}`).join(
        ", ",
      ),
    holds: (results) => KINDS.every((kind) => score(results, kind, ["loc"]).exactMatch < 0.01),
  },
  {
    claim:
      "Raw location adds nothing to image and title: less than two standard errors of exact match, either way.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    figure: (results) =>
      KINDS.map((kind) => `${kind} ${signed(locationAdds(results, kind))}`).join(", "),
    holds: (results) =>
      KINDS.every((kind) => {
        const error = standardError(results, score(results, kind, ["img", "txt"]).exactMatch);
        return Math.abs(locationAdds(results, kind)) < 2 * error;
      }),
  },
];

const heads: Claim[] = [
  {
    claim: "MixUp raises the macro F1 of linear heads, on average over their inputs.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    figure: (results) => signed(mean(mixupGains(results, "linear"))),
    holds: (results) => mean(mixupGains(results, "linear")) > 0,
  },
  {
    claim: "MixUp lowers the macro F1 of MLPs, on average over their inputs.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "The table, linear heads",
    figure: (results) => signed(mean(mixupGains(results, "mlp"))),
    holds: (results) => mean(mixupGains(results, "mlp")) < 0,
  },
  {
    claim: "With equal inputs, the linear head always has a higher macro F1 than the MLP.",
    source: "Results table",
    notebook: "06-train-fusion",
    section: "All 28, beside the paper's",
    figure: (results) =>
      `in ${linearWins(results).filter(Boolean).length} of ${linearWins(results).length} pairs`,
    holds: (results) => linearWins(results).every(Boolean),
  },
  {
    claim: `${BEST} has the highest macro F1 of the 28.`,
    source: "Results table",
    notebook: "06-train-fusion",
    section: "All 28, beside the paper's",
    figure: (results) => bestBy(results, "macroF1")[0],
    holds: (results) => bestBy(results, "macroF1")[0] === BEST,
  },
  {
    claim: `${BEST} has the highest exact match of the 28.`,
    source: "Results table",
    notebook: "06-train-fusion",
    section: "All 28, beside the paper's",
    figure: (results) => bestBy(results, "exactMatch")[0],
    holds: (results) => bestBy(results, "exactMatch")[0] === BEST,
  },
  {
    claim: `${BEST} scores an exact match of .3278 and a macro F1 of .5970 (within a hundredth).`,
    source: "Results table",
    notebook: "07-evaluate",
    section: "All 28, beside the paper",
    photosOnly: true,
    figure: ({ scores }) =>
      `${decimals(scores.get(BEST)!.exactMatch)} and ${decimals(scores.get(BEST)!.macroF1)}`,
    holds: (ours, paper) => {
      const [a, b] = [ours.scores.get(BEST)!, paper.scores.get(BEST)!];
      return (
        Math.abs(a.exactMatch - b.exactMatch) < TOLERANCE &&
        Math.abs(a.macroF1 - b.macroF1) < TOLERANCE
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
    figure: ({ f1 }) => `${best(f1)[0]} ${best(f1)[1].toFixed(3)}`,
    holds: ({ f1 }) => best(f1)[0] === "Canals",
  },
  {
    claim: "No tag is recognised worse than Flat landscapes.",
    source: "Figure of per-class F1",
    notebook: "07-evaluate",
    section: "Tag by tag",
    figure: (results) =>
      `F1 ${tagF1(results, "Flat landscapes").toFixed(3)}, lowest ${lowest(results).toFixed(3)}`,
    holds: (results) => tagF1(results, "Flat landscapes") === lowest(results),
  },
  {
    claim:
      "Tags of distinct things (canals, air, railways, graves, churches) are easier than flat and low land.",
    source: "Figure of per-class F1, and the text beside the misclassified photos",
    notebook: "07-evaluate",
    section: "Tag by tag",
    figure: (results) =>
      `F1 at least ${hardestThing(results).toFixed(3)}, at most ${easiestQuality(results).toFixed(3)}`,
    holds: (results) => hardestThing(results) > easiestQuality(results),
  },
];

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
    holds: ({ scores, atLeastOneTag }) => (atLeastOneTag ?? NaN) > scores.get(BEST)!.exactMatch,
  },
  {
    claim:
      "On Kaggle mlp-img-txt-loc comes first, and every MLP beats the linear head with the same inputs.",
    source: "Kaggle scores",
    notebook: "09-submit",
    section: "Upload",
    figure: ({ kaggle: scores }) => scores && `${best(scores)[0]}, ${best(scores)[1]}`,
    holds: ({ kaggle: scores = new Map<string, number>() }) =>
      best(scores)[0] === "mlp-img-txt-loc" &&
      Array.from(scores).every(
        ([name, value]) => value <= (scores.get(name.replace("linear", "mlp")) ?? NaN),
      ),
  },
  {
    claim: "On Kaggle MixUp helps no head.",
    source: "Kaggle scores",
    notebook: "09-submit",
    section: "Upload",
    figure: ({ kaggle: scores }) =>
      scores && `at best ${signed(Math.max(...kaggleMixupGains(scores)))}`,
    holds: ({ kaggle: scores = new Map<string, number>() }) =>
      Math.max(...kaggleMixupGains(scores)) < 0,
  },
];

/** All claims, in the paper's order. */
export const paperClaims: readonly Claim[] = [...data, ...inputs, ...heads, ...tags, ...kaggle];
