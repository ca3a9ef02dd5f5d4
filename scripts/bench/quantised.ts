/**
 * What 8-bit embeddings cost: validation exact match and macro F1 of the linear head on the drawn sample, trained on
 * embeddings in fp32 and in q8, over some seeds (order of batches, first weights). Needs notebooks 01 and 02.
 */
import { embedSplit } from "../../lib/embed/embed";
import { experimentNamed } from "../../lib/train/experiments";
import { loadFeatures } from "../../lib/embed/features";
import { settingsFor } from "../../lib/train/settings";
import { trainHead } from "../../lib/train/train";
import { asTensors, loadTrainingData, type TrainingData } from "../../lib/train/training-data";
import type { EpochLog } from "../../lib/train/training-log";
import { projectOf } from "../../lib/project";
import { readOptions } from "./options";
import { report, run, say } from "./part";

const project = projectOf("mini-geograph");
const { dataset, encoder } = project;
const head = "linear-img-txt-loc";

async function scores(data: TrainingData, seeds: readonly number[]): Promise<EpochLog[]> {
  const best: EpochLog[] = [];
  for (const seed of seeds) {
    const trained = await trainHead(experimentNamed(head), data, {
      ...settingsFor("linear", project),
      seed,
    });
    best.push(trained.best);
  }
  return best;
}

async function main(): Promise<void> {
  const seeds = readOptions().quick ? [42] : [42, 43, 44, 45, 46];
  say("embedding the sample in q8");
  await embedSplit({ dataset, encoder, split: "train", dtype: "q8" });
  const data = await loadTrainingData(project);
  const { features } = await loadFeatures({ dataset, encoder, split: "train", dtype: "q8" });
  const found = {
    fp32: await scores(data, seeds),
    q8: await scores({ ...data, features: asTensors(features) }, seeds),
  };
  for (const dtype of ["fp32", "q8"] as const)
    for (const [key, what] of [
      ["valExactMatch", "exact match"],
      ["valMacroF1", "macro F1"],
    ] as const)
      report({
        what: `${head}: ${what}, embeddings in ${dtype}`,
        unit: "share",
        ours: found[dtype].map((one) => one[key]),
        note: `the drawn sample with mini-clip, median of ${seeds.length} seeds`,
      });
}

run("quantised", main);
