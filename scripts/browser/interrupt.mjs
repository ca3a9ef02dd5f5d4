// Interrupting a long cell: it ends soon, what it had is kept, and the kernel goes on working.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeNotebook, command, kernelIs, openNotebook, sleep } from "./lab.mjs";
import { readCells } from "./checks.mjs";

const sources = [
  `import { interruptSignal, openProject } from "./lib";
import { experimentNamed, loadTrainingData, settingsFor } from "./lib/train";
import { trainHead, type TrainedHead } from "./lib/train";
import { progressBar } from "./lib/notebook";
const project = openProject();
const data = await loadTrainingData(project);
let head: TrainedHead | undefined;`,
  `const usual = settingsFor("linear", project);
const endless = { ...usual, maxEpochs: 100_000, patience: 100_000 };
const bar = progressBar("linear-img", "epochs");
head = await trainHead(experimentNamed("linear-img"), data, endless, {
  signal: interruptSignal(), onEpoch: ({ epoch }) => bar.update(epoch, 100_000) });`,
  `await new Promise((done) => setTimeout(done, 3000));
console.log("alive", head !== undefined && head.log.length > 3);`,
];

function notebook() {
  const cells = sources.map((source, i) => ({
    cell_type: "code",
    id: `cell-${i}`,
    execution_count: null,
    metadata: {},
    outputs: [],
    source,
  }));
  const kernelspec = { name: "tslab", display_name: "TypeScript (tslab)", language: "typescript" };
  return JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}

/** Select a cell and run it. */
async function runCell(page, index) {
  await page.evaluate(
    (index) => (window.jupyterapp.shell.currentWidget.content.activeCellIndex = index),
    index,
  );
  await page.evaluate(() => void window.jupyterapp.commands.execute("notebook:run-cell"));
}

/** Complaints, none if all is well. */
export async function interrupt(browser, folder) {
  writeFileSync(join(folder, "interrupted.ipynb"), notebook());
  const page = await openNotebook(browser, "interrupted");
  try {
    await runCell(page, 0);
    await kernelIs(page, "busy");
    await kernelIs(page, "idle");
    await runCell(page, 1);
    await page.waitForFunction(() => window.progressValues.size > 3, undefined, {
      timeout: 120_000,
    });
    const started = Date.now();
    await command(page, "notebook:interrupt-kernel");
    await kernelIs(page, "idle", 20_000);
    const ms = Date.now() - started;
    await sleep(2000); // cells that were waiting are dropped together with the interrupted one
    await runCell(page, 2);
    await page.waitForFunction(
      () => window.jupyterapp.shell.currentWidget.content.widgets[2].model.outputs.length > 0,
      undefined,
      { timeout: 30_000 },
    );
    const last = JSON.stringify((await readCells(page))[2].outputs);
    return {
      ms,
      complaints: last.includes("alive true")
        ? []
        : [`the cell after the interrupt said ${last.slice(0, 300)}`],
    };
  } finally {
    await closeNotebook(page);
  }
}
