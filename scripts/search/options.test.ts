import { expect, test } from "vitest";
import { SEARCH_USAGE, searchCommand, UsageError } from "./options";

test("words, photos, more and less of something", () => {
  const command = searchCommand(["narrowboat", "in the snow", "--top=3", "--minus", "a bridge"]);
  expect(command).toMatchObject({
    plus: ["narrowboat in the snow"],
    minus: ["a bridge"],
    top: 3,
    by: "img",
    splits: ["train", "test"],
  });
  const like = searchCommand(["--like", "17", "--plus", "snow", "--plus", "a church"]);
  expect(like).toMatchObject({ like: "17", plus: ["snow", "a church"], top: 10 });
});

test("dataset and encoder; what titles and one split mean", () => {
  const { project, by, splits } = searchCommand(
    "sheep --dataset kaggle --encoder models/x --by titles --split test".split(" "),
  );
  expect([project.dataset, project.encoder, by, splits]).toEqual([
    "kaggle",
    "models/x",
    "txt",
    ["test"],
  ]);
});

test("help needs no words, and names every option", () => {
  expect(searchCommand(["--help"]).help).toBe(true);
  for (const option of ["like", "plus", "minus", "by", "split", "top", "dataset", "encoder"])
    expect(SEARCH_USAGE).toContain(`--${option}`);
});

test.each([
  [[], /say what to look for/],
  [["--minus", "snow"], /say what to look for/],
  [["x", "--plus", " "], /need words/],
  [["x", "--top", "0"], /--top takes a whole number from 1, not "0"/],
  [["x", "--by", "sound"], /--by must be photos or titles, not "sound"/],
  [["x", "--split", "val"], /--split must be train or test, not "val"/],
  [["x", "--tpo", "3"], /--tpo/],
])("%j is refused", (args, message) => {
  expect(() => searchCommand(args)).toThrow(UsageError);
  expect(() => searchCommand(args)).toThrow(message);
});
