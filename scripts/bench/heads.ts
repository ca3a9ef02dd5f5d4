/**
 * Training one head beside PyTorch at the paper's size: time an epoch.
 *
 *     npm run bench -- heads [--rows N] [--data FOLDER] [--python PROGRAM] [--quick] [--rounds 3]
 *
 * Times are of all training rows, ours and PyTorch's in turns, validation apart.
 */
import { experimentNamed } from "../../lib/train/experiments";
import { paperScaleData } from "./paper-data";
import { start, timeBeside, timed } from "./torch-heads";

start("heads", async (folder) => {
  const data = await paperScaleData(folder);
  for (const name of timed)
    await timeBeside(folder, data, [experimentNamed(name)], { what: name, goal: "≤ 0.9 ×" });
});
