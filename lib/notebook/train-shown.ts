import { experimentNamed, type Experiment } from "../train/experiments";
import { trainOrLoadAll, type KeptHead } from "../train/head-files";
import { interruptSignal } from "../interrupt";
import { describeBest, liveChart } from "./live-chart";
import type { Project } from "../project";
import { duration } from "./progress";
import { settingsFor, type Settings } from "../train/train";
import type { TrainingData, TrainingRows } from "../train/training-data";

/**
 * Train the named experiment (or load its head, if it was trained on the same data before) with a chart below the running
 * cell that grows with every epoch. Interrupting the cell keeps and returns the best head so far; running it again goes
 * on from there.
 */
export async function trainShown(
  name: string,
  data: TrainingData & Partial<TrainingRows>,
  project: Project,
): Promise<KeptHead> {
  return (await trainAllShown([name], data, project))[0];
}

/**
 * `trainShown` for many experiments: those that have not been trained yet are trained together, in one pass over the data,
 * the others loaded. Returns the heads in the order of the names; their weights are the caller's to dispose of.
 */
export async function trainAllShown(
  names: readonly string[],
  data: TrainingData & Partial<TrainingRows>,
  project: Project,
): Promise<KeptHead[]> {
  const experiments = names.map(experimentNamed);
  const settingsOf = ({ kind }: Experiment): Settings => settingsFor(kind, project);
  const started = Date.now();
  const maxEpochs = Math.max(...experiments.map((experiment) => settingsOf(experiment).maxEpochs));
  const chart = liveChart(names.length === 1 ? names[0] : `${names.length} experiments`, {
    maxEpochs,
  });
  const heads = await trainOrLoadAll(experiments, data, settingsOf, project, {
    signal: interruptSignal(),
    onEpoch: ({ name }, entry) => chart.epoch(name, entry),
  });
  chart.finish(summary(heads, (Date.now() - started) / 1000));
  return heads;
}

/** For example "20 epochs in 4 s, loss 0.1016, best exact match 0.3268 in epoch 12". */
function summary(heads: readonly KeptHead[], seconds: number): string {
  const fresh = heads.filter(({ reused }) => !reused);
  const epochs = Math.max(...heads.map(({ log }) => log.length));
  const time = fresh.length === 0 ? "(trained before)" : `in ${duration(seconds)}`;
  const some =
    fresh.length > 0 && fresh.length < heads.length
      ? ` (${fresh.length} heads trained, the others before)`
      : "";
  const best = describeBest(new Map(heads.map(({ experiment, log }) => [experiment.name, log])));
  return `${heads.length === 1 ? "" : "up to "}${epochs} epochs ${time}${some}, ${best}`;
}
