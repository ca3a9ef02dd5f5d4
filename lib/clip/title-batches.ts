/** Titles in batches: equal ones once, of one length, so that nothing is padded. */

/** Different titles with equally many tokens, to be embedded together without padding. */
export interface TitleBatch {
  /** Token ids, n lists of one length. */
  tokens: number[][];
  /** How many of all titles these are, equal ones counted. */
  rows: number;
  /** Copy each row of `embedded` [n, D] to all the rows of `all` [titles, D] that have this title. */
  scatter(embedded: Float32Array, all: Float32Array): void;
}

export interface TitleBatchOptions {
  /** The most tokens in a batch. */
  tokensPerBatch?: number;
  /** Rows that have their embedding already. */
  isDone?: (row: number) => boolean;
}

/**
 * Group tokenised titles into batches: equal titles once, sorted by length, at most `tokensPerBatch` tokens a batch.
 * Short titles dominate, so that 77 tokens for everyone would be most of the work for nothing. The batches depend on
 * the titles alone, never on timing.
 */
export function titleBatches(
  titles: readonly number[][],
  { tokensPerBatch = 512, isDone = () => false }: TitleBatchOptions = {},
): TitleBatch[] {
  const rowsOf = new Map<string, number[]>();
  titles.forEach((tokens, row) => {
    if (isDone(row)) return;
    const key = tokens.join(" ");
    const rows = rowsOf.get(key);
    if (rows) rows.push(row);
    else rowsOf.set(key, [row]);
  });
  // Sorting is stable: among titles of one length, the first seen goes first.
  const groups = [...rowsOf.values()].sort((a, b) => titles[a[0]].length - titles[b[0]].length);
  const batches: TitleBatch[] = [];
  for (let start = 0, end = 0; start < groups.length; start = end) {
    const length = titles[groups[start][0]].length;
    const most = Math.max(1, Math.floor(tokensPerBatch / length));
    while (end < groups.length && end - start < most && titles[groups[end][0]].length === length)
      end++;
    batches.push(titleBatch(titles, groups.slice(start, end)));
  }
  return batches;
}

function titleBatch(titles: readonly number[][], groups: readonly number[][]): TitleBatch {
  return {
    tokens: groups.map((rows) => titles[rows[0]]),
    rows: groups.reduce((sum, rows) => sum + rows.length, 0),
    scatter: (embedded, all) => {
      const size = embedded.length / groups.length;
      groups.forEach((rows, i) => {
        for (const row of rows) all.set(embedded.subarray(i * size, (i + 1) * size), row * size);
      });
    },
  };
}
