/** Labels of the paper's size: the competition's where they are, else sets of tags drawn with their frequencies. */
import {
  readTagStatistics,
  tagSetSampler,
  type TagStatistics,
} from "../../data/draw-sample/tag-sets";
import { tags as paperTags } from "../../lib/data/paper";
import { RELEASE_FOLDER } from "../../lib/data/release";
import { columns, identifier, literal } from "../../lib/files/table";
import { possiblyZipped, withPlainFile } from "../../lib/files/zipped";
import { seededRandom } from "../../lib/random";

/** Photos with more tags are left out, as in the paper. */
const MOST_TAGS = 5;
const SEED = 0;

export interface PaperLabels {
  ids: Int32Array;
  /** 0 or 1, [ids, tags] row by row. */
  labels: Uint8Array;
  tags: number;
}

/** The competition's labels, if they have been fetched. */
export const releaseLabels = `${RELEASE_FOLDER}/train.csv`;
export const hasRelease = (): boolean => possiblyZipped(releaseLabels) !== null;

/** Rows of the competition's labels with 1 to 5 tags, in the file's order: `rows` of them at random, or all if it has fewer. */
export async function labelsOfRelease(rows: number, path = releaseLabels): Promise<PaperLabels> {
  const cols = (await paperTags()).map(({ col }) => col);
  const names = cols.map(identifier);
  const read = await withPlainFile(path, (plain) =>
    columns<Record<string, Uint8Array> & { gridimage_id: Int32Array }>(
      `SELECT CAST(gridimage_id AS INTEGER) AS gridimage_id,
      ${names.map((name) => `CAST(CAST(${name} AS DOUBLE) AS UTINYINT) AS ${name}`).join(", ")}
      FROM read_csv(${literal(plain)}, header = true, all_varchar = true)
      WHERE ${names.map((name) => `CAST(${name} AS DOUBLE)`).join(" + ")} BETWEEN 1 AND ${MOST_TAGS}`,
    ),
  );
  const all = read.gridimage_id.length;
  const chosen =
    rows < all
      ? seededRandom(SEED).permutation(all).subarray(0, rows).sort()
      : Int32Array.from({ length: all }, (_, row) => row);
  const labels = new Uint8Array(chosen.length * cols.length);
  cols.forEach((col, tag) =>
    chosen.forEach((row, i) => (labels[i * cols.length + tag] = read[col][row])),
  );
  return { ids: chosen.map((row) => read.gridimage_id[row]), labels, tags: cols.length };
}

/** Sets of 1 to 5 tags with the competition's frequencies; ids count from 1. */
export async function drawnLabels(rows: number): Promise<PaperLabels> {
  const statistics: TagStatistics = await readTagStatistics();
  const perImage = statistics.perImage.slice(0, MOST_TAGS);
  const draw = tagSetSampler({ ...statistics, perImage });
  const random = seededRandom(SEED);
  const tags = statistics.cols.length;
  const labels = new Uint8Array(rows * tags);
  for (let row = 0; row < rows; row++) for (const tag of draw(random)) labels[row * tags + tag] = 1;
  return { ids: Int32Array.from({ length: rows }, (_, row) => row + 1), labels, tags };
}
