// Looks at every page of the site in headless Chromium, opened from the folder as someone without a network would: nothing
// is asked for from outside, links lead to pages and headings that are there and never upwards out of the site, nothing
// is wider than a screen or a telephone, pictures are described, figures are drawn; search, quizzes and presentation work.
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launchBrowser } from "../browser/lab.mjs";

const widths = [1280, 390];

/** Print what is wrong with the site in `folder`; returns whether nothing is. */
export async function checkSite(folder) {
  const started = Date.now();
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const pages = names.filter((name) => name.endsWith(".html") && !name.startsWith("_"));
  const browser = await launchBrowser();
  const seen = new Map();
  const complaints = [];
  try {
    const page = await browser.newPage();
    let name;
    const complain = (what) => complaints.push(`${name}: ${what}`);
    page.on("pageerror", ({ message }) => complain(message));
    page.on("console", (line) => line.type() === "error" && complain(line.text()));
    page.on("requestfailed", (request) => complain(`${request.url()} can't be loaded`));
    await page.route(
      (url) => !/^(file|data|blob):/.test(url.protocol),
      (route) => route.abort(),
    );
    for (name of pages) {
      const url = pathToFileURL(join(folder, name)).href;
      const found = await look(page, url);
      seen.set(url, found);
      found.complaints.forEach(complain);
    }
    name = "search";
    (await trySearch(page, pages[0])).forEach(complain);
  } finally {
    await browser.close();
  }
  complaints.push(...brokenLinks(folder, seen));
}
