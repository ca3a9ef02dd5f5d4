import { expect, test } from "vitest";
import { describeProgress, embedLog } from "./log";

const state = (done: number) => ({
  subject: "photos" as const,
  done,
  total: 10_000,
  rate: 312.4,
  secondsLeft: (10_000 - done) / 312.4,
  failures: 2,
});

function record(isTTY: boolean) {
  let time = Date.UTC(2026, 0, 31);
  let text = "";
  const stream = { isTTY, columns: 60, write: (more: string) => void (text += more) };
  const log = embedLog("kaggle train", stream, { every: 30, now: () => time });
  return { log, wait: (seconds: number) => void (time += seconds * 1000), text: () => text };
}

test("says how many are done, how fast, how long still, how many failed", () => {
  expect(describeProgress(state(1200))).toBe(
    "1,200 of 10,000 photos, 312 a second, 28 s left, 2 failed",
  );
  expect(describeProgress({ ...state(0), rate: 0, secondsLeft: Infinity })).toBe(
    "0 of 10,000 photos, 2 failed",
  );
  expect(describeProgress(state(10_000))).toBe("10,000 of 10,000 photos, 2 failed");
  expect(describeProgress({ ...state(10_000), subject: "titles" })).toBe("10,000 of 10,000 titles");
});

test("in a batch job's log: whole lines with the time, seldom, and the last one always", () => {
  const { log, wait, text } = record(false);
  for (const done of [0, 1000, 2000, 3000]) {
    log.progress(state(done));
    wait(16);
  }
  log.progress(state(10_000));
  log.close();
  expect(text().split("\n")).toEqual([
    "2026-01-31T00:00:00.000Z kaggle train: 0 of 10,000 photos, 312 a second, 32 s left, 2 failed",
    "2026-01-31T00:00:32.000Z kaggle train: 2,000 of 10,000 photos, 312 a second, 26 s left, 2 failed",
    "2026-01-31T00:01:04.000Z kaggle train: 10,000 of 10,000 photos, 2 failed",
    "",
  ]);
});

test("in a terminal: one line that is rewritten and fits, left standing when it ends", () => {
  const { log, wait, text } = record(true);
  log.progress(state(0));
  wait(0.1);
  log.progress(state(1));
  wait(0.2);
  log.progress(state(2000));
  log.note("waiting");
  log.progress(state(10_000));
  log.close();
  const clear = "\r\x1b[K";
  expect(text()).toBe(
    `${clear}kaggle train: 0 of 10,000 photos, 312 a second, 32 s left, ${clear}` +
      `kaggle train: 2,000 of 10,000 photos, 312 a second, 26 s le${clear}kaggle train: waiting\n` +
      `${clear}kaggle train: 10,000 of 10,000 photos, 2 failed\n`,
  );
});
