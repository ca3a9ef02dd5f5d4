// Opens the notebooks in a real JupyterLab in headless Chromium and looks at them as a reader would: from a clean kernel
// every cell runs without an error, figures are drawn, nothing is too wide, pictures are described, progress shows. Then
// an interrupt, and the executed notebooks as HTML pages.
//     node scripts/browser.mjs [--twice] [--screens FOLDER] [03 12-baselines …]
// With --twice each is restarted and run again, and has to say the same. Without names it takes all notebooks (and makes
// the second run for two of them). Needs Chromium and a finished `npm start -- --all`; it works on copies.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./environment.mjs";
import * as checks from "./browser/checks.mjs";
import { html } from "./browser/html.mjs";
import { interrupt } from "./browser/interrupt.mjs";
import {
  closeNotebook,
  launchBrowser,
  openNotebook,
  restart,
  runAll,
  startLab,
  welcome,
} from "./browser/lab.mjs";
import { endTogether } from "./processes.mjs";

const given = process.argv.slice(2);
const at = given.indexOf("--screens");
const screens = at >= 0 ? given.splice(at, 2)[1] : undefined;
const twice = given.includes("--twice");
const starts = given.filter((argument) => !argument.startsWith("--"));
const all = readdirSync(join(root, "notebooks")).filter((name) => /^\d\d-.*\.ipynb$/.test(name));
const names = all
  .map((name) => name.slice(0, -6))
  .filter((name) => starts.length === 0 || starts.some((start) => name.startsWith(start)))
  .sort();
/** Run twice in any case: one that works with photos, and one that has progress to show. */
const repeated = (name) => twice || (starts.length === 0 && /^(07|12)-/.test(name));
const showsProgress = (name) => name.startsWith("12-");
/** What that one keeps of the photos, and would show no progress with. */
const kept = join(
  root,
  "data",
  process.env.DATASET?.trim() || "mini-geograph",
  "embeddings/backbones",
);

let passed = 0;
let failed = 0;
if (names.length === 0)
  throw new Error(`No notebook begins with ${starts.join(" or ")}. There are: ${all.join(", ")}`);
endTogether();
const browser = await launchBrowser(); // first: without one, no lab is left running
const lab = await startLab();
try {
  result("JupyterLab opens with the contents, and asks nothing", await welcome(browser));
  for (const name of names) await checkNotebook(name);
  if (starts.length === 0) await checkInterrupt();
  for (const name of names) await checkHtml(name);
} finally {
  await browser.close();
  await lab.stop();
}
console.log(`Browser: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function checkNotebook(name) {
  let page;
  try {
    page = await openNotebook(browser, name);
    const first = await checkRun(page, name);
    if (repeated(name)) {
      await restart(page);
      const second = await checkRun(page, `${name}, again`);
      result(
        `${name}: the second run says the same`,
        checks.changes(checks.said(first), checks.said(second)),
      );
    }
  } catch (error) {
    result(name, [error.message]);
  }
  if (!page) return;
  if (screens) await screenshots(page, name);
  await closeNotebook(page);
}

/** Do something while what is kept lies elsewhere, then put it back. */
async function withoutKept(run) {
  const aside = `${kept}.aside`;
  if (existsSync(kept) && !existsSync(aside)) renameSync(kept, aside); // it is there if a run was killed
  try {
    await run();
  } finally {
    if (existsSync(aside)) {
      rmSync(kept, { recursive: true, force: true });
      renameSync(aside, kept);
    }
  }
}

async function checkRun(page, name) {
  const started = Date.now();
  await (showsProgress(name) ? withoutKept(() => runAll(page)) : runAll(page));
  const cells = await checks.readCells(page);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  result(`${name}: ${cells.length} cells ran in ${seconds} s`, checks.errors(cells));
  const figures = await checks.figures(page, cells);
  result(`${name}: ${figures.drawn} figures drawn`, figures.complaints);
  result(`${name}: everything fits`, await checks.overflow(page));
  result(`${name}: described for readers who can't see it`, await checks.accessibility(page));
  const values = await page.evaluate(() => window.progressValues.size);
  if (showsProgress(name))
    result(
      `${name}: progress bars showed ${values} values`,
      values > 5 ? [] : ["that is no progress"],
    );
  return cells;
}

async function checkInterrupt() {
  try {
    const { ms, complaints } = await interrupt(browser, lab.folder);
    result(
      `a training is interrupted in ${ms} ms, its head is kept and the kernel goes on`,
      complaints,
    );
  } catch (error) {
    result("interrupting a training", [error.message]);
  }
}

async function checkHtml(name) {
  const executed = join(
    root,
    "data",
    process.env.DATASET || "mini-geograph",
    "runs",
    `${name}.ipynb`,
  );
  if (!existsSync(executed))
    return result(`${name} as HTML`, [`${executed} is missing: npm start -- --all makes it`]);
  const { pictures, complaints } = await html(browser, executed, join(lab.folder, "html", name));
  result(`${name} as HTML, offline: ${pictures} pictures`, complaints);
}

async function screenshots(page, name) {
  mkdirSync(screens, { recursive: true });
  const cells = page.locator(".jp-Notebook .jp-Cell");
  const count = await cells.count();
  for (let i = 0, shot = 0; i < count; i += 4, shot++) {
    await cells.nth(i).evaluate((cell) => cell.scrollIntoView({ block: "start" }));
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(screens, `${name}-${String(shot).padStart(2, "0")}.png`) });
  }
}

function result(what, complaints) {
  if (complaints.length === 0) passed++;
  else failed++;
  console.log(`${complaints.length === 0 ? "ok    " : "FAILED"} ${what}`);
  for (const complaint of complaints.slice(0, 8)) console.log(`         ${complaint}`);
}
