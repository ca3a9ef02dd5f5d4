// The notebooks, what they link to and the README pages as a website, in the folder site/: npm run site
// It shows the committed outputs and executes nothing. What it needs of Python it gets at first use, beside .venv.
import { cpSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./environment.mjs";
import { takeLock } from "./lock.mjs";
import { endTogether, isStopping } from "./processes.mjs";
import { explain } from "./setup/causes.mjs";
import * as npm from "./setup/npm.mjs";
import { run } from "./setup/programs.mjs";
import * as python from "./site/python.mjs";

const help = `npm run site [-- --check] [-- --zip]
  makes site/index.html of the committed notebooks; open it, or put the folder on any web server
  --check  looks at every page in headless Chromium, without a network: links, width, figures, search, quizzes
  --zip    also makes site.zip, to hand out: unzip, open index.html`;
const work = join(root, ".cache", "site");
const site = join(root, "site");

const { values: options } = parseArgs({
  options: {
    check: { type: "boolean" },
    zip: { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (options.help) {
  console.log(help);
  process.exit(0);
}
endTogether({ message: "Interrupted." });
try {
  await takeLock("site", "npm run site");
  await prepare();
  await build();
  if (options.zip) await zip();
  if (options.check) await check();
} catch (error) {
  if (!isStopping()) {
    console.error(`\nThe site was not made: ${explain(error)}`);
    process.exit(1);
  }
}

/** The npm packages and a Python environment of the site's own; nothing else of the project's set-up is needed. */
async function prepare() {
  const steps = [
    [npm, "npm packages"],
    [python, "Python packages for the site, into .cache/site-python"],
  ];
  const release = await takeLock("setup", "npm run site"); // both make node_modules
  for (const [step, name] of steps) {
    if (await step.isThere()) continue;
    console.error(`${name} (once) …`);
    await step.make();
  }
  release();
}

/** Put the pages together, have Sphinx make HTML of them, and only then replace the folder site/. */
async function build() {
  const { writePages } = await import("./site/pages.mjs");
  const started = Date.now();
  const source = join(work, "source");
  const html = join(work, "html");
  rmSync(work, { recursive: true, force: true });
  const { pages, missing } = await writePages(source);
  if (missing.length > 0) throw new Error(`Links lead nowhere:\n${missing.join("\n")}`);
  const from = (path) => join(root, path);
  cpSync(from("scripts/site/conf.py"), join(source, "conf.py"));
  cpSync(from("scripts/site/static"), join(source, "_static"), { recursive: true });
  const katex = from("node_modules/katex");
  cpSync(join(katex, "dist/katex.min.css"), join(source, "_static/katex/katex.min.css"));
  cpSync(join(katex, "dist/fonts"), join(source, "_static/katex/fonts"), {
    recursive: true,
    filter: (file) => !/\.(ttf|woff)$/.test(file), // browsers take woff2
  });
  cpSync(
    from("node_modules/plotly.js-cartesian-dist-min/plotly-cartesian.min.js"),
    join(source, "_static/plotly.min.js"),
  );
  const sphinx = ["-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"];
  const doctrees = ["-d", join(work, "doctrees")];
  const made = run("Sphinx complains", python.program, [...sphinx, ...doctrees, source, html], {
    env: { SITE_KATEX: katex },
  });
  await made.catch(({ message, output }) => {
    throw new Error(`${message}\n${output}`); // of a page, and not of the machine
  });
  // What the download button gives: notebooks as they were committed.
  const downloads = join(html, "_sources");
  for (const path of readdirSync(downloads, { recursive: true, encoding: "utf8" }))
    if (path.endsWith(".ipynb")) cpSync(from(path), join(downloads, path));
  writeFileSync(join(html, ".nojekyll"), ""); // GitHub Pages would leave out folders that begin with _
  rmSync(site, { recursive: true, force: true });
  renameSync(html, site);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(`${pages} pages in ${seconds} s: site/index.html`);
}

async function zip() {
  const { default: AdmZip } = await import("adm-zip");
  const archive = new AdmZip();
  archive.addLocalFolder(site, "clip-the-landscape");
  await archive.writeZipPromise(join(work, "site.zip"));
  renameSync(join(work, "site.zip"), join(root, "site.zip"));
  console.log(`site.zip: ${(statSync(join(root, "site.zip")).size / 1e6).toFixed(1)} MB`);
}

async function check() {
  const { checkSite } = await import("./site/check.mjs");
  process.exitCode = (await checkSite(site)) ? 0 : 1;
}
