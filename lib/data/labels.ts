/** Labels as training reads them: one byte a cell, row by row. */
import type { Tag } from "./inputs";
import { type Project, requireFile } from "../project";
import { columns, literal, query } from "../files/table";

/** The rows of train.parquet, in its order: both splits together. */
export interface Labels {
  /** Image ids [n]. */
  ids: Int32Array;
  /** 0 or 1, [n, tags] row by row. */
  labels: Uint8Array;
  /** 1 for validation rows [n]. */
  validation: Uint8Array;
  /** 1 for rows whose image is on disk [n]. */
  hasImage: Uint8Array;
  /** The tag columns, "tag479" and so on. */
  tagCols: string[];
  /** The tags' names, in the same order. */
  tags: string[];
}

/** The tags in column order. Throws if notebook 01 has not been run. */
export async function loadTags(project: Project): Promise<Tag[]> {
  return query<Tag>(`FROM ${literal(requireFile(project.tags, "01-preprocess"))}`);
}

/** The labels of both splits. Throws if notebook 01 has not been run. */
export async function loadLabels(project: Project): Promise<Labels> {
  const tags = await loadTags(project);
  const path = requireFile(project.train, "01-preprocess");
  const read = await columns<
    Record<string, Uint8Array> & { gridimage_id: Int32Array }
  >(`SELECT gridimage_id,
    split = 'val' AS validation, image IS NOT NULL AS present, ${tags.map((tag) => tag.col).join(", ")}
    FROM ${literal(path)}`);
  const rows = read.gridimage_id.length;
  const width = tags.length;
  const labels = new Uint8Array(rows * width);
  tags.forEach(({ col }, j) => {
    const column: Uint8Array = read[col];
    for (let i = 0; i < rows; i++) labels[i * width + j] = column[i];
  });
  return {
    ids: read.gridimage_id,
    labels,
    validation: read.validation,
    hasImage: read.present,
    tagCols: tags.map(({ col }) => col),
    tags: tags.map(({ tag }) => tag),
  };
}

/** The row of each wanted id in `ids`. Throws, naming it, for an id that is not there. */
export function rowsOf(ids: Int32Array, wanted: ArrayLike<number>): Int32Array {
  const rowOf = new Map<number, number>();
  ids.forEach((id, row) => rowOf.set(id, row));
  return Int32Array.from(wanted, (id) => {
    const row = rowOf.get(id);
    if (row === undefined) {
      throw new Error(
        `Image ${id} is not among the ${ids.length} labelled rows: run notebooks 01 and 02 again`,
      );
    }
    return row;
  });
}

/** Some rows of a label matrix [n, width], copied in the order given. */
export function selectLabels(
  labels: Uint8Array,
  width: number,
  rows: ArrayLike<number>,
): Uint8Array {
  const selected = new Uint8Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    selected.set(labels.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  }
  return selected;
}
