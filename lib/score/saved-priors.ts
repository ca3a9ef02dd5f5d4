/** Tuned set priors on disk, `set-priors.json` beside the heads, so that submissions can be decoded as whole sets. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "../files/atomic";
import type { HeadFolders } from "../train/saved-heads";
import { priorDecoder, type SetDecoder, type TagSets } from "./tag-sets";

/** What was tuned for one head: see `tunePrior`. */
export interface TunedPrior {
  alpha: number;
  novel?: number;
}

interface PriorFile {
  tagCols: readonly string[];
  /** Training rows in which sets were counted. */
  rows: number;
  /** Each set's tags by their numbers, with its count and pmi. */
  sets: { tags: number[]; count: number; pmi: number }[];
  heads: Record<string, TunedPrior>;
}

const pathOf = ({ heads }: Pick<HeadFolders, "heads">): string => `${heads}/set-priors.json`;

/**
 * Write the sets and what was tuned for each head, and return the file's path. `tagCols` names the tags' columns.
 *
 * ```ts
 * const project = { heads: folder };
 * const sets = countSets(Uint8Array.of(1, 0, 1, 1), 2);
 * await writePriors(project, ["tag1", "tag2"], sets, { "linear-txt": { alpha: 0.4 } });
 * const decoderOf = await readPriors(project, ["tag1", "tag2"]);
 * decodeSets(Float32Array.of(1, -2), decoderOf("linear-txt")); // → [1, 0]
 * ```
 */
export async function writePriors(
  folders: Pick<HeadFolders, "heads">,
  tagCols: readonly string[],
  { members, counts, pmi, rows, tags }: TagSets,
  heads: Readonly<Record<string, TunedPrior>>,
): Promise<string> {
  if (tagCols.length !== tags)
    throw new Error(`writePriors: ${tagCols.length} columns for sets of ${tags} tags`);
  const sets = Array.from(counts, (count, set) => ({
    tags: [...tagCols.keys()].filter((tag) => members[set * tags + tag] === 1),
    count,
    pmi: pmi[set],
  }));
  const file: PriorFile = { tagCols, rows, sets, heads };
  const path = pathOf(folders);
  await writeFileAtomic(path, `${JSON.stringify(file)}\n`);
  return path;
}

/**
 * The decoder of each head, by its name, as `writePriors` kept them. Throws if there is no such file, if it is damaged, or
 * if the tags asked for are not those it was made with; and for a head that nothing was tuned for.
 */
export async function readPriors(
  folders: Pick<HeadFolders, "heads">,
  tagCols: readonly string[],
): Promise<(head: string) => SetDecoder> {
  const path = pathOf(folders);
  if (!existsSync(path)) throw new Error(`${path} is missing: run notebook 16-decode first`);
  const file = parse(await readFile(path, "utf8"), path);
  const again = "run notebook 16-decode again";
  const unseen = tagCols.filter((col) => !file.tagCols.includes(col));
  if (unseen.length > 0)
    throw new Error(
      `${path} was made for ${file.tagCols.length} tags and never saw ${unseen.slice(0, 5).join(", ")}: ${again}`,
    );
  if (tagCols.join() !== file.tagCols.join())
    throw new Error(`${path} was made for other tags, or in another order: ${again}`);
  const tags = tagCols.length;
  const members = new Uint8Array(file.sets.length * tags);
  file.sets.forEach((set, i) => set.tags.forEach((tag) => (members[i * tags + tag] = 1)));
  const sets: TagSets = {
    tags,
    members,
    counts: Int32Array.from(file.sets, ({ count }) => count),
    rows: file.rows,
    pmi: Float32Array.from(file.sets, ({ pmi }) => pmi),
  };
  return (head) => {
    if (!Object.hasOwn(file.heads, head))
      throw new Error(
        `${path} has no prior for ${head}, only for ${Object.keys(file.heads).join(", ")}: ${again}`,
      );
    const { alpha, novel } = file.heads[head];
    const decoder = priorDecoder(sets, alpha);
    return novel === undefined ? decoder : { ...decoder, novel };
  };
}

function parse(text: string, path: string): PriorFile {
  try {
    const file = JSON.parse(text) as PriorFile;
    const tags = file.tagCols.length;
    const isSet = (set: PriorFile["sets"][number]): boolean =>
      Number.isFinite(set.pmi) && set.count > 0 && set.tags.every((tag) => tag >= 0 && tag < tags);
    if (file.sets.length > 0 && file.sets.every(isSet) && typeof file.heads === "object")
      return file;
  } catch {
    // said below
  }
  throw new Error(`${path} is damaged: remove it, and run notebook 16-decode again`);
}
