/**
 * What the authors' public release says without a single photo. The counts are committed (`data/paper/evidence/`), so
 * that notebooks 14 and 15 run everywhere; with the release at hand they are made again from it.
 */
import { existsSync } from "node:fs";
import { RELEASE_FOLDER } from "../data/release";
import * as paper from "../data/paper";
import { writeFileAtomic } from "../files/atomic";
import { literal, query } from "../files/table";
import { possiblyZipped } from "../files/zipped";
import { headEvidence, type HeadEvidence } from "./evidence-heads";
import { labelEvidence, type LabelEvidence } from "./evidence-labels";
import { submissionEvidence, type SubmissionEvidence } from "./evidence-submissions";

/** Tables by name; pairs of tags are in `data/paper/tag-pairs.csv` already. */
export type Evidence = Omit<LabelEvidence, "pairs"> & HeadEvidence & SubmissionEvidence;

export const EVIDENCE_FOLDER = "data/paper/evidence";

/** Each table's file, and its columns: the name in the file, the name here. */
const TABLES: Record<keyof Evidence, { file: string; columns: Record<string, string> }> = {
  counts: { file: "tag-counts", columns: { col: "cols", images: "images" } },
  setSizes: { file: "set-sizes", columns: { images: "images", sets: "sets" } },
  sets: { file: "common-sets", columns: { cols: "cols", images: "images" } },
  trios: { file: "trios", columns: { cols: "cols", images: "images" } },
  neighbours: { file: "neighbours", columns: { gap: "gap", images: "images", same: "same" } },
  cosines: {
    file: "head-cosines",
    columns: {
      col_a: "colA",
      col_b: "colB",
      img_img: "imgImg",
      txt_txt: "txtTxt",
      img_txt: "imgTxt",
      fused: "fused",
    },
  },
  location: {
    file: "location-weights",
    columns: { experiment: "experiment", unit: "unit", north: "north", east: "east" },
  },
  bins: {
    file: "weight-sizes",
    columns: { part: "part", quarters: "quarters", weights: "weights" },
  },
  given: {
    file: "tags-given",
    columns: { experiment: "experiment", tags: "tags", images: "images" },
  },
  agreements: { file: "agreements", columns: { a: "a", b: "b", images: "images" } },
};
const keys = Object.keys(TABLES) as (keyof Evidence)[];

/** Where in a dataset's folder the release's parts lie. */
const parts = (folder: string): Record<"labels" | "heads" | "submissions", string> => ({
  labels: `${folder}/train.csv`,
  heads: `${folder}/release/heads`,
  submissions: `${folder}/release/submissions`,
});

/**
 * Whether labels, heads and submissions of the release are there.
 *
 * ```ts
 * hasRelease(folder); // → false
 * ```
 */
export function hasRelease(folder = RELEASE_FOLDER): boolean {
  const { labels, heads, submissions } = parts(folder);
  return possiblyZipped(labels) !== null && [heads, submissions].every((path) => existsSync(path));
}

/**
 * Make the evidence from the release, which `npm run release` fetches. Takes half a minute. Throws, naming the file, if a
 * part of the release is missing or not what it should be.
 *
 * ```ts
 * const why = await gatherEvidence(folder).catch((error: Error) => error.message);
 * /train.csv is missing.*npm run release/.test(String(why)); // → true
 * ```
 */
export async function gatherEvidence(folder = RELEASE_FOLDER): Promise<Evidence> {
  const { labels, heads, submissions } = parts(folder);
  const cols = (await paper.tags()).map(({ col }) => col);
  const submitted = (await paper.results()).filter(({ kagglePublic }) => kagglePublic !== null);
  const names = submitted.map(({ experiment }) => experiment).sort();
  const { counts, setSizes, sets, trios, neighbours } = await labelEvidence(labels);
  return {
    counts,
    setSizes,
    sets,
    trios,
    neighbours,
    ...(await headEvidence(heads, cols)),
    ...(await submissionEvidence(submissions, names)),
  };
}

/** Write the evidence, a CSV file for each table. */
export async function writeEvidence(evidence: Evidence, folder = EVIDENCE_FOLDER): Promise<void> {
  for (const key of keys) {
    const { file, columns } = TABLES[key];
    const rows = evidence[key] as unknown as Record<string, string | number>[];
    const lines = rows.map((row) =>
      Object.values(columns)
        .map((name) => row[name])
        .join(","),
    );
    const text = [Object.keys(columns).join(","), ...lines, ""].join("\n");
    await writeFileAtomic(`${folder}/${file}.csv`, text);
  }
}

/**
 * The committed evidence.
 *
 * ```ts
 * const { sets } = await readEvidence();
 * sets.length > 0; // → true
 * ```
 */
export async function readEvidence(folder = EVIDENCE_FOLDER): Promise<Evidence> {
  const tables = keys.map(async (key) => {
    const { file, columns } = TABLES[key];
    const path = `${folder}/${file}.csv`;
    if (!existsSync(path)) throw new Error(`${path} is missing: it belongs to the repository`);
    const names = Object.entries(columns).map(([column, name]) => `"${column}" AS "${name}"`);
    const rows = await query(
      `SELECT ${names.join(", ")} FROM read_csv(${literal(path)}, header = true)`,
    );
    return [key, rows] as const;
  });
  return Object.fromEntries(await Promise.all(tables)) as unknown as Evidence;
}
