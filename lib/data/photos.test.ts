import { afterEach, beforeEach, expect, test } from "vitest";
import { withDatabase } from "../files/table";
import { findImages, photosOf } from "./photos";
import { prepareAll } from "../fixtures/prepare-all";
import { enterTinyDataset, TINY, type Files } from "../fixtures/tiny-dataset";
import { projectOf } from "../project";

const tiny = projectOf("tiny");

let leave: () => void;
beforeEach(() => {
  leave = enterTinyDataset();
});
afterEach(() => leave());

/** The images of the tiny dataset after `change` to their paths; those that it returns null for are removed. */
async function imagesWhere(change: (path: string) => string | null): Promise<unknown> {
  leave();
  const files: Files = {};
  for (const path of Object.keys(TINY).filter((name) => name.endsWith(".jpg"))) {
    files[path] = null;
    const changed = change(path);
    if (changed !== null) files[changed] = "";
  }
  leave = enterTinyDataset(files);
  return withDatabase(async (db) => {
    const counts = await findImages(db, tiny);
    const rows = await db.query("SELECT image FROM image_files ORDER BY ALL LIMIT 1");
    return { ...counts, first: rows[0]?.image };
  });
}

test("photos come in the order asked for, repeated where repeated, with null for a missing image", async () => {
  await prepareAll(tiny);
  expect(await photosOf([20002, 10003, 20002], tiny)).toEqual([
    { id: 20002, image: "data/tiny/extra_images/00002/20002.jpg", title: "Plain" },
    { id: 10003, image: null, title: "" },
    { id: 20002, image: "data/tiny/extra_images/00002/20002.jpg", title: "Plain" },
  ]);
  expect(await photosOf([], tiny)).toEqual([]);
});

test("an id that is not in the table is named", async () => {
  await prepareAll(tiny);
  await expect(photosOf([10001, 30001], tiny)).rejects.toThrow(
    "Photo 30001 is not among the labelled photos",
  );
});

test.each([".JPG", ".jpeg", ".JPEG"])("photos may end in %s", async (ending) => {
  expect(await imagesWhere((path) => path.replace(".jpg", ending))).toEqual({
    train: 3,
    extra: 1,
    test: 2,
    misplaced: 1,
    missingFolders: [],
    first: `extra_images/00002/20002${ending}`,
  });
});

test.each<[string, (path: string) => string | null, RegExp]>([
  [
    "a folder too deep",
    (path) => path.replace("train_images/", "train_images/train_images/"),
    /train_images has 4 photos, but none where .*there is train_images\/train_images\/00001\/10001.jpg, not train_images\/00001\/10001.jpg. Move them up: mv data\/tiny\/train_images\/train_images\/\* data\/tiny\/train_images\/$/,
  ],
  [
    "without folders of ten thousand",
    (path) => path.replace(/train_images\/\d+\//, "train_images/"),
    /there is train_images\/10001.jpg, not train_images\/00001\/10001.jpg. Photos belong in folders/,
  ],
  [
    "in folders with shorter names",
    (path) => path.replace(/test_images\/0+/, "test_images/"),
    /there is test_images\/3\/30001.jpg, not test_images\/00003\/30001.jpg/,
  ],
  [
    "still zipped",
    (path) => (path.startsWith("test_images") ? "test_images.zip" : path),
    /test_images has no photo, but test_images.zip is there: unzip it in data\/tiny/,
  ],
])("photos %s are an error with the remedy", async (_, change, message) => {
  await expect(imagesWhere(change)).rejects.toThrow(message);
});

test("no photos at all are none", async () => {
  expect(await imagesWhere(() => null)).toMatchObject({
    train: 0,
    extra: 0,
    test: 0,
    misplaced: 0,
  });
});
