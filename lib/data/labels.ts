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
  /** The tag columns, "tag479" and so on. */
  tagCols: string[];
  /** The tags' names, in the same order. */
  tags: string[];
}

/** The tags in the order of the label columns. Throws if notebook 01 has not been run. */
export async function loadTags(project: Project): Promise<Tag[]> {
  return query<Tag>(`FROM ${literal(requireFile(project.tags, "01-preprocess"))}`);
}

/** The labels of all rows of train.parquet. Throws if notebook 01 has not been run. */
export async function loadLabels(project: Project): Promise<Labels> {
  const tags = await loadTags(project);
  const path = requireFile(project.train, "01-preprocess");
  const read = await columns<
    Record<string, Uint8Array> & { gridimage_id: Int32Array }
  >(`SELECT gridimage_id,
    split = 'val' AS validation, ${tags.map((tag) => tag.col).join(", ")}
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
    tagCols: tags.map(({ col }) => col),
    tags: tags.map(({ tag }) => tag),
  };
}

/** Some rows (numbers from 0) of a label matrix [n, width]: copies, [rows.length, width] in the order given. */
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
