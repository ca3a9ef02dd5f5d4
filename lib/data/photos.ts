/** Looking photos up by their ids, in the prepared training table. */
import { type Project, requireFile } from "../project";
import { columns, literal } from "../files/table";

export interface Photo {
  id: number;
  /** Path from the root of the repository; null where the photo is not on disk. */
  image: string | null;
  /** '' where there is none. */
  title: string;
}

/** Labelled photos in the order of `ids`. Throws, naming it, for an id that is not in the table. */
export async function photosOf(ids: ArrayLike<number>, project: Project): Promise<Photo[]> {
  const { inputs, train } = project;
  const found = await columns<{ id: Int32Array; image: (string | null)[]; title: string[] }>(
    `SELECT gridimage_id AS id, image, title FROM ${literal(requireFile(train, "01-preprocess"))}
     WHERE gridimage_id IN (${["NULL", ...Array.from(ids)].join()})`,
  );
  const rowOf = new Map(Array.from(found.id, (id, row) => [id, row]));
  return Array.from(ids, (id) => {
    const row = rowOf.get(id);
    if (row === undefined)
      throw new Error(`Photo ${id} is not among the labelled photos of ${train}`);
    const image = found.image[row];
    return { id, image: image === null ? null : `${inputs}/${image}`, title: found.title[row] };
  });
}
