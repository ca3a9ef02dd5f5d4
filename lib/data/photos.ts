/** Photos: which of them are on disk, and looking them up by their ids in the prepared training table. */
import { existsSync, readdirSync } from "node:fs";
import { columns, literal, type Database } from "../files/table";
import { type Project, requireFile } from "../project";

export interface ImageCounts {
  /** Files in train_images/ and, of others, in extra_images/. */
  train: number;
  extra: number;
  /** Files in test_images/. */
  test: number;
  /** Image folders that are not there at all. */
  missingFolders: string[];
}

/** An image's place below its folder: `<floor(id / 10000) in five digits>/<id>.jpg`. */
export function imageFile(id: number): string {
  return `${String(Math.floor(id / 10_000)).padStart(5, "0")}/${id}.jpg`;
}

/**
 * Ids of the images in one folder of the inputs that lie where `imageFile` says. Folders are listed whole: asking for
 * 745,000 files one by one would take minutes.
 */
function listIds(folder: string): number[] {
  const ids: number[] = [];
  if (!existsSync(folder)) return ids;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!/^\d{5,}$/.test(entry.name) || entry.isFile()) continue;
    for (const name of readdirSync(`${folder}/${entry.name}`)) {
      const match = /^([1-9]\d*)\.jpg$/.exec(name);
      if (match && imageFile(Number(match[1])) === `${entry.name}/${name}`)
        ids.push(Number(match[1]));
    }
  }
  return ids;
}

/**
 * List train_images/, extra_images/ (optional; used where train_images/ lacks the file) and test_images/ into the table
 * `image_files`: test (BOOLEAN), gridimage_id, image (path relative to the dataset's folder).
 */
export async function findImages(db: Database, project: Project): Promise<ImageCounts> {
  const { inputs } = project;
  const train = listIds(`${inputs}/train_images`);
  const known = new Set(train);
  const extra = listIds(`${inputs}/extra_images`).filter((id) => !known.has(id));
  const test = listIds(`${inputs}/test_images`);
  await db.run(
    "CREATE OR REPLACE TABLE image_files (test BOOLEAN, gridimage_id INTEGER, image VARCHAR)",
  );
  for (const [folder, ids] of [
    ["train_images", train],
    ["extra_images", extra],
    ["test_images", test],
  ] as const) {
    const images = ids.map((id) => `${folder}/${imageFile(id)}`);
    await db.append("image_files", [ids.map(() => folder === "test_images"), ids, images]);
  }
  const missingFolders = ["train_images", "test_images"].filter(
    (name) => !existsSync(`${inputs}/${name}`),
  );
  return { train: train.length, extra: extra.length, test: test.length, missingFolders };
}

export interface LabelledPhoto {
  id: number;
  /** Path from the root of the repository; null where the photo is not on disk. */
  image: string | null;
  /** '' where there is none. */
  title: string;
}

/** Labelled photos in the order of `ids`. Throws, naming it, for an id that is not in the table. */
export async function photosOf(ids: ArrayLike<number>, project: Project): Promise<LabelledPhoto[]> {
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
