import { expect, test } from "vitest";
import { embedCommand, UsageError } from "./options";

test("what the options mean", () => {
  expect(embedCommand(["--dataset", "kaggle"])).toMatchObject({
    dataset: "kaggle",
    encoder: "Xenova/clip-vit-base-patch32",
    splits: ["train", "test"],
    dtype: "fp32",
    device: "cpu",
    shards: undefined,
    workers: undefined,
    photos: "now",
    retryFailed: false,
    logEvery: 30,
    list: false,
  });
  expect(
    embedCommand([
      "--dataset",
      "d",
      "--split",
      "test",
      "--shards",
      "0-3,8",
      "--shard",
      "2",
      "--shard",
      "11",
      "--dtype",
      "q8",
      "--workers",
      "3",
      "--rows-per-shard",
      "500",
      "--retry-failed",
      "--photos",
      "later",
      "--encoder",
      "./models/x",
      "--device",
      "cuda",
    ]),
  ).toMatchObject({
    splits: ["test"],
    shards: [0, 1, 2, 3, 8, 11],
    dtype: "q8",
    workers: 3,
    rowsPerShard: 500,
    photos: "later",
    retryFailed: true,
    encoder: "./models/x",
    device: "cuda",
  });
  expect(embedCommand(["--split", "train", "--list", "--json"])).toMatchObject({
    list: true,
    json: true,
  });
});

test.each([
  [["--bogus"], "--bogus"],
  [["train"], "train"],
  [["--split", "val"], '--split must be train or test, not "val"'],
  [["--shard", "0"], "need --split"],
  [["--split", "test", "--shard", "-1"], "--shard"],
  [["--split", "test", "--shard", "1.5"], '--shard must be a whole number from 0 on, not "1.5"'],
  [["--split", "test", "--shard", ""], "--shard must be"],
  [["--split", "test", "--shards", "3-1"], "--shards must be like"],
  [["--split", "test", "--shards", "a"], "--shards must be like"],
  [["--workers", "0"], "--workers must be a whole number from 1"],
  [["--photos", "never"], "now or later"],
  [["--dtype", "fp16"], "fp32 or q8"],
  [["--device", "gpu"], "cpu or cuda"],
  [["--json"], "--json goes with --list"],
])("%j is refused", (args, message) => {
  expect(() => embedCommand(args)).toThrow(UsageError);
  expect(() => embedCommand(args)).toThrow(message);
});
