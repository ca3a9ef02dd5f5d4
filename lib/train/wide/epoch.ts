import { gatherBlocks } from "./blocks";
import { dropoutKeep } from "../heads";
import { yieldToEventLoop } from "../../interrupt";
import { exactMatch, macroF1 } from "../metrics";
import { drawMix, mix } from "../mixup";
import { mixSeeds, seededRandom, type Random } from "../../random";
import type { Batch, HeadStack } from "./stack";
import { tf, type Tensor2D } from "../../tfjs";
import type { TrainingData } from "../training-data";

/** Validation rows at a time: enough to keep the processor busy, few enough to stay small in memory. */
const chunkRows = 8192;

/** The data with its features in blocks (see `joinBlocks`). */
export interface BlockData extends Omit<TrainingData, "features"> {
  x: readonly Tensor2D[];
}

export interface Epoch {
  batchSize: number;
  seed: number;
  epoch: number;
  /** Each stack's learning rate. */
  rates: readonly number[];
  signal?: AbortSignal;
}

/** Each use of random numbers has a generator of its own in each epoch, so that none depends on what happened before. */
export function generator(
  use: "start" | "order" | "mixup" | "dropout",
  seed: number,
  epoch = 0,
): Random {
  return seededRandom(mixSeeds(seed, ["start", "order", "mixup", "dropout"].indexOf(use), epoch));
}

/** Each head's mean loss over one pass through the training rows, by experiment; undefined if the signal aborted. */
export async function epochLosses(
  stacks: readonly HeadStack[],
  data: BlockData,
  { batchSize, seed, epoch, rates, signal }: Epoch,
): Promise<Map<string, number> | undefined> {
  const { trainRows } = data;
  const rows = trainRows.length;
  const order = generator("order", seed, epoch)
    .permutation(rows)
    .map((i) => trainRows[i]);
  const random = {
    mixup: generator("mixup", seed, epoch),
    dropout: generator("dropout", seed, epoch),
  };
  const sums = stacks.map(({ heads }) => heads.map(() => 0));
  for (let start = 0; start < rows && !signal?.aborted; start += batchSize) {
    const batchRows = order.subarray(start, start + batchSize);
    const batch = drawBatch(stacks, data, batchRows, random);
    for (const [i, stack] of stacks.entries()) {
      stack.step(batch, rates[i]).forEach((loss, j) => (sums[i][j] += loss));
      await yieldToEventLoop();
    }
    tf.dispose(batch as unknown as Parameters<typeof tf.dispose>[0]);
  }
  if (signal?.aborted) return undefined;
  const terms = rows * data.tags;
  return new Map(
    stacks.flatMap(({ heads }, i) =>
      heads.map(({ experiment }, j) => [experiment.name, sums[i][j] / terms]),
    ),
  );
}

/** What the stacks need of a batch, drawn and gathered once for all. */
function drawBatch(
  stacks: readonly HeadStack[],
  { x, labels }: BlockData,
  rows: Int32Array,
  random: { mixup: Random; dropout: Random },
): Batch {
  const trained = stacks.flatMap(({ heads }) => heads.map(({ experiment }) => experiment));
  const y = tf.tidy(() => tf.gather(labels, tf.tensor1d(rows, "int32")));
  const batch: Batch = { x: gatherBlocks(x, seenBy(stacks), rows), y };
  if (trained.some(({ mixup }) => mixup)) {
    const drawn = drawMix(rows.length, random.mixup);
    batch.mixup = { drawn, y: mix(y, drawn) };
  }
  if (trained.some(({ kind }) => kind === "mlp"))
    batch.keep = dropoutKeep(rows.length, random.dropout);
  return batch;
}

/** The indices of the blocks that any of the heads sees. */
const seenBy = (stacks: readonly HeadStack[]): number[] => stacks.flatMap(({ blocks }) => blocks);

export interface Scores {
  valExactMatch: number;
  valMacroF1: number;
}

/** Each head's exact match and macro F1 on the validation rows, by experiment. */
export function epochScores(
  stacks: readonly HeadStack[],
  { x, validationRows: rows, validationLabels, tags }: BlockData,
): Map<string, Scores> {
  const names = stacks.flatMap(({ heads }) => heads.map(({ experiment }) => experiment.name));
  const predicted = names.map(() => new Uint8Array(rows.length * tags));
  for (let start = 0; start < rows.length; start += chunkRows) {
    const answers = tf.tidy(() => {
      const chunk = gatherBlocks(x, seenBy(stacks), rows.subarray(start, start + chunkRows));
      return stacks
        .flatMap((stack) => stack.logits(chunk))
        .map((z) => tf.greater(z, 0) as Tensor2D);
    });
    answers.forEach((answer, i) =>
      predicted[i].set(answer.dataSync() as unknown as Uint8Array, start * tags),
    );
    tf.dispose(answers);
  }
  const score = (i: number): Scores => ({
    valExactMatch: exactMatch(predicted[i], validationLabels, tags),
    valMacroF1: macroF1(predicted[i], validationLabels, tags),
  });
  return new Map(names.map((name, i) => [name, score(i)]));
}
