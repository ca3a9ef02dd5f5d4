// Looks at every page of the site in headless Chromium, opened from its folder without a network: nothing is asked for from
// outside, links lead to pages and headings of the site by ways that hold below any address, nothing is wider than a
// screen or a telephone, pictures are described, figures are drawn; search, quizzes and presentation work.
import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { launchBrowser } from "../browser/lab.mjs";

const screens = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
];

/** Print what is wrong with the site in `folder`; returns whether nothing is. */
export async function checkSite(folder) {
  const started = Date.now();
  const base = pathToFileURL(`${folder}/`).href;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const names = files.filter((name) => name.endsWith(".html") && !name.startsWith("_")).sort();
  const browser = await launchBrowser();
  const pages = [];
  const complaints = new Set();
  let name = "";
  const complain = (what) => complaints.add(`${name}: ${what}`);
  try {
    const page = await browser.newPage();
    page.on("pageerror", ({ message }) => complain(message));
    page.on("console", (line) => {
      const isOwn = line.type() === "error" && !line.text().startsWith("Failed to load");
      if (isOwn) complain(line.text());
    });
    page.on("requestfailed", (request) => complain(`${request.url()} is not there`));
    await page.route(/^(?!file:|data:|blob:)/, (route) => {
      complain(`asks for ${route.request().url()}`);
      return route.abort();
    });
    for (name of names) {
      const url = new URL(name, base).href;
      pages.push({ name, url, ...(await lookAt(page, url, complain)) });
    }
    name = "notebooks/glossary.html";
    await trySearch(page, new URL(name, base).href, complain);
    name = "notebooks/03-train-image.html";
    await tryPresentation(page, new URL(name, base).href, complain);
  } finally {
    await browser.close();
  }
  const all = [...complaints, ...brokenLinks(pages, files, base)];
  for (const complaint of all) console.error(complaint);
  const count = (key) => pages.reduce((sum, page) => sum + page[key], 0);
  console.log(
    `Site: ${pages.length} pages, ${count("drawn")} of ${count("interactive")} figures drawn by Plotly, ` +
      `${count("questions")} questions: ${all.length === 0 ? "fine" : `${all.length} complaints`} ` +
      `(${((Date.now() - started) / 1000).toFixed(0)} s)`,
  );
  return all.length === 0;
}

/** One page at both widths; returns its links, the names they can lead to, and how much of what it has. */
async function lookAt(page, url, complain) {
  await page.setViewportSize(screens[0]);
  await page.goto(url);
  const figures = page.locator("figure[data-interactive]");
  const interactive = await figures.count();
  for (let i = 0; i < interactive; i++) {
    const figure = figures.nth(i);
    await figure.scrollIntoViewIfNeeded();
    await figure
      .locator(".main-svg")
      .first()
      .waitFor({ timeout: 15_000 })
      .catch(() => complain(`figure ${i + 1} is not drawn`));
  }
  const drawn = await page.locator(".js-plotly-plot:has(.main-svg)").count();
  if ((await page.locator(".modebar [data-title*='Share']").count()) > 0)
    complain("a figure has a button that uploads it");
  const questions = await answerQuiz(page, complain);
  for (const screen of screens) {
    await page.setViewportSize(screen);
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (over > 0) complain(`${over} px wider than ${screen.width} px`);
  }
  const found = await page.evaluate(() => ({
    links: [...document.querySelectorAll("[href], [src]")].map((part) => ({
      written: part.getAttribute("href") ?? part.getAttribute("src"),
      leads: part.href ?? part.src,
    })),
    anchors: [...document.querySelectorAll("[id]")].map(({ id }) => id),
    undescribed: [...document.querySelectorAll("article img")].filter(({ alt }) => !alt).length,
    missing: [...document.querySelectorAll("article img")].filter(
      (image) => image.complete && image.naturalWidth === 0,
    ).length,
  }));
  if (found.undescribed > 0) complain(`${found.undescribed} pictures without a description`);
  if (found.missing > 0) complain(`${found.missing} pictures are not loaded`);
  return { ...found, interactive, drawn, questions };
}

/** Each question takes one answer for right, the one that its solution names. */
async function answerQuiz(page, complain) {
  const questions = page.locator("fieldset.quiz");
  const count = await questions.count();
  for (let i = 0; i < count; i++) {
    const question = questions.nth(i);
    const answer = await question.locator("details strong").first().textContent();
    const right = [];
    for (const box of await question.locator("label").all()) {
      await box.click();
      const verdict = await question.locator("[role=status]").textContent();
      if (verdict.includes("Right")) right.push((await box.textContent()).trim());
    }
    if (right.length !== 1 || !right[0].startsWith(answer))
      complain(`question ${i + 1} takes ${right.length} answers for right`);
  }
  return count;
}

async function trySearch(page, url, complain) {
  await page.setViewportSize(screens[0]);
  await page.goto(url);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("MixUp");
  await page
    .locator("dialog a[href*='06-train-fusion']")
    .first()
    .waitFor({ timeout: 10_000 })
    .catch(() => complain("search as you type doesn't find MixUp"));
}

async function tryPresentation(page, url, complain) {
  await page.goto(url);
  const sections = page.locator("article section section:visible > h2");
  const all = await sections.count();
  await page.getByRole("button", { name: "Present", exact: true }).click();
  await page.keyboard.press("ArrowRight");
  const [first] = await sections.allTextContents();
  await page.keyboard.press("ArrowRight");
  const [second, ...more] = await sections.allTextContents();
  if (!first || first === second || more.length > 0)
    complain("the presentation doesn't show one section at a time");
  await page.keyboard.press("Escape");
  if ((await sections.count()) !== all) complain("the presentation doesn't end");
}

/** Links that lead nowhere, or would not from another address. Links into the web are not followed. */
function brokenLinks(pages, files, base) {
  const anchors = new Map(pages.map((page) => [page.url, new Set(page.anchors)]));
  const known = new Set(files.map((file) => new URL(file, base).href));
  const isBroken = ({ written, leads }) => {
    if (/^(https?:|mailto:|data:|javascript:)/.test(written) || !leads) return false;
    if (written.startsWith("/") || written.startsWith("file:")) return true;
    const [address, anchor = ""] = leads.split("#");
    const file = address.replace(/\?.*/, "");
    const isThere = known.has(file) && !file.endsWith("/");
    return (
      !isThere || (anchor !== "" && anchors.get(file)?.has(decodeURIComponent(anchor)) === false)
    );
  };
  return pages.flatMap(({ name, links }) =>
    links.filter(isBroken).map(({ written }) => `${name}: ${written} leads nowhere`),
  );
}
