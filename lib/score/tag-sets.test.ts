import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it, test } from "vitest";
import { toyData } from "../fixtures/toy-data";
import { seededRandom } from "../random";
import { experimentNamed } from "../train/experiments";
import { bceLoss } from "../train/loss";
import { aboveThreshold, exactMatch, perClassF1 } from "../train/metrics";
import { predictLogits, sigmoid } from "../train/predict";
import { settingsFor } from "../train/settings";
import { trainHead } from "../train/train";
import { tf } from "../tfjs";
import { decide } from "./decide";
import { crossFit, halves, rowsOf } from "./halves";
import { setLoss } from "./set-loss";
import { fitSetWeights, matchCounts } from "./set-weights";
import {
  countSets,
  decodeSets,
  priorDecoder,
  scorePriors,
  setNumbers,
  setProbabilities,
  tunePrior,
  withScores,
} from "./tag-sets";
import { aboveThresholds, tagThresholds } from "./tag-thresholds";

const fixture = JSON.parse(readFileSync("lib/fixtures/decode.json", "utf8")) as {
  tags: number;
  train: number[];
  truth: number[];
  logits: number[];
  sets: Record<string, { count: number; pmi: number }>;
  alphas: { alpha: number; exactMatch: number; given: number[] }[];
  marginals: { alpha: number; scale: number; p: number[] };
  setLoss: { alpha: number; loss: number; gradient: number[] };
  weights: number[];
  thresholds: { f1: number[]; f1AtHalf: number[] };
};
const { tags } = fixture;
const truth = Uint8Array.from(fixture.truth);
const logits = Float32Array.from(fixture.logits);
const sets = countSets(Uint8Array.from(fixture.train), tags);

/** The largest difference between two lists. */
const apart = (ours: ArrayLike<number>, theirs: readonly number[]): number => {
  expect(ours.length).toBe(theirs.length);
  return Math.max(...theirs.map((value, i) => Math.abs(value - ours[i])));
};

beforeAll(() => tf.ready());

describe("countSets", () => {
  it("counts and weighs as NumPy does, the commonest first", () => {
    const names = Array.from(sets.counts, (_, set) =>
      sets.members.subarray(set * tags, (set + 1) * tags).join(""),
    );
    expect([...names].sort()).toEqual(Object.keys(fixture.sets).sort());
    names.forEach((name, set) => {
      expect(sets.counts[set]).toBe(fixture.sets[name].count);
      expect(sets.pmi[set]).toBeCloseTo(fixture.sets[name].pmi, 5);
    });
    expect([...sets.counts]).toEqual([...sets.counts].sort((a, b) => b - a));
  });

  it("keeps the commonest, but shares are of all rows", () => {
    const few = countSets(Uint8Array.from(fixture.train), tags, { most: 3 });
    expect(few.counts).toEqual(sets.counts.subarray(0, 3));
    expect(few.pmi).toEqual(sets.pmi.subarray(0, 3));
    expect(few.rows).toBe(400);
  });

  it("refuses labels that are no rows, and no labels", () => {
    expect(() => countSets(new Uint8Array(7), 3)).toThrow("7 labels are not whole rows of 3 tags");
    expect(() => countSets(new Uint8Array(0), 3)).toThrow("no rows");
    expect(() => countSets(new Uint8Array(3), 3, { most: 0 })).toThrow("`most`");
  });
});

describe("decoding", () => {
  it("finds the sets that writing out all scores finds, for each α", () => {
    const alphas = fixture.alphas.map(({ alpha }) => alpha);
    const scored = scorePriors(logits, truth, sets, { alphas, novels: [undefined] });
    fixture.alphas.forEach(({ alpha, given, exactMatch: theirs }, i) => {
      const ours = decodeSets(logits, priorDecoder(sets, alpha));
      expect(Array.from(ours)).toEqual(given);
      expect(exactMatch(ours, truth, tags)).toBeCloseTo(theirs, 12);
      expect(scored[i].exactMatch).toBeCloseTo(theirs, 12);
    });
  });

  it("tunes to what scores best, and the decoder does as was scored, with other sets and without", () => {
    const few = countSets(Uint8Array.from(fixture.train), tags, { most: 3 });
    for (const score of scorePriors(logits, truth, few)) {
      const { alpha, novel } = score;
      const decoder = { ...priorDecoder(few, alpha), novel };
      expect(exactMatch(decodeSets(logits, decoder), truth, tags)).toBeCloseTo(
        score.exactMatch,
        12,
      );
    }
    const scores = scorePriors(logits, truth, few).map((score) => score.exactMatch);
    expect(tunePrior(logits, truth, few).exactMatch).toBe(Math.max(...scores));
  });

  it("with no prior and no reserve gives the tags above one half, and at least one", () => {
    const few = countSets(Uint8Array.from(fixture.train), tags, { most: 3 });
    const open = { ...priorDecoder(few, 0), novel: 0 };
    expect(decodeSets(logits, open)).toEqual(decide(logits, { tags, threshold: 0 }));
  });

  it("adds up SciPy's probabilities of the sets with each tag", () => {
    const { alpha, scale, p } = fixture.marginals;
    const decoder = { ...priorDecoder(sets, alpha), scale };
    expect(apart(setProbabilities(logits, decoder), p)).toBeLessThan(2e-6);
  });

  it("gives the same rows alone, in pieces and all at once", () => {
    const rows = Int32Array.from({ length: 3000 }, (_, i) => i % 150);
    const long = rowsOf(logits, tags, rows);
    const wide = countSets(
      Uint8Array.from({ length: 12 * 8000 }, (_, i) => ((i / 12) >> (i % 12)) & 1),
      12,
    );
    const z = Float32Array.from({ length: 12 * 9000 }, (_, i) => Math.sin(i));
    const all = decodeSets(z, priorDecoder(wide, 0.5)); // more than one piece
    const last = z.subarray(12 * 8990);
    expect(all.subarray(12 * 8990)).toEqual(decodeSets(last, priorDecoder(wide, 0.5)));
    const once = decodeSets(logits, priorDecoder(sets, 0.3));
    expect(decodeSets(long, priorDecoder(sets, 0.3))).toEqual(rowsOf(once, tags, rows));
  });

  it("says −1 of a set that is not among them", () => {
    const some = Uint8Array.from([...sets.members.subarray(0, tags), 1, 1, 1, 1, 1, 1]);
    expect(setNumbers(some, sets)).toEqual(Int32Array.of(0, -1));
  });

  it("says what is wrong with logits of other shapes, or that are no numbers", () => {
    const decoder = priorDecoder(sets, 0.3);
    expect(() => decodeSets(new Float32Array(7), decoder)).toThrow(
      "7 logits are not whole rows of 6 tags",
    );
    const odd = Float32Array.from(logits);
    odd[8] = NaN;
    expect(() => decodeSets(odd, decoder)).toThrow("row 1, tag 2 is NaN");
    expect(() => scorePriors(logits, truth.subarray(6), sets)).toThrow(
      "900 logits or probabilities beside 894 labels",
    );
    expect(() => priorDecoder(sets, NaN)).toThrow("α must be a number");
    const short = { ...decoder, bias: decoder.bias.subarray(1) };
    expect(() => decodeSets(logits, short)).toThrow("7 biases for 8 sets");
  });
});

describe("setLoss", () => {
  const z = tf.tensor2d(logits, [150, tags]);
  const y = tf.tensor2d(Float32Array.from(truth), [150, tags]);

  it("is PyTorch's cross-entropy over the sets, with autograd's gradient", () => {
    const { alpha, loss, gradient } = fixture.setLoss;
    const ours = setLoss(priorDecoder(sets, alpha)).of(z, y);
    expect(ours.loss.dataSync()[0]).toBeCloseTo(loss, 5);
    expect(apart(ours.gradient.dataSync(), gradient)).toBeLessThan(1e-7);
  });

  it("is the paper's loss if every set may occur and none is preferred", () => {
    const all = Uint8Array.from(
      { length: 64 * tags },
      (_, i) => (Math.floor(i / tags) >> (i % tags)) & 1,
    );
    const every = { ...priorDecoder(countSets(all, tags), 0) };
    const ours = setLoss(every).of(z, y);
    const theirs = bceLoss.of(z, y);
    expect(ours.loss.dataSync()[0]).toBeCloseTo(theirs.loss.dataSync()[0], 5);
    expect(apart(ours.gradient.dataSync(), [...theirs.gradient.dataSync()])).toBeLessThan(1e-7);
    expect(decodeSets(logits, every)).toEqual(aboveThreshold(logits));
    expect(apart(setProbabilities(logits, every), [...sigmoid(logits)])).toBeLessThan(1e-5);
  });

  it("learns biases with which each set is expected as often as it happens", () => {
    const start = priorDecoder(sets, 1);
    const nothing = tf.zeros([150, tags]) as typeof z;
    const learning = setLoss(start, { biasRate: 0.05 });
    for (let step = 0; step < 400; step++) learning.of(nothing, y);
    const counted = new Float64Array(sets.counts.length);
    for (const set of setNumbers(truth, sets)) counted[set]++;
    const commonest = counted.indexOf(Math.max(...counted)); // what a head without logits has to say
    const tagsOf = sets.members.subarray(commonest * tags, (commonest + 1) * tags);
    expect(learning.answer(new Float32Array(tags))).toEqual(tagsOf);
    const p = learning.of(nothing, y).gradient.sum(0).dataSync();
    expect(apart(p, new Array<number>(tags).fill(0))).toBeLessThan(1e-3);
    expect(start.bias).toEqual(sets.pmi);
  });

  it("has a name for each decoder and rate of its biases", () => {
    const names = [
      setLoss(priorDecoder(sets, 1)),
      setLoss(priorDecoder(sets, 0.5)),
      setLoss({ ...priorDecoder(sets, 1), novel: 0 }),
      setLoss(priorDecoder(sets, 1), { biasRate: 0.05 }),
    ].map(({ name }) => name);
    expect(new Set(names).size).toBe(4);
    expect(setLoss(priorDecoder(sets, 1)).name).toBe(names[0]);
  });

  it("bears logits that would overflow", () => {
    const big = setLoss(priorDecoder(sets, 1)).of(z.mul(1000), y);
    expect(Number.isFinite(big.loss.dataSync()[0])).toBe(true);
    expect(big.gradient.dataSync().every(Number.isFinite)).toBe(true);
  });
});

test("a head trained for sets gets more of them right, and early stopping counts them", async () => {
  const data = toyData(300, 5);
  const all = Uint8Array.from(data.labels.dataSync());
  const decoder = priorDecoder(countSets(all, 5), 1);
  const settings = { ...settingsFor("linear", { isSample: true }), maxEpochs: 8, batchSize: 50 };
  const head = await trainHead(experimentNamed("linear-txt"), data, settings, {
    loss: setLoss(decoder),
  });
  const z = predictLogits(head.experiment, head.weights, data.features, data.validationRows);
  const right = exactMatch(decodeSets(z, decoder), data.validationLabels, 5);
  expect(right).toBe(head.best.valExactMatch);
  expect(head.best.valExactMatch).toBeGreaterThan(head.log[0].valExactMatch);
  expect(head.log[7].trainLoss).toBeLessThan(head.log[0].trainLoss);
});

describe("fitSetWeights", () => {
  it("finds the weights that BFGS finds", () => {
    const { weights, scale, bias, rows } = fitSetWeights(logits, truth, sets);
    const ours = [weights.logits, weights.pmi, weights.prior, ...weights.sizes];
    expect(apart(ours, fixture.weights)).toBeLessThan(2e-3);
    expect(scale).toBe(weights.logits);
    const size = sets.members.subarray(0, tags).reduce((sum, value) => sum + value, 0);
    expect(size).toBe(1);
    const first = weights.pmi * sets.pmi[0] + weights.prior * Math.log(sets.counts[0] / sets.rows);
    expect(bias[0] * scale).toBeCloseTo(first, 5);
    expect(rows).toBe(150);
  });

  it("says so when there is nothing to learn, and when logits are of other rows", () => {
    const none = new Uint8Array(truth.length).fill(1);
    expect(() => fitSetWeights(logits, none, sets)).toThrow(
      "none of 150 rows has one of the 8 sets",
    );
    expect(() =>
      fitSetWeights(
        logits.map((value) => -value),
        truth,
        sets,
      ),
    ).toThrow("less than nothing");
  });
});

describe("matchCounts", () => {
  it("ends where each set is expected as often as it happens, and the true sets are likelier than before", () => {
    const start = { ...priorDecoder(sets, 1), scale: 0.8 };
    const matched = matchCounts(logits, truth, start, { rounds: 300, smoothing: 0 });
    const expected = new Float64Array(sets.counts.length);
    const surprise = [start, matched].map((decoder) => {
      let sum = 0;
      withScores(logits, decoder, (scores, from) => {
        const log = tf.logSoftmax(scores).arraySync() as number[][];
        log.forEach((row, i) => {
          sum -= row[setNumbers(truth, sets)[from + i]];
          if (decoder === matched) row.forEach((value, set) => (expected[set] += Math.exp(value)));
        });
      });
      return sum;
    });
    const counted = new Float64Array(sets.counts.length);
    for (const set of setNumbers(truth, sets)) counted[set]++;
    expect(apart(expected, [...counted])).toBeLessThan(0.02);
    expect(surprise[1]).toBeLessThan(surprise[0]);
  });

  it("moves nothing with endless smoothing", () => {
    const start = priorDecoder(sets, 1);
    const { bias } = matchCounts(logits, truth, start, { smoothing: 1e9 });
    expect(apart(bias, [...start.bias])).toBeLessThan(1e-5);
  });
});

test("thresholds by tag reach the best F1 that scikit-learn finds", () => {
  const p = sigmoid(logits);
  const given = aboveThresholds(p, tagThresholds(p, truth, tags));
  expect(apart(perClassF1(given, truth, tags), fixture.thresholds.f1)).toBeLessThan(1e-9);
  const half = aboveThresholds(p, new Float32Array(tags).fill(0.5));
  expect(apart(perClassF1(half, truth, tags), fixture.thresholds.f1AtHalf)).toBeLessThan(1e-9);
  expect(() => tagThresholds(p.subarray(1), truth, tags)).toThrow("899 logits or probabilities");
});

describe("crossFit", () => {
  it("answers each row once, tuned on rows that don't include it", () => {
    const z = Float32Array.from({ length: 22 }, (_, i) => Math.floor(i / 2)); // each row's number, twice
    const y = new Uint8Array(22);
    const seen: number[][] = [];
    const given = crossFit(z, y, 2, seededRandom(3), (tuned) => {
      seen.push([...new Set(tuned)]);
      return (held) => {
        expect([...held].filter((row) => tuned.includes(row))).toEqual([]);
        return held;
      };
    });
    expect(given).toEqual(z);
    expect(seen.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("halves anew with another seed", () => {
    expect(halves(100, seededRandom(1))[0]).not.toEqual(halves(100, seededRandom(2))[0]);
    expect(() =>
      crossFit(new Float32Array(2), new Uint8Array(2), 2, seededRandom(1), () => aboveThreshold),
    ).toThrow("1 rows can't be halved");
  });
});
