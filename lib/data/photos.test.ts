import { afterAll, beforeAll, expect, test } from "vitest";
import { photosOf } from "./photos";
import { prepareAll } from "../fixtures/prepare-all";
import { enterTinyDataset } from "../fixtures/tiny-dataset";
import { projectOf } from "../project";

const tiny = projectOf("tiny");

let leave: () => void;
beforeAll(async () => {
  leave = enterTinyDataset();
  await prepareAll(tiny);
});
afterAll(() => leave());

test("photos come in the order asked for, repeated where repeated, with null for a missing image", async () => {
  expect(await photosOf([20002, 10003, 20002], tiny)).toEqual([
    { id: 20002, image: "data/tiny/extra_images/00002/20002.jpg", title: "Plain" },
    { id: 10003, image: null, title: "" },
    { id: 20002, image: "data/tiny/extra_images/00002/20002.jpg", title: "Plain" },
  ]);
  expect(await photosOf([], tiny)).toEqual([]);
});

test("an id that is not in the table is named", async () => {
  await expect(photosOf([10001, 30001], tiny)).rejects.toThrow(
    "Photo 30001 is not among the labelled photos",
  );
});
