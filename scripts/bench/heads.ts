/**
 * Training one head beside PyTorch at the paper's size: time an epoch.
 *
 *     npm run bench -- heads --data FOLDER [--python PYTHON] [--reference FOLDER] [--quick] [--rounds 3]
 *
 * The data are what make_features.py wrote; the reference folder has torch_heads.py. Times are of all training rows, ours
 * and PyTorch's in turns, validation apart.
 */
import { experimentNamed } from "../../lib/experiments";
import { paperScaleData } from "./paper-data";
import { report, say } from "./part";
import { collect, folder, number, ourTime, start, timed, torchTime, type Times } from "./torch-heads";

start("heads", async () => {
  const data = await paperScaleData(folder);
  for (const name of timed) {
    const times: Times[] = [];
    for (let round = 0; round < number("rounds", 3, 1); round++) {
      times.push({ pytorch: torchTime(name), ours: await ourTime([experimentNamed(name)], data) });
      say(`  ${name} ${JSON.stringify(times[round])}`);
    }
    collect(name, times, "≤ 1.0 ×").forEach(report);
  }
});
