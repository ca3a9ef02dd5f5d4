// A JupyterLab of our own on copies of the notebooks, and what a reader does in it: open, run all, restart, interrupt.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { environment, program, root } from "../environment.mjs";
import { labOptions } from "../lab/options.mjs";
import { endGroup, onStop, start } from "../processes.mjs";

const port = 18_000 + (process.pid % 1000);

/** Chromium, headless. CHROMIUM names the program, otherwise it is looked for in PATH. */
export function launchBrowser() {
  const candidates = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"].filter(
    Boolean,
  );
  const found = candidates
    .map((candidate) => spawnSync("which", [candidate], { encoding: "utf8" }).stdout.trim())
    .find(Boolean);
  if (!found)
    throw new Error(
      "Chromium was not found. Debian and Ubuntu: sudo apt install chromium; or set CHROMIUM to its path.",
    );
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  return chromium.launch({ executablePath: found, args });
}

/** Start JupyterLab, as `npm run lab` does, on a temporary copy of notebooks/; `stop` ends it and removes the copy. */
export async function startLab() {
  const folder = mkdtempSync(join(tmpdir(), "lab-"));
  const settings = join(folder, ".settings");
  cpSync(join(root, "notebooks"), folder, { recursive: true });
  // Cells far down the page are otherwise not in the page at all.
  mkdirSync(join(settings, "@jupyterlab", "notebook-extension"), { recursive: true });
  const tracker = join(
    settings,
    "@jupyterlab",
    "notebook-extension",
    "tracker.jupyterlab-settings",
  );
  writeFileSync(tracker, JSON.stringify({ windowingMode: "none" }));
  const options = ["--no-browser", "--allow-root", `--port=${port}`, "--ServerApp.port_retries=0"];
  options.push(
    "--LabApp.expose_app_in_browser=True",
    "--IdentityProvider.token=",
    "--ServerApp.password=",
  );
  options.push(...labOptions(folder, "README.md"));
  const server = start(program("jupyter"), ["lab", ...options], {
    cwd: root,
    // Neither the user's settings nor the notebooks that were open when JupyterLab was last closed.
    env: {
      ...environment(),
      JUPYTERLAB_SETTINGS_DIR: settings,
      JUPYTERLAB_WORKSPACES_DIR: join(folder, ".workspaces"),
    },
    stdio: "ignore",
  });
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  onStop(remove);
  const stop = async () => {
    await endGroup(server.pid, "SIGTERM", 10_000); // JupyterLab ends its kernels
    remove();
  };
  for (let i = 0; i < 240; i++) {
    const answers = await fetch(`http://127.0.0.1:${port}/api`)
      .then((reply) => reply.ok)
      .catch(() => false);
    if (answers) return { folder, stop };
    await sleep(500);
  }
  await stop();
  throw new Error("JupyterLab did not answer within two minutes");
}

/** What someone sees who starts JupyterLab: complaints, none if it is the contents, rendered, and no question. */
export async function welcome(browser) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  try {
    await page.goto(`http://127.0.0.1:${port}/`, { timeout: 120_000 });
    const title = page.locator(".jp-RenderedMarkdown h1").first();
    await title.waitFor({ timeout: 60_000 });
    const complaints = [];
    if (!/^Contents/.test(await title.textContent())) complaints.push("it isn't the contents page");
    await page.waitForTimeout(5000); // JupyterLab asks a little later
    const asked = await page.locator(".Toastify__toast, .jp-Dialog").allTextContents();
    return [...complaints, ...asked];
  } catch (error) {
    return [error.message];
  } finally {
    await page.close();
  }
}

/** Open a notebook on a fresh kernel; the outputs that came with the file are cleared. */
export async function openNotebook(browser, name) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  await page.goto(`http://127.0.0.1:${port}/lab/tree/${name}.ipynb?reset`, { timeout: 120_000 });
  await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor({ timeout: 120_000 });
  await page
    .locator("#jupyterlab-splash")
    .waitFor({ state: "detached", timeout: 60_000 })
    .catch(() => undefined);
  await kernelIs(page, "idle");
  // The file browser takes a quarter of this screen; readers close it too.
  await command(page, "application:toggle-left-area").catch(() => undefined);
  await clearOutputs(page);
  return page;
}

/** End the kernel and close the page. */
export async function closeNotebook(page) {
  await page
    .evaluate(() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown())
    .catch(() => undefined);
  await page.close();
}

export async function command(page, id) {
  await page.evaluate((id) => window.jupyterapp.commands.execute(id), id);
}

/** Outputs from before would hide a cell that prints nothing any more. Also notes all values of progress bars from now on. */
async function clearOutputs(page) {
  await command(page, "notebook:clear-all-cell-outputs");
  await page.evaluate(() => {
    window.progressValues = new Set();
    window.progressObserver?.disconnect();
    window.progressObserver = new MutationObserver(() =>
      document
        .querySelectorAll("progress")
        .forEach((bar) => window.progressValues.add(bar.value / bar.max)),
    );
    window.progressObserver.observe(document.body, {
      childList: true,
      subtree: true,
      attributes: true,
    });
  });
}

/** A new kernel, as after "Restart Kernel": nothing of before is known to it. */
export async function restart(page) {
  await page.evaluate(async () => {
    const { sessionContext } = window.jupyterapp.shell.currentWidget;
    const { name } = sessionContext.session.kernel;
    await sessionContext.changeKernel({ name });
  });
  await kernelIs(page, "idle");
  await clearOutputs(page);
}

export async function kernelIs(page, status, timeout = 120_000) {
  await page.waitForFunction(
    (status) =>
      window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === status,
    status,
    { timeout },
  );
}

/** Run all cells and wait until they are done, or one has failed. */
export async function runAll(page, timeout = 1_200_000) {
  // Not awaited: it would take as long as the cells do.
  await page.evaluate(() => void window.jupyterapp.commands.execute("notebook:run-all-cells"));
  await page.waitForFunction(
    () => {
      const cells = window.jupyterapp.shell.currentWidget.content.widgets.filter(
        (cell) => cell.model.type === "code",
      );
      const failed = cells.some((cell) =>
        cell.model.outputs.toJSON().some((output) => output.output_type === "error"),
      );
      const errors = '[data-mime-type="application/vnd.jupyter.stderr"]';
      const ran = (cell) =>
        cell.model.executionCount !== null && cell.model.executionState !== "running";
      return failed || document.querySelector(errors) !== null || cells.every(ran);
    },
    undefined,
    { timeout, polling: 500 },
  );
  await page.waitForTimeout(1500); // the last outputs are still being drawn
}

export function sleep(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
