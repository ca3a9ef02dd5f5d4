import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anEpoch } from "../fixtures/epoch";
import { bestEpoch, isFinished, loadLog, writeLog, type LoggedEpoch } from "./training-log";

const logged = (epoch: number, valExactMatch: number, valMacroF1 = 0.5): LoggedEpoch => ({
  ...anEpoch,
  epoch,
  valExactMatch,
  valMacroF1,
});

test("the best epoch is the first of those with the highest exact match, whatever their macro F1", () => {
  const log = [logged(0, 0.1, 0.5), logged(1, 0.3, 0.2), logged(2, 0.3, 0.9)];
  expect(bestEpoch(log).epoch).toBe(1);
});

test("of epochs without any exact match the last is kept, yet patience counts from the first", () => {
  const log = [0, 0, 0, 0].map((match, epoch) => logged(epoch, match));
  expect(bestEpoch(log).epoch).toBe(3);
  expect(bestEpoch([...log, logged(4, 0.001), logged(5, 0)]).epoch).toBe(4);
  expect(isFinished(log, { maxEpochs: 9, patience: 4 })).toBe(false);
  expect(isFinished(log, { maxEpochs: 9, patience: 3 })).toBe(true);
});

test("a training is finished when no epoch is left, or patience ran out since the best", () => {
  const log = [0.1, 0.3, 0.3, 0.2].map((match, epoch) => logged(epoch, match));
  expect(isFinished([], { maxEpochs: 5, patience: 1 })).toBe(false);
  expect(isFinished(log, { maxEpochs: 4, patience: 9 })).toBe(true);
  expect(isFinished(log, { maxEpochs: 5, patience: 9 })).toBe(false);
  expect(isFinished(log, { maxEpochs: 5, patience: 3 })).toBe(false);
  expect(isFinished(log, { maxEpochs: 5, patience: 2 })).toBe(true);
});

test("a log is tidy CSV; a line that is none is an error with its number", async () => {
  const folder = mkdtempSync(join(tmpdir(), "logs-"));
  const path = join(folder, "linear-img.csv");
  try {
    await writeLog("linear-img", [logged(0, 0.25)], { logs: folder });
    expect(readFileSync(path, "utf8").split("\n")).toEqual([
      "experiment,epoch,learning_rate,train_loss,val_exact_match,val_macro_f1,seconds",
      "linear-img,0,0.005,0.1,0.25,0.5,2.5",
      "",
    ]);
    writeFileSync(path, `${readFileSync(path, "utf8")}linear-img,2,0.005\n`);
    await expect(loadLog("linear-img", { logs: folder })).rejects.toThrow(
      'line 3 is not an epoch of linear-img ("linear-img,2',
    );
    writeFileSync(path, "epoch,loss\n");
    await expect(loadLog("linear-img", { logs: folder })).rejects.toThrow(
      "linear-img.csv: its first line should be",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
