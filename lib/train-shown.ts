import { experimentNamed } from "./experiments";
import { trainOrLoad } from "./head-files";
import { interruptSignal } from "./interrupt";
import { datasetName, paths } from "./paths";
import { duration, progressBar } from "./progress";
import { settingsFor, type TrainedHead } from "./train";
import type { TrainingData } from "./training-data";

/**
 * Train the named experiment (or load its head, if it was trained on the same data before) with a progress bar below the
 * running cell. Interrupting the cell returns the best head so far.
 */
export async function trainShown(
  name: string,
  data: TrainingData,
  dataset: string = datasetName(),
): Promise<TrainedHead> {
  const experiment = experimentNamed(name),
    settings = settingsFor(experiment.kind, dataset),
    started = Date.now();
  const bar = progressBar(name, "epochs");
  const trained = await trainOrLoad(experiment, data, settings, paths(dataset), {
    signal: interruptSignal(),
    onEpoch: ({ epoch, trainLoss }, best) =>
      bar.update(
        epoch + 1,
        settings.maxEpochs,
        `loss ${trainLoss.toFixed(4)}, best exact match ${best.valExactMatch.toFixed(4)} in epoch ${best.epoch + 1}`,
      ),
  });
  const { log, best, reused } = trained;
  bar.finish(
    `${log.length} epochs ${reused ? "(trained before)" : `in ${duration((Date.now() - started) / 1000)}`}, ` +
      `best exact match ${best.valExactMatch.toFixed(4)} in epoch ${best.epoch + 1}`,
  );
  return trained;
}
