/**
 * Decoders and calibration at the paper's size, on made-up features with the competition's labels: notebooks 16 and 17
 * show what this measures.
 *
 *     npx tsx scripts/bench/decoding.ts [--data FOLDER] [--rows N] [--quick]
 *
 * Data as for the benchmark (see paper-data.ts); the best possible decoder is measured too where the folder has
 * prototypes.npy. Half of the validation rows stop the training and tune the decoders; scores are of the other half, which
 * nothing else sees. Heads are kept in .cache/bench, with checkpoints: after an interruption the same command goes on.
 * Writes scripts/bench/decoding.csv, calibration.csv and mixup.csv as it goes on (--quick: prints them), the linear heads
 * first and the MLPs last.
 */
import { cpus } from "node:os";
import { csvText } from "../../lib/files/csv";
import { writeFileAtomic } from "../../lib/files/atomic";
import { selectLabels } from "../../lib/data/labels";
import { seededRandom } from "../../lib/random";
import {
  atTemperature,
  calibrationError,
  compareCalibration,
  fitTemperature,
  logLoss,
  reliability,
} from "../../lib/score/calibration";
import { decide } from "../../lib/score/decide";
import { readEvidence } from "../../lib/score/evidence";
import { halves, rowsOf } from "../../lib/score/halves";
import { compareHeads, resampleScores } from "../../lib/score/paired";
import { interval } from "../../lib/score/uncertainty";
import { setLoss } from "../../lib/score/set-loss";
import { fitSetWeights, matchCounts } from "../../lib/score/set-weights";
import {
  countSets,
  decodeSets,
  priorDecoder,
  setNumbers,
  setProbabilities,
  tuneNovel,
  tunePrior,
  type TagSets,
} from "../../lib/score/tag-sets";
import { aboveThresholds, tagThresholds } from "../../lib/score/tag-thresholds";
import { experimentNamed } from "../../lib/train/experiments";
import { aboveThreshold, exactMatch, macroF1 } from "../../lib/train/metrics";
import { predictLogits, sigmoid } from "../../lib/train/predict";
import { paperSettings } from "../../lib/train/settings";
import { trainOrLoad, type KeepOptions, type KeptHead } from "../../lib/train/train-or-load";
import type { TrainOptions } from "../../lib/train/train";
import type { TrainingData } from "../../lib/train/training-data";
import { bayes, readPrototypes } from "./bayes";
import { readOptions, ALL_ROWS } from "./options";
import { featuresFolder, paperScaleData } from "./paper-data";
import { run, say } from "./part";

const options = readOptions();
const SEED = 42;
/** Sets to choose from, and those that the head for sets learns to tell apart. */
const SETS = 5000;
const LEARNED_SETS = 2000;
/** Rows of the tuning half that are enough for a handful of numbers. */
const PRIOR_ROWS = 20_000;
const WEIGHT_ROWS = 10_000;
/** Training rows for the biases of single sets, of which there are thousands. */
const COUNT_ROWS = 60_000;
/** The test photos, whose decoding is timed. */
const TEST_PHOTOS = 135_489;
const RESAMPLES = 1000;
const inputs = "img-txt-loc";

/** Enough for the cosine to reach zero; the paper's period for the linear heads, fewer for MLPs to save time. */
const EPOCHS: Record<string, number> = { linear: 50, mlp: 30 };

const about = "rows,source,machine,date";
const both = "exact_match,exact_low,exact_high,macro_f1,macro_low,macro_high";
const decodingHeader = `head,decoder,tuned,${both},seconds,${about}`;
const calibrationHeader =
  "head,temperature,error,error_after,change,change_low,change_high,log_loss,log_loss_after," +
  `tags_given,announced,happened,${about}`;
const mixupHeader = `head,decision,macro_f1,macro_low,macro_high,exact_match,exact_low,exact_high,${about}`;

type Cell = string | number;
type Answers = Uint8Array;

/** What is known of the rows that tune and of those that score. */
interface Halves {
  tags: number;
  tuneRows: Int32Array;
  scoreRows: Int32Array;
  /** Some of the training rows. */
  learnRows: Int32Array;
  tuneTruth: Uint8Array;
  learnTruth: Uint8Array;
  truth: Uint8Array;
}

/** Four fifths to train, a tenth to tune, a tenth to score. */
function split(data: TrainingData, labels: Uint8Array): { data: TrainingData; parts: Halves } {
  const { tags, validationRows, validationLabels } = data;
  const [tune, score] = halves(validationRows.length, seededRandom(SEED));
  const tuneTruth = selectLabels(validationLabels, tags, tune);
  const order = seededRandom(SEED).permutation(data.trainRows.length);
  const learnRows = order.subarray(0, COUNT_ROWS).map((i) => data.trainRows[i]);
  const parts = {
    tags,
    tuneRows: tune.map((i) => validationRows[i]),
    scoreRows: score.map((i) => validationRows[i]),
    learnRows,
    tuneTruth,
    learnTruth: selectLabels(labels, tags, learnRows),
    truth: selectLabels(validationLabels, tags, score),
  };
  return {
    data: { ...data, validationRows: parts.tuneRows, validationLabels: tuneTruth },
    parts,
  };
}

/** A head of photo, title and location, trained or loaded. */
async function head(
  name: string,
  data: TrainingData,
  folder: string,
  more: { epochs?: number; batchSize?: number } & Pick<TrainOptions, "loss"> & KeepOptions = {},
): Promise<KeptHead> {
  const { epochs = 50, batchSize = 4096, ...rest } = more;
  const experiment = experimentNamed(name);
  const maxEpochs = options.quick ? 2 : epochs;
  const settings = { ...paperSettings(experiment.kind), maxEpochs, period: epochs, batchSize };
  say(`  training ${name} in ${folder}`);
  const found = await trainOrLoad(
    experiment,
    data,
    settings,
    { heads: folder, logs: folder },
    {
      ...rest,
      onEpoch: ({ epoch, valExactMatch, valMacroF1 }) =>
        say(`    epoch ${epoch}: ${valExactMatch.toFixed(4)}, ${valMacroF1.toFixed(4)}`),
    },
  );
  say(`  ${found.log.length} epochs, best ${found.best.epoch}`);
  return found;
}

/** A head's logits of both halves, and of some training rows. */
interface Logits {
  learn: Float32Array;
  tune: Float32Array;
  score: Float32Array;
}

function logitsOf({ experiment, weights }: KeptHead, data: TrainingData, parts: Halves): Logits {
  const of = (rows: Int32Array): Float32Array =>
    predictLogits(experiment, weights, data.features, rows);
  return { learn: of(parts.learnRows), tune: of(parts.tuneRows), score: of(parts.scoreRows) };
}

/** The mean of two heads' logits. */
function meanOf(one: Logits, two: Logits): Logits {
  const mean = (part: keyof Logits): Float32Array =>
    one[part].map((value, i) => (value + two[part][i]) / 2);
  return { learn: mean("learn"), tune: mean("tune"), score: mean("score") };
}

/** Some rows of the tuning half, drawn at random. */
function someOf(
  values: Float32Array,
  truth: Uint8Array,
  tags: number,
  rows: number,
): [Float32Array, Uint8Array] {
  const n = truth.length / tags;
  const some = seededRandom(1).permutation(n).subarray(0, rows).sort();
  return [rowsOf(values, tags, some), rowsOf(truth, tags, some)];
}

/** Scores of one decoder with their intervals, how it was tuned, and its time for the test photos. */
class Measured {
  readonly rows: Cell[][] = [];
  private readonly started = new Date().toISOString().slice(0, 10);

  constructor(
    private readonly parts: Halves,
    private readonly source: string,
  ) {}

  add(name: string, decoder: string, given: Answers, tuned = "", seconds = NaN): void {
    const { truth, tags } = this.parts;
    const [draws] = resampleScores(truth, [given], tags, {
      random: seededRandom(SEED),
      resamples: RESAMPLES,
    });
    const scores = (["exactMatch", "macroF1"] as const).flatMap((key) => {
      const value =
        key === "exactMatch" ? exactMatch(given, truth, tags) : macroF1(given, truth, tags);
      return [value, ...interval(draws[key])].map((each) => each.toFixed(5));
    });
    const time = Number.isNaN(seconds) ? "" : seconds.toFixed(1);
    say(`  ${name}, ${decoder}: ${scores[0]}, ${scores[3]} ${tuned} ${time}`);
    this.rows.push([name, decoder, tuned, ...scores, time, truth.length / tags, ...this.where()]);
  }

  where(): Cell[] {
    return [this.source, cpus()[0].model.replace(/,/g, " ").trim(), this.started];
  }
}

/** Seconds that a decoder takes for as many rows as there are test photos. */
function secondsFor(z: Float32Array, tags: number, decode: (z: Float32Array) => unknown): number {
  const many = new Float32Array((options.quick ? 5000 : TEST_PHOTOS) * tags);
  for (let at = 0; at < many.length; at += z.length) many.set(z.subarray(0, many.length - at), at);
  const started = performance.now();
  decode(many);
  return (performance.now() - started) / 1000;
}

/** All ways to get tags from one head's logits, by independent tags. */
function decodeTags(
  name: string,
  z: Logits,
  sets: TagSets,
  parts: Halves,
  measured: Measured,
): void {
  const { tags, tuneTruth } = parts;
  measured.add(name, "one half", aboveThreshold(z.score));
  measured.add(name, "at least one", decide(z.score, { tags, threshold: 0 }));
  const thresholds = tagThresholds(sigmoid(z.tune), tuneTruth, tags);
  measured.add(name, "threshold by tag", aboveThresholds(sigmoid(z.score), thresholds));
  decodePrior(name, z, sets, parts, measured);
  decodeFitted(name, z, sets, parts, measured);
}

/** Whole sets, by the logits and a tuned prior. */
function decodePrior(
  name: string,
  z: Logits,
  sets: TagSets,
  { tags, tuneTruth }: Halves,
  measured: Measured,
): void {
  const prior = tunePrior(...someOf(z.tune, tuneTruth, tags, PRIOR_ROWS), sets);
  const decode = (logits: Float32Array): Answers => decodeSets(logits, prior.decoder);
  const tuned = `alpha ${prior.alpha}; novel ${prior.novel ?? "never"}`;
  measured.add(name, "set prior", decode(z.score), tuned, secondsFor(z.score, tags, decode));
}

/** Whole sets, by fitted weights, and then with a bias of its own for each set. */
function decodeFitted(
  name: string,
  z: Logits,
  sets: TagSets,
  parts: Halves,
  measured: Measured,
): void {
  const { tags, tuneTruth } = parts;
  const some = someOf(z.tune, tuneTruth, tags, WEIGHT_ROWS);
  const fitted = fitSetWeights(...some, sets);
  const weighted = tuneNovel(...some, fitted);
  const { logits, pmi, prior: log, sizes } = fitted.weights;
  const weights = [logits, pmi, log, ...sizes].map((weight) => weight.toFixed(2)).join(" ");
  const again = (all: Float32Array): Answers => decodeSets(all, weighted);
  const told = `weights ${weights}; novel ${weighted.novel ?? "never"}`;
  measured.add(name, "fitted weights", again(z.score), told, secondsFor(z.score, tags, again));
  const matched = tuneNovel(
    ...some,
    matchCounts(z.learn, parts.learnTruth, fitted, { rounds: 10 }),
  );
  const best = (all: Float32Array): Answers => decodeSets(all, matched);
  const novel = `novel ${matched.novel ?? "never"}`;
  measured.add(name, "set by set", best(z.score), novel, secondsFor(z.score, tags, best));
  const thresholds = tagThresholds(setProbabilities(z.tune, matched), tuneTruth, tags);
  const byTag = (all: Float32Array): Answers =>
    aboveThresholds(setProbabilities(all, matched), thresholds);
  const seconds = secondsFor(z.score, tags, byTag);
  measured.add(name, "set by set, threshold by tag", byTag(z.score), "", seconds);
}

/** Calibration of one head before and after temperature scaling. */
function calibrate(name: string, z: Logits, { tags, tuneTruth, truth }: Halves): Cell[] {
  const temperature = fitTemperature(z.tune, tuneTruth);
  const before = sigmoid(z.score);
  const after = atTemperature(z.score, temperature);
  const errors = [before, after].map((p) => calibrationError(reliability(p, truth)));
  const change = compareCalibration(truth, before, after, tags, {
    random: seededRandom(SEED),
    resamples: 200,
  });
  const given = aboveThreshold(z.score);
  const count = given.reduce((sum, value) => sum + value, 0);
  const right = given.reduce((sum, value, i) => sum + (value & truth[i]), 0);
  const announced = given.reduce((sum, value, i) => sum + value * before[i], 0);
  const cells = [
    temperature,
    ...errors,
    change.difference,
    change.low,
    change.high,
    logLoss(before, truth),
    logLoss(after, truth),
    (count * tags) / truth.length,
    announced / count,
    right / count,
  ].map((value) => value.toFixed(5));
  say(`  ${name}: ${cells.join(", ")}`);
  return [name, ...cells, truth.length / tags];
}

/** How much better a head with MixUp is than its twin, at one half and with thresholds by tag. */
function mixupGain(
  kind: string,
  plain: Logits,
  mixed: Logits,
  { tags, tuneTruth, truth }: Halves,
): Cell[][] {
  const byTag = (z: Logits): Answers =>
    aboveThresholds(sigmoid(z.score), tagThresholds(sigmoid(z.tune), tuneTruth, tags));
  const ways: [string, (z: Logits) => Answers][] = [
    ["one half", (z) => aboveThreshold(z.score)],
    ["at least one", (z) => decide(z.score, { tags, threshold: 0 })],
    ["threshold by tag", byTag],
  ];
  return ways.map(([decision, answer]) => {
    const [one, two] = [answer(plain), answer(mixed)];
    const found = compareHeads(truth, one, two, tags, {
      random: seededRandom(SEED),
      resamples: RESAMPLES,
    });
    const { difference, low, high } = found.macroF1;
    const { difference: exact, low: exactLow, high: exactHigh } = found.exactMatch;
    const cells = [difference, low, high, exact, exactLow, exactHigh].map((each) =>
      each.toFixed(5),
    );
    say(`  MixUp, ${kind}, ${decision}: ${cells.join(", ")}`);
    return [kind, decision, ...cells, truth.length / tags];
  });
}

/** Whether these are the competition's labels, all of them: then the tags are as common as was counted. */
async function sourceOf({ labels }: TrainingData): Promise<string> {
  const known = (await readEvidence()).counts.map(({ images }) => images);
  const ours = Array.from(labels.sum(0).dataSync());
  const real = known.every((images, tag) => images === ours[tag]);
  return `made-up features; ${real ? "real" : "other"} labels`;
}

async function write(name: string, header: string, rows: readonly Cell[][]): Promise<void> {
  const text = csvText([header.split(","), ...rows]);
  const whole = !options.quick && options.rows === ALL_ROWS;
  if (whole) await writeFileAtomic(`scripts/bench/${name}.csv`, text);
  else console.log(text);
}

run("decoding", async () => {
  const folder = await featuresFolder(options);
  const all = await paperScaleData(folder, SEED);
  const labels = Uint8Array.from(all.labels.dataSync());
  const { data, parts } = split(all, labels);
  const { tags } = parts;
  const kept = `.cache/bench/decoding-${all.trainRows.length}`;
  const stamped = { ...data, fingerprint: `${folder}, seed ${SEED}` };
  const trainLabels = selectLabels(labels, tags, data.trainRows);
  const sets = countSets(trainLabels, tags, { most: SETS });
  const measured = new Measured(parts, await sourceOf(all));
  const save = async (): Promise<void> => write("decoding", decodingHeader, measured.rows);

  const learned = countSets(trainLabels, tags, { most: LEARNED_SETS });
  const numbers = setNumbers(trainLabels, learned);
  const among = data.trainRows.filter((_, i) => numbers[i] >= 0);
  const forSets = await head(
    `linear-${inputs}`,
    { ...stamped, trainRows: among },
    `${kept}/for-sets`,
    {
      loss: setLoss(priorDecoder(learned, 1), { biasRate: 0.02 }),
      epochs: 8,
      batchSize: 2048,
      checkpointSeconds: Infinity,
    },
  );
  const ofSets = logitsOf(forSets, data, parts);
  decodeFitted("linear, trained for sets", ofSets, sets, parts, measured);
  const everySet = countSets(trainLabels, tags, { most: Infinity });
  await save();

  const prototypes = await readPrototypes(folder);
  if (prototypes) {
    const best = bayes(all.features, parts.scoreRows, prototypes, everySet);
    const told = `expects ${best.expected.toFixed(4)} of itself`;
    measured.add("the truth", "best possible for exact match", best.given, told);
    const p = bayes(all.features, parts.tuneRows, prototypes, everySet).probabilities;
    const thresholds = tagThresholds(p, parts.tuneTruth, tags);
    measured.add("the truth", "threshold by tag", aboveThresholds(best.probabilities, thresholds));
    await save();
  } else say(`  ${folder} has no prototypes.npy: the best possible decoder is left out`);

  const logits = new Map<string, Logits>();
  const calibration: Cell[][] = [];
  const gains: Cell[][] = [];
  for (const kind of ["linear", "mlp"]) {
    const [plain, mixed] = ["", "-mixup"].map((end) => `${kind}-${inputs}${end}`);
    for (const name of [plain, mixed]) {
      const trained = await head(name, stamped, kept, { epochs: EPOCHS[kind] });
      logits.set(name, logitsOf(trained, data, parts));
      calibration.push([...calibrate(name, logits.get(name)!, parts), ...measured.where()]);
      await write("calibration", calibrationHeader, calibration);
      if (name === plain) decodeTags(name, logits.get(name)!, sets, parts, measured);
      await save();
    }
    const average = meanOf(logits.get(plain)!, logits.get(mixed)!);
    decodeTags(`${kind}, with and without MixUp averaged`, average, sets, parts, measured);
    await save();
    const found = mixupGain(kind, logits.get(plain)!, logits.get(mixed)!, parts);
    gains.push(...found.map((row) => [...row, ...measured.where()]));
    await write("mixup", mixupHeader, gains);
  }
});
