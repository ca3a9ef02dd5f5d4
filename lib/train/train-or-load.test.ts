import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkpointPath } from "./checkpoint";
import { experimentNamed } from "./experiments";
import { readSafetensors, writeSafetensors } from "../files/safetensors";
import { seededRandom } from "../random";
import { bceLoss, type HeadLoss } from "./loss";
import { foldersIn, loadHead, type LoggedHead } from "./saved-heads";
import { paperSettings, type Settings } from "./settings";
import { tf, type Tensor2D } from "../tfjs";
import { trainOrLoad, trainOrLoadAll } from "./train-or-load";
import type { TrainingData } from "./training-data";
import { loadLog, type EpochLog } from "./training-log";

let folder = "";
let folders = { heads: "", logs: "" };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heads-"));
  folders = { heads: join(folder, "heads"), logs: join(folder, "logs") };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A weight's numbers, bit by bit. */
const bytes = ({ data }: { data: Float32Array }): Buffer => Buffer.from(data.slice().buffer);

/** Forty rows at random points with three tags that depend on them. */
function someData(): TrainingData {
  const random = seededRandom(5);
  const rows = Int32Array.from({ length: 40 }, (_, row) => row);
  const draw = (n: number, width: number): Tensor2D =>
    tf.tensor2d(
      Float32Array.from({ length: n * width }, () => random.normal()),
      [n, width],
    );
  return {
    features: { img: tf.zeros([40, 512]), txt: tf.zeros([40, 512]), loc: draw(40, 2) },
    labels: tf.cast(tf.greater(draw(40, 3), 0), "float32") as Tensor2D,
    trainRows: rows.subarray(0, 30),
    validationRows: rows.subarray(30),
    validationLabels: new Uint8Array(30),
    tags: 3,
    fingerprint: "one",
  };
}

test("a head is reused for equal data and settings, and trained again for others", async () => {
  const data = someData();
  const experiment = experimentNamed("linear-loc");
  const settings = { ...paperSettings("linear"), maxEpochs: 2 };
  const first = await trainOrLoad(experiment, data, settings, folders);
  const again = await trainOrLoad(experiment, data, settings, folders);
  expect([first.reused, again.reused]).toEqual([false, true]);
  expect(again.log).toEqual(first.log);
  expect(again.best).toEqual(first.best);
  expect(again.weights[0].data).toEqual(first.weights[0].data);
  expect(
    (await trainOrLoad(experiment, { ...data, fingerprint: "two" }, settings, folders)).reused,
  ).toBe(false);
  expect(
    (
      await trainOrLoad(
        experiment,
        { ...data, fingerprint: "two" },
        { ...settings, seed: 1 },
        folders,
      )
    ).reused,
  ).toBe(false);
});

test("a head is reused for an equal loss only, and leaves others their place", async () => {
  const data = someData();
  const experiment = experimentNamed("linear-loc");
  const settings = { ...paperSettings("linear"), maxEpochs: 2 };
  const reused = async (loss?: HeadLoss, where = folders): Promise<boolean> =>
    (await trainOrLoad(experiment, data, settings, where, { loss })).reused;
  const other = (name: string): HeadLoss => ({ ...bceLoss, name });
  expect([await reused(), await reused(bceLoss), await reused(other("one"))]).toEqual([
    false,
    true,
    false,
  ]);
  expect([await reused(other("one")), await reused(other("two")), await reused()]).toEqual([
    true,
    false,
    false,
  ]);
  expect(await reused(other("two"), foldersIn(folders, "two"))).toBe(false);
  expect([await reused(), await reused(other("two"), foldersIn(folders, "two"))]).toEqual([
    true,
    true,
  ]);
});

describe("an interrupted training", () => {
  const experiment = experimentNamed("mlp-loc-mixup");
  const settings = { ...paperSettings("mlp"), batchSize: 8, maxEpochs: 6 };
  const withoutTimes = (log: readonly EpochLog[]): EpochLog[] =>
    log.map((entry) => ({ ...entry, seconds: undefined }));
  /** Train, and press stop in the epoch after this one. */
  function stopAfter(
    epochs: number,
    data: TrainingData,
  ): Promise<LoggedHead & { reused: boolean }> {
    const stop = new AbortController();
    const onEpoch = ({ epoch }: EpochLog): void => {
      if (epoch + 1 === epochs) stop.abort();
    };
    return trainOrLoad(experiment, data, settings, folders, {
      onEpoch,
      signal: stop.signal,
      checkpointSeconds: 0,
    });
  }
  const checkpoint = (): string => checkpointPath(experiment.name, folders);

  test("keeps the best head, goes on later, and gives what an undisturbed one does", async () => {
    const data = someData();
    const elsewhere = { heads: join(folder, "a"), logs: join(folder, "b") };
    const whole = await trainOrLoad(experiment, data, settings, elsewhere);
    const first = await stopAfter(2, data);
    expect(first.log.length).toBe(2);
    expect(withoutTimes(await loadLog(experiment.name, folders))).toEqual(
      withoutTimes(whole.log.slice(0, 2)),
    );
    const kept = await loadHead(experiment.name, folders, 3);
    expect(kept.metadata.finished).toBe("false");
    expect(kept.weights[0].data).toEqual(first.weights[0].data);
    await stopAfter(4, data);
    const last = await trainOrLoad(experiment, data, settings, folders);
    expect(last.reused).toBe(false);
    expect(withoutTimes(last.log)).toEqual(withoutTimes(whole.log));
    expect(last.log.length).toBe(6);
    last.weights.forEach((weight, i) =>
      expect(bytes(weight).equals(bytes(whole.weights[i]))).toBe(true),
    );
    expect(existsSync(checkpoint())).toBe(false);
    expect((await trainOrLoad(experiment, data, settings, folders)).reused).toBe(true);
  });

  test("of several heads goes on for those that are not done, and loads the others", async () => {
    const data = someData();
    const stop = new AbortController();
    const both = [experimentNamed("linear-loc"), experiment];
    const settingsOf = ({ kind }: { kind: string }): Settings => ({
      ...settings,
      maxEpochs: kind === "mlp" ? 5 : 2,
    });
    const onEpoch = (_: unknown, { epoch }: EpochLog): unknown => epoch === 2 && stop.abort();
    const whole = await trainOrLoadAll(both, data, settingsOf, {
      heads: join(folder, "a"),
      logs: join(folder, "b"),
    });
    const first = await trainOrLoadAll(both, data, settingsOf, folders, {
      onEpoch,
      signal: stop.signal,
      checkpointSeconds: 0,
    });
    expect(first.map(({ log }) => log.length)).toEqual([2, 3]);
    const seen: string[] = [];
    const last = await trainOrLoadAll(both, data, settingsOf, folders, {
      onEpoch: ({ name }, { epoch }) => seen.push(`${name} ${epoch}`),
    });
    expect(seen).toEqual([3, 4].map((epoch) => `${experiment.name} ${epoch}`));
    expect(last.map(({ reused }) => reused)).toEqual([true, false]);
    last.forEach(({ log, weights }, i) => {
      expect(withoutTimes(log)).toEqual(withoutTimes(whole[i].log));
      weights.forEach((weight, j) =>
        expect(bytes(weight).equals(bytes(whole[i].weights[j]))).toBe(true),
      );
    });
  });

  test("does not go on with other data or settings", async () => {
    const data = someData();
    await stopAfter(2, data);
    const seen: number[] = [];
    const onEpoch = ({ epoch }: EpochLog): unknown => seen.push(epoch);
    await trainOrLoad(experiment, { ...data, fingerprint: "two" }, settings, folders, { onEpoch });
    expect(seen[0]).toBe(0);
  });

  test("with a damaged checkpoint is an error that says what to delete", async () => {
    const data = someData();
    const again = (): Promise<unknown> => trainOrLoad(experiment, data, settings, folders);
    await stopAfter(2, data);
    const bytes = readFileSync(checkpoint());
    const { tensors, metadata } = await readSafetensors(checkpoint());
    const advice = /mlp-loc-mixup.checkpoint\); delete this file to train mlp-loc-mixup afresh/;
    writeFileSync(checkpoint(), bytes.subarray(0, bytes.length - 4));
    await expect(again()).rejects.toThrow(advice);
    await writeSafetensors(checkpoint(), { tensors, metadata: { ...metadata, log: "[" } });
    await expect(again()).rejects.toThrow(advice);
    await writeSafetensors(checkpoint(), {
      tensors,
      metadata: { ...metadata, experiment: "mlp-loc" },
    });
    await expect(again()).rejects.toThrow("it is a checkpoint of mlp-loc");
    delete tensors["m.0.weight"];
    tensors.other = { shape: [1], data: Float32Array.of(1) };
    await writeSafetensors(checkpoint(), { tensors, metadata });
    await expect(again()).rejects.toThrow('"m.0.weight" should be 256 × 2, but is undefined');
  });
});
