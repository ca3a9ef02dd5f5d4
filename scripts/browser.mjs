// Opens notebooks in a real JupyterLab in headless Chromium, runs all cells, and looks at the result as a reader would:
// every cell ran, none printed an error, Plotly figures are drawn, the progress bar moved.
//     node scripts/browser.mjs [--screens FOLDER] [01-preprocess 03-train-image …]
// Needs Chromium (CHROMIUM names it, otherwise it is looked for in PATH) and a finished `npm start`. It works on copies.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { environment, program, root } from "./environment.mjs";

const given = process.argv.slice(2),
  at = given.indexOf("--screens");
const screens = at >= 0 ? given.splice(at, 2)[1] : undefined;
const all = readdirSync(join(root, "notebooks"))
  .filter((name) => name.endsWith(".ipynb"))
  .map((name) => name.slice(0, -6));
const names = given.length > 0 ? given : ["01-preprocess", "03-train-image"];
/** What each notebook must show beyond running without an error. */
const expected = { "01-preprocess": { figures: 2 }, "03-train-image": { figures: 2, progress: true } };

const folder = mkdtempSync(join(tmpdir(), "lab-")),
  settings = join(folder, ".settings"),
  port = 18_000 + (process.pid % 1000);
let passed = 0,
  failed = 0;
const server = startServer();
try {
  await serverAnswers();
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  for (const name of names) await check(browser, name);
  await browser.close();
} finally {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`Browser: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function findChromium() {
  const candidates = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"].filter(Boolean);
  const found = candidates
    .map((candidate) => spawnSync("which", [candidate], { encoding: "utf8" }).stdout.trim())
    .find(Boolean);
  if (!found)
    throw new Error(
      "Chromium was not found. Debian and Ubuntu: sudo apt install chromium; or set CHROMIUM to its path.",
    );
  return found;
}

function startServer() {
  for (const name of all) copyFileSync(join(root, "notebooks", `${name}.ipynb`), join(folder, `${name}.ipynb`));
  // Cells far down the page are otherwise not in the page at all.
  mkdirSync(join(settings, "@jupyterlab", "notebook-extension"), { recursive: true });
  writeFileSync(
    join(settings, "@jupyterlab", "notebook-extension", "tracker.jupyterlab-settings"),
    JSON.stringify({ windowingMode: "none" }),
  );
  return spawn(
    program("jupyter"),
    [
      "lab",
      "--no-browser",
      "--allow-root",
      `--port=${port}`,
      "--ServerApp.port_retries=0",
      "--LabApp.expose_app_in_browser=True",
      "--IdentityProvider.token=",
      "--ServerApp.password=",
      "--notebook-dir",
      folder,
    ],
    { cwd: root, env: { ...environment(), JUPYTERLAB_SETTINGS_DIR: settings }, stdio: "ignore" },
  );
}

async function serverAnswers() {
  for (let i = 0; i < 120; i++) {
    if (
      await fetch(`http://127.0.0.1:${port}/api`).then(
        (reply) => reply.ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("JupyterLab did not answer within a minute");
}

async function check(browser, name) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } }),
    started = Date.now();
  try {
    await page.goto(`http://127.0.0.1:${port}/lab/tree/${name}.ipynb?reset`, { timeout: 120_000 });
    await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor({ timeout: 120_000 });
    await kernelIdle(page);
    // Outputs that came with the file would hide a cell that prints nothing any more.
    await command(page, "notebook:clear-all-cell-outputs");
    await watchProgress(page);
    await command(page, "notebook:run-all-cells");
    await allCellsRan(page, 600_000);
    await report(page, name, started);
  } catch (error) {
    result(false, `${name}: ${error.message}`);
  }
  if (screens) await screenshots(page, name);
  await page.close();
}

async function command(page, id) {
  await page.evaluate((id) => window.jupyterapp.commands.execute(id), id);
}

async function kernelIdle(page) {
  await page.waitForFunction(
    () => {
      const panel = window.jupyterapp?.shell.currentWidget;
      return panel?.sessionContext?.session?.kernel?.status === "idle";
    },
    undefined,
    { timeout: 120_000 },
  );
}

/** Note every value that any progress bar takes. */
async function watchProgress(page) {
  await page.evaluate(() => {
    window.progressValues = new Set();
    new MutationObserver(() =>
      document.querySelectorAll("progress").forEach((bar) => window.progressValues.add(bar.value / bar.max)),
    ).observe(document.body, { childList: true, subtree: true, attributes: true });
  });
}

async function allCellsRan(page, timeout) {
  await page.waitForFunction(
    () => {
      const cells = window.jupyterapp.shell.currentWidget.content.widgets.filter((cell) => cell.model.type === "code");
      const failed = document.querySelector(
        '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]',
      );
      return (
        failed || cells.every((cell) => cell.model.executionCount !== null && cell.model.executionState !== "running")
      );
    },
    undefined,
    { timeout, polling: 500 },
  );
  await page.waitForTimeout(1500); // the last outputs are still being drawn
}

/** How many Plotly figures are drawn: with marks in them, not only an empty frame. */
function drawnFigures() {
  const marks = ".plot path, .plot text, .trace path, .bars path, .scatterlayer path";
  return [...document.querySelectorAll(".js-plotly-plot")].filter((plot) => plot.querySelector(marks)).length;
}

async function report(page, name, started) {
  const want = expected[name] ?? {};
  // The Plotly extension is loaded with the first figure, and draws a moment after the cell is done.
  const drawn = `(${drawnFigures})()`;
  await page.waitForFunction(`${drawn} >= ${want.figures ?? 0}`, undefined, { timeout: 30_000 }).catch(() => undefined);
  const figures = await page.evaluate(drawn);
  const seen = await page.evaluate(() => {
    const cells = window.jupyterapp.shell.currentWidget.content.widgets.filter((cell) => cell.model.type === "code");
    const errors = [
      ...document.querySelectorAll(
        '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]',
      ),
    ];
    return {
      cells: cells.length,
      ran: cells.filter((cell) => cell.model.executionCount !== null).length,
      errors: errors.map((output) => output.textContent.slice(0, 300)),
      progress: [...window.progressValues],
    };
  });
  result(
    seen.errors.length === 0 && seen.ran === seen.cells,
    `${name}: ${seen.ran} of ${seen.cells} cells ran in ${((Date.now() - started) / 1000).toFixed(0)} s, ${seen.errors.length} errors ${seen.errors.join(" | ")}`,
  );
  if (want.figures)
    result(
      figures >= want.figures,
      `${name}: ${figures} Plotly figures drawn, at least ${want.figures} expected`,
    );
  if (want.progress)
    result(seen.progress.length > 3, `${name}: the progress bars showed ${seen.progress.length} different values`);
}

async function screenshots(page, name) {
  mkdirSync(screens, { recursive: true });
  const cells = page.locator(".jp-Notebook .jp-Cell"),
    count = await cells.count();
  for (let i = 0, shot = 0; i < count; i += 4, shot++) {
    await cells.nth(i).scrollIntoViewIfNeeded();
    await cells.nth(i).evaluate((cell) => cell.scrollIntoView({ block: "start" }));
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(screens, `${name}-${String(shot).padStart(2, "0")}.png`) });
  }
}

function result(ok, text) {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? "ok    " : "FAILED"} ${text}`);
}
