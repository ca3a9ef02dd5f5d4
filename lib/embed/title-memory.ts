/** Titles that a split has more than once are embedded once, though they are in different shards. */
import { columns, literal } from "../files/table";

/** Embeddings of such titles, as far as this run has made them. */
export interface TitleMemory {
  /** The embedding of a title with these tokens [D], if it is known. */
  recall(tokens: readonly number[]): Float32Array | undefined;
  /** Remember the embedding of a title, if the split has it more than once. */
  keep(title: string, tokens: readonly number[], embedding: Float32Array): void;
}

/** The most titles remembered, the most frequent ones: with 512 numbers each, 0.4 GB. */
const MOST = 200_000;

/**
 * A memory for the titles of a prepared table. An embedding does not depend on what else is embedded with it (see
 * ROWS_PER_RUN of lib/clip/clip.ts), so a remembered one is, bit for bit, what embedding it again would give: which shards
 * were done by this run makes no difference.
 */
export async function titleMemory(table: string): Promise<TitleMemory> {
  const { title } = await columns<{ title: string[] }>(
    `SELECT coalesce(title, '')::VARCHAR AS title FROM ${literal(table)}
     GROUP BY 1 HAVING count(*) > 1 ORDER BY count(*) DESC, 1 LIMIT ${MOST}`,
  );
  const repeated = new Set(title);
  const known = new Map<string, Float32Array>();
  return {
    recall: (tokens) => known.get(tokens.join(" ")),
    keep: (text, tokens, embedding) => {
      const key = tokens.join(" ");
      if (repeated.has(text) && !known.has(key)) known.set(key, embedding.slice());
    },
  };
}
