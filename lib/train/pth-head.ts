import { basename } from "node:path";
import { experimentNamed, type Experiment } from "./experiments";
import { weightsFrom, type Weights } from "./weights";
import { readPth } from "../files/pth/pth";

/**
 * A head that PyTorch saved, for example one of the paper's authors: its experiment, by default the one the file is
 * named after (the authors' earlier files have the encoder in their names, as "linear-img-clip.pth"), and its weights.
 * Throws if the file's tensors are not exactly those of the experiment.
 *
 * ```ts
 * const { experiment, weights } = await loadPthHead("lib/fixtures/linear-loc.pth");
 * experiment.modalities; // → ["loc"]
 * weights.map(({ shape }) => shape); // → [[49, 2], [49]]
 * ```
 */
export async function loadPthHead(
  path: string,
  name = basename(path, ".pth").replace(/-clip(?=-|$)/, ""),
  tags = 49,
): Promise<{ experiment: Experiment; weights: Weights }> {
  const experiment = experimentNamed(name);
  return { experiment, weights: weightsFrom(await readPth(path), experiment, tags, path) };
}
