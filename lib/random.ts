/**
 * Seeded random numbers. Everything random in this project takes a `Random` as an argument, so that two runs with the
 * same seed give the same numbers.
 */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Integer in 0..n-1, uniform. */
  below(n: number): number;
  /** Standard normal (mean 0, standard deviation 1). */
  normal(): number;
  /** Gamma(shape, 1), shape > 0. */
  gamma(shape: number): number;
  /** Beta(a, b), in [0, 1]. */
  beta(a: number, b: number): number;
  /** One element of a non-empty list. */
  pick<T>(items: readonly T[]): T;
  /** The numbers 0..n-1 in random order. */
  permutation(n: number): Int32Array;
}

/** 32 uniform bits from the counter `state.a`: the mulberry32 generator (Tommy Ettinger, public domain). */
function mulberry32(state: { a: number }): number {
  state.a = (state.a + 0x6d2b79f5) | 0;
  let t = Math.imul(state.a ^ (state.a >>> 15), 1 | state.a);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return (t ^ (t >>> 14)) >>> 0;
}

/** Mix several integers into one 32-bit seed, so that `seededRandom(mixSeeds(seed, row))` is independent for each row. */
export function mixSeeds(...seeds: number[]): number {
  const state = { a: 0 };
  for (const seed of seeds) state.a = mulberry32({ a: state.a ^ (seed | 0) }) | 0;
  return state.a >>> 0;
}

/** x to the power of n: for MixUp's n = 5 four multiplications, which take a fraction of a power's time. */
function power(x: number, n: number): number {
  if (!Number.isInteger(n) || n > 8) return x ** n;
  let product = x;
  for (let i = 1; i < n; i++) product *= x;
  return product;
}

/** A new generator; equal seeds give equal sequences. Throws for a seed that is not an integer. */
export function seededRandom(seed: number): Random {
  if (!Number.isInteger(seed))
    throw new Error(`seededRandom: the seed must be an integer, not ${seed}`);
  const state = { a: mulberry32({ a: seed | 0 }) | 0 };
  const uniform = (): number =>
    (mulberry32(state) * 2 ** 21 + (mulberry32(state) >>> 11)) / 2 ** 53;
  const below = (n: number): number => Math.floor(uniform() * n);
  const normal = (): number => {
    // Box-Muller; 1 - u keeps the logarithm finite.
    return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  };
  const gamma = (shape: number): number => {
    // Marsaglia & Tsang (2000), with their boost for shape < 1.
    if (!(shape > 0)) throw new Error(`gamma: the shape must be positive, not ${shape}`);
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v))
        return d * v;
    }
  };
  const beta = (a: number, b: number): number => {
    if (!(a > 0 && b > 0)) throw new Error(`beta: the shapes must be positive, not ${a} and ${b}`);
    let x = 2;
    let y = 2;
    if (a <= 1 && b <= 1)
      while (x + y > 1) [x, y] = [power(uniform(), 1 / a), power(uniform(), 1 / b)]; // Jöhnk (1964)
    else [x, y] = [gamma(a), gamma(b)];
    return x + y > 0 ? x / (x + y) : uniform() < a / (a + b) ? 1 : 0; // both underflow for tiny shapes
  };
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new Error("pick: the list is empty");
    return items[below(items.length)];
  };
  const permutation = (n: number): Int32Array => {
    const order = new Int32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  };
  return { uniform, below, normal, gamma, beta, pick, permutation };
}
