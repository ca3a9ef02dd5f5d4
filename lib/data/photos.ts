/** Photos: which of them are on disk, and looking them up by their ids in the prepared training table. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { columns, literal, query, type Database } from "../files/table";
import { type Project, requireFile } from "../project";

export interface ImageCounts {
  /** Files in train_images/ and, of others, in extra_images/. */
  train: number;
  extra: number;
  /** Files in test_images/. */
  test: number;
  /** Photos that lie in one of these folders, but not where they are looked for. */
  misplaced: number;
  /** Image folders that are not there at all. */
  missingFolders: string[];
}

/** An image's place below its folder: `<floor(id / 10000) in five digits>/<id>.jpg`. */
export function imageFile(id: number): string {
  return `${String(Math.floor(id / 10_000)).padStart(5, "0")}/${id}.jpg`;
}

interface FoundImages {
  /** By id, the path below the inputs. */
  images: Map<number, string>;
  /** Paths below the inputs of photos that lie elsewhere in the folder. */
  misplaced: string[];
}

/** A photo's id by its file's name, with the endings that cameras and unpackers give JPEGs; NaN for another file. */
function photoId(name: string): number {
  return Number(/^([1-9]\d*)\.jpe?g$/i.exec(name)?.[1] ?? NaN);
}

/** Folders are looked into this far: a dataset's train_images/ may have been unpacked into another train_images/. */
const MAX_DEPTH = 3;

/**
 * The photos in one folder of the inputs. Folders are listed whole: asking for 745,000 files one by one would take
 * minutes.
 */
function listImages(inputs: string, folder: string): FoundImages {
  const found: FoundImages = { images: new Map(), misplaced: [] };
  const visit = (path: string, depth: number): void => {
    for (const entry of readdirSync(`${inputs}/${path}`, { withFileTypes: true })) {
      const file = `${path}/${entry.name}`;
      const id = photoId(entry.name);
      if (Number.isNaN(id)) {
        const isFolder =
          entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(`${inputs}/${file}`));
        if (isFolder && depth < MAX_DEPTH) visit(file, depth + 1);
      } else if (file.replace(/[^.]*$/, "jpg") === `${folder}/${imageFile(id)}`) {
        if (!found.images.has(id) || file.endsWith(".jpg")) found.images.set(id, file);
      } else found.misplaced.push(file);
    }
  };
  if (isDirectory(`${inputs}/${folder}`)) visit(folder, 0);
  return found;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Throws, saying what to do, if a folder's photos are there, but none of them where it is looked for. */
function checkPlaces(inputs: string, folder: string, { images, misplaced }: FoundImages): void {
  if (images.size > 0) return;
  if (misplaced.length === 0) {
    if (existsSync(`${inputs}/${folder}.zip`))
      throw new Error(
        `${inputs}/${folder} has no photo, but ${folder}.zip is there: unzip it in ${inputs}`,
      );
    return;
  }
  const [file] = misplaced;
  const place = imageFile(photoId(file.slice(file.lastIndexOf("/") + 1)));
  const nested = file.replace(/[^.]*$/, "jpg").endsWith(`/${place}`);
  const remedy = nested
    ? `Move them up: mv ${inputs}/${file.split("/").slice(0, -2).join("/")}/* ${inputs}/${folder}/`
    : "Photos belong in folders of ten thousand ids, named after the ids without their last four digits";
  throw new Error(
    `${inputs}/${folder} has ${misplaced.length} photos, but none where it should be: there is ${file}, ` +
      `not ${folder}/${place}. ${remedy}`,
  );
}

/**
 * List train_images/, extra_images/ (optional; used where train_images/ lacks the file) and test_images/ into the table
 * `image_files`: test (BOOLEAN), gridimage_id, image (path relative to the dataset's folder). Endings may be .jpg,
 * .jpeg or .JPG. That there are no photos at all is no error; that they are all in the wrong place, or still zipped, is.
 */
export async function findImages(db: Database, project: Project): Promise<ImageCounts> {
  const { inputs } = project;
  await db.run(
    "CREATE OR REPLACE TABLE image_files (test BOOLEAN, gridimage_id INTEGER, image VARCHAR)",
  );
  const found = ["train_images", "extra_images", "test_images"].map((folder) => {
    const listed = listImages(inputs, folder);
    checkPlaces(inputs, folder, listed);
    return listed;
  });
  const [train, extra, test] = found.map(({ images }) => images);
  for (const id of train.keys()) extra.delete(id);
  for (const images of [train, extra, test])
    await db.append("image_files", [
      Array.from(images, () => images === test),
      [...images.keys()],
      [...images.values()],
    ]);
  return {
    train: train.size,
    extra: extra.size,
    test: test.size,
    misplaced: found.reduce((sum, { misplaced }) => sum + misplaced.length, 0),
    missingFolders: ["train_images", "test_images"].filter(
      (name) => !isDirectory(`${inputs}/${name}`),
    ),
  };
}

/** Photos of the labelled rows, as notebook 1 found them. */
export interface PhotoCount {
  rows: number;
  /** Rows with a photo on disk. */
  photos: number;
  /**
   * Whether heads learn from photos: where at least half of the rows have one. Rows without one are then left out.
   * Otherwise the dataset counts as one without photos, and all rows train and validate on titles and places: a few photos
   * that have arrived must not cost the other rows.
   */
  enough: boolean;
}

/** See `PhotoCount`. */
export function enoughPhotos(photos: number, rows: number): boolean {
  return photos > 0 && 2 * photos >= rows;
}

/** Count the photos of the prepared labelled rows. Throws if notebook 1 has not been run. */
export async function countPhotos({ train }: Pick<Project, "train">): Promise<PhotoCount> {
  const table = literal(requireFile(train, "01-preprocess"));
  const [{ rows, photos }] = await query<{ rows: number; photos: number }>(
    `SELECT count(*)::INTEGER AS rows, count(image)::INTEGER AS photos FROM ${table}`,
  );
  return { rows, photos, enough: enoughPhotos(photos, rows) };
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
