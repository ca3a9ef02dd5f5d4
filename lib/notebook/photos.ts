/** Notebooks on a dataset without photos: which cells are skipped. */
import type { Project } from "../project";
import { showMarkdown } from "./display";

/** Where the kernel looks for what to skip (scripts/kernel/skip.cjs). */
const SKIPPED = Symbol.for("clip-the-landscape: skipped cells");

/** Cells that begin with this comment need photos. */
const NEEDS_PHOTOS = /^\/\/ needs photos\b/;
/** All cells but the one that asks, which can be run again when photos have arrived. */
const OTHERS = /^(?![^]*havePhotos\()/;

/**
 * Whether there are photos to learn from (see `countPhotos`). If not, says so below the cell, and from here on cells that
 * begin with the comment `// needs photos` are skipped, with a line in their place; with `everyCell` all are. Throws if
 * notebook 1 has not been run.
 */
export async function havePhotos(
  project: Pick<Project, "train" | "inputs">,
  { everyCell = false }: { everyCell?: boolean } = {},
): Promise<boolean> {
  const { countPhotos } = await import("../data/photos"); // not before: it loads DuckDB
  const { rows, photos, enough } = await countPhotos(project);
  const which = everyCell ? OTHERS : NEEDS_PHOTOS;
  const reason = `Skipped: it needs photos, and ${project.inputs} has ${photos === 0 ? "none" : "too few"}.`;
  Reflect.set(globalThis, SKIPPED, enough ? undefined : { which, reason });
  if (!enough)
    showMarkdown(
      `**Without photos.** ${photos} of the ${rows.toLocaleString("en-GB")} labelled rows have one, fewer than half: all ` +
        `rows are used, by their titles and places. ` +
        (everyCell
          ? "This notebook needs photos, so its cells are skipped."
          : "Cells that need photos are skipped."),
    );
  return enough;
}
