/** The tagger in headless Chromium: does it say what Node says, without a network, to everybody? */
import axe from "axe-core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { loadClip } from "../../lib/clip/clip";
import { clipPixels } from "../../lib/clip/image";
import { locate, rescaleLocation } from "../../lib/data/location";
import { projectOf, SAMPLE } from "../../lib/project";
import { writeTagger } from "../../lib/tagger/write-tagger";
import { logits } from "../../lib/train/heads";
import { loadHead } from "../../lib/train/saved-heads";
import { tf } from "../../lib/tfjs";
import { launchBrowser } from "../browser/lab.mjs";
import { photosToTry, type Photo } from "./photos";
import { serve } from "./serve";

const project = projectOf(SAMPLE);
const heads = ["linear-img-txt-loc", "mlp-img-txt-loc"];
/** Probabilities may differ by this where the pixels are equal; where they are not, nothing is promised. */
const TOLERANCE = 1e-5;

interface Answer {
  /** The square that the encoder sees, [size, size, 3]. */
  square: number[];
  probabilities: number[];
}

let passed = 0;
let failed = 0;

function report(what: string, problem: string | null): void {
  if (problem === null) passed++;
  else failed++;
  console.log(`${problem === null ? "passed" : "FAILED"}  ${what}${problem ? `: ${problem}` : ""}`);
}

async function attempt(what: string, check: () => Promise<string | null>): Promise<void> {
  report(what, await check().catch((error: Error) => error.message));
}

/** Node's answers for one head. */
async function answersOfNode(head: string, photos: readonly Photo[]): Promise<Answer[]> {
  const clip = await loadClip(project.encoder);
  const { weights } = await loadHead(head, project);
  const { size, mean, std } = clip.preprocessing;
  const answers: Answer[] = [];
  for (const { file, title, reference } of photos) {
    const pixels = await clipPixels(file, clip.preprocessing, { upright: true });
    const [img, txt] = [await clip.embedImages(pixels), await clip.embedTitles([title])];
    const where = locate(reference);
    const loc = rescaleLocation(where?.lat ?? null, where?.lon ?? null);
    const row = tf.tensor2d([[...img, ...txt, ...loc]]);
    const area = size * size;
    const square = Array.from({ length: 3 * area }, (_, i) => {
      const c = i % 3;
      return Math.round((pixels[c * area + Math.floor(i / 3)] * std[c] + mean[c]) * 255);
    });
    answers.push({ square, probabilities: [...tf.sigmoid(logits(weights, row)).dataSync()] });
  }
  await clip.dispose();
  return answers;
}

/** A page in a browser, with what it asked of a network and what went wrong. */
async function open(browser: Browser, address: string): Promise<{ page: Page; trouble: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
  const page = await context.newPage();
  const trouble: string[] = [];
  const own = address.startsWith("file:") ? address : address.replace(/[^/]*$/, "");
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(own))
      trouble.push(`it asked for ${request.url()}`);
  });
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
  await page.goto(address);
  await page.waitForFunction(
    () => document.body.dataset.ready ?? document.body.dataset.failed,
    null,
    { timeout: 60_000 },
  );
  const reason = await page.evaluate(() => document.body.dataset.failed);
  if (reason) throw new Error(`${address} could not start: ${reason}`);
  return { page, trouble };
}

/** Give the page a photo with its title and reference, and wait for its card to be as the CSV then says. */
async function tag(page: Page, { file, title, reference }: Photo): Promise<Answer> {
  await page.setInputFiles("#choose", file);
  const card = page.locator("article", {
    has: page.getByRole("heading", { name: basename(file) }),
  });
  await card.locator(".tags li").first().waitFor({ timeout: 60_000 });
  await card.locator(".title input").fill(title);
  await card.locator(".place input").first().fill(reference);
  await page.waitForFunction(
    ([name, wanted]) => {
      const text = document.querySelector<HTMLTextAreaElement>("#text")!.value;
      const line = text.split("\n").find((one) => one.startsWith(name));
      return line?.includes(wanted) ?? false;
    },
    [basename(file), title],
  );
  await page.waitForTimeout(400); // the pause after typing, and the answer
  const square = await card.locator(".photo").evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 !== 3);
  });
  const text = await page.locator("#text").inputValue();
  const line = text.split("\n").find((one) => one.startsWith(basename(file)))!;
  const probabilities = line.split(",").slice(-49).map(Number);
  await card.getByRole("button", { name: "Remove" }).click();
  return { square, probabilities };
}

const largest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

async function sameAnswers(
  browser: Browser,
  head: string,
  photos: readonly Photo[],
): Promise<void> {
  const { path, bytes } = await writeTagger({ project, head });
  report(`${head}: one file of at most 12 MB`, bytes <= 12e6 ? null : `${bytes} bytes`);
  const expected = await answersOfNode(head, photos);
  const { page, trouble } = await open(browser, `file://${resolve(path)}`);
  for (const [i, photo] of photos.entries())
    await attempt(`${head}, ${basename(photo.file)}`, async () => {
      const found = await tag(page, photo);
      const levels = largest(found.square, expected[i].square);
      const apart = largest(found.probabilities, expected[i].probabilities);
      if (levels > photo.levels) return `pixels differ by up to ${levels} levels`;
      if (levels === 0 && apart > TOLERANCE) return `probabilities differ by up to ${apart}`;
      return null;
    });
  report(`${head}: no network, no errors`, trouble.length === 0 ? null : trouble.join("; "));
  await page.context().close();
}

/** A page in a folder, as large encoders have it, over HTTP. */
async function served(browser: Browser, [photo]: readonly Photo[]): Promise<void> {
  const [head] = heads;
  const { path } = await writeTagger({ project, head, oneFile: false });
  const [expected] = await answersOfNode(head, [photo]);
  const { url, close } = await serve(dirname(path));
  try {
    const { page, trouble } = await open(browser, `${url}/index.html`);
    await attempt("from a folder, over HTTP: the same answers", async () => {
      const { probabilities } = await tag(page, photo);
      const apart = largest(probabilities, expected.probabilities);
      return apart > TOLERANCE ? `probabilities differ by up to ${apart}` : null;
    });
    report("from a folder: no other server", trouble.length === 0 ? null : trouble.join("; "));
    await page.context().close();
  } finally {
    close();
    rmSync(dirname(path), { recursive: true });
  }
}

/** What axe finds wrong, by its rules. */
async function axeFindings(page: Page): Promise<string | null> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document),
  );
  if (violations.length === 0) return null;
  return violations.map(({ id, nodes }) => `${id} (${nodes[0].html.slice(0, 80)})`).join("; ");
}

/** A reader's way through the page: by keyboard, on a phone, in the dark, with a photo that is none. */
async function forEverybody(browser: Browser, folder: string): Promise<void> {
  const { path } = await writeTagger({ project, head: heads[0] });
  const { page, trouble } = await open(browser, `file://${resolve(path)}`);
  const broken = join(folder, "broken.jpg");
  writeFileSync(broken, "no photo at all");
  await attempt("a file that is no photo is named, the next one is tagged", async () => {
    await page.setInputFiles("#choose", [broken, "lib/fixtures/landscape.jpg"]);
    await page.locator(".tags li").first().waitFor();
    const said = await page
      .locator(".error")
      .filter({ hasText: "broken.jpg could not be read" })
      .count();
    return said === 1 ? null : "nothing is said";
  });
  await page.locator("#examples button").first().click();
  await page.locator(".truth").filter({ hasText: "Drawn to show" }).first().waitFor();
  await attempt("by keyboard: what speaks for a tag, in words", async () => {
    await page.locator(".tags button").first().focus();
    await page.keyboard.press("Enter");
    await page
      .locator(".heat")
      .filter({ hasText: /covering|nothing/ })
      .first()
      .waitFor({ timeout: 30_000 });
    const focused = await page.evaluate(() => document.activeElement?.closest(".tags") !== null);
    return focused ? null : "the focus is lost";
  });
  await attempt("photo, title, place and constant add up to the logit", async () => {
    const cells = await page.locator(".why td").allTextContents();
    const numbers = cells.map((cell) => Number(cell.replace("−", "-")));
    const logit = numbers.pop()!;
    const sum = numbers.reduce((total, value) => total + value, 0);
    return Math.abs(sum - logit) < 0.03 ? null : `${numbers.join(" + ")} is not ${logit}`;
  });
  await attempt("a tag of one's own words", async () => {
    await page.fill("#words", "a narrowboat");
    await page.keyboard.press("Enter");
    await page.locator(".words").filter({ hasText: "cosine" }).first().waitFor();
    return null;
  });
  await attempt("a place on the map", async () => {
    const card = page.locator("article").first();
    await card.locator("summary").click();
    await card.locator("svg").click({ position: { x: 150, y: 200 } });
    const said = card.locator(".where").filter({ hasText: /° N .*chosen on the map/ });
    await said.waitFor();
    return null;
  });
  for (const [name, width, colorScheme] of [
    ["wide", 1100, "light"],
    ["wide and dark", 1100, "dark"],
    ["on a phone", 360, "light"],
    ["on a phone in the dark", 360, "dark"],
  ] as const)
    await attempt(`${name}: axe finds nothing, nothing is too wide`, async () => {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      return over > 0 ? `${over} px too wide` : axeFindings(page);
    });
  const unexpected = trouble.filter((one) => !/broken/.test(one));
  report("no network, no errors", unexpected.length === 0 ? null : unexpected.join("; "));
  await page.context().close();
}

/** Try it all; returns the number of failures. Needs Chromium and the sample's heads. */
export async function checkTagger(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "tagger-"));
  await tf.ready();
  const browser = await launchBrowser();
  try {
    const photos = await photosToTry(project, folder);
    for (const head of heads) await sameAnswers(browser, head, photos);
    await served(browser, photos);
    await forEverybody(browser, folder);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
  console.log(`Tagger: ${passed} passed, ${failed} failed`);
  return failed;
}
