/**
 * Training one head beside PyTorch at the paper's size: time an epoch.
 *
 *     npm run bench -- heads --data FOLDER [--python PYTHON] [--reference FOLDER] [--quick] [--rounds 3]
 *
 * The data are what make_features.py wrote; the reference folder has torch_heads.py. Times are of all training rows, ours
 * and PyTorch's in turns, validation apart.
 */
import { experimentNamed } from "../../lib/train/experiments";
import { paperScaleData } from "./paper-data";
import { folder, number, start, timeBeside, timed } from "./torch-heads";

start("heads", async () => {
  const data = await paperScaleData(folder);
  const rounds = number("rounds", 3, 1);
  for (const name of timed)
    await timeBeside(data, [experimentNamed(name)], { what: name, goal: "≤ 1.0 ×", rounds });
});
