import { mixSeeds, seededRandom, type Random } from "../random";

const uses = ["start", "order", "mixup", "dropout"] as const;

/**
 * Each use of random numbers has a generator of its own in each epoch, so that none depends on what happened before: heads
 * can be trained together or alone, interrupted and continued, and draw the same numbers.
 */
function generator(use: (typeof uses)[number], seed: number, epoch = 0): Random {
  return seededRandom(mixSeeds(seed, uses.indexOf(use), epoch));
}

/**
 * What the first weights are drawn from.
 *
 * ```ts
 * const start = () => initialWeights(experimentNamed("linear-loc"), 49, startRandom(42));
 * start()[0].data[0] === start()[0].data[0]; // → true
 * ```
 */
export function startRandom(seed: number): Random {
  return generator("start", seed);
}

/**
 * What an epoch (from 0) draws from: the order of its rows, the MixUp and the dropout of its batches.
 *
 * ```ts
 * const first = () => epochRandom(42, 0).order.below(1000);
 * first() === first(); // → true
 * ```
 */
export function epochRandom(
  seed: number,
  epoch: number,
): Record<"order" | "mixup" | "dropout", Random> {
  const of = (use: (typeof uses)[number]): Random => generator(use, seed, epoch);
  return { order: of("order"), mixup: of("mixup"), dropout: of("dropout") };
}

/**
 * The batches of an epoch: all of `rows` in a random order, `size` at a time; the last batch has what is left.
 *
 * ```ts
 * const drawn = [...batches(Int32Array.of(7, 8, 9), 2, seededRandom(42))];
 * drawn.map(({ length }) => length); // → [2, 1]
 * ```
 */
export function* batches(rows: Int32Array, size: number, random: Random): Generator<Int32Array> {
  const order = random.permutation(rows.length).map((i) => rows[i]);
  for (let start = 0; start < order.length; start += size)
    yield order.subarray(start, start + size);
}
