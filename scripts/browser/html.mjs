// Executed notebooks as HTML pages, opened without a network: every picture is there, with a description.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { environment, program, root } from "../environment.mjs";

const hasPicture = ({ data }) => Boolean(data?.["image/png"] ?? data?.["image/jpeg"]);

/** Export one executed notebook below `folder` and look at it. */
export async function html(browser, notebook, folder) {
  mkdirSync(folder, { recursive: true });
  const options = [
    "nbconvert",
    "--to",
    "html",
    "--log-level",
    "ERROR",
    "--output-dir",
    folder,
    "--output",
    "page.html",
  ];
  execFileSync(program("jupyter"), [...options, notebook], { cwd: root, env: environment() });
  const { cells } = JSON.parse(readFileSync(notebook, "utf8"));
  const pictures = cells.flatMap(({ outputs = [] }) => outputs).filter(hasPicture).length;
  const context = await browser.newContext();
  try {
    // The page asks for MathJax and require.js, for formulas and widgets. Pictures must not depend on anything outside.
    await context.route(/^https?:/, (route) => route.abort());
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(folder, "page.html")).href, { waitUntil: "load" });
    const images = await page.evaluate(() => {
      const parts = [...document.querySelectorAll(".jp-OutputArea-child")];
      const after = (image) => parts[parts.indexOf(image.closest(".jp-OutputArea-child")) + 1];
      return parts
        .flatMap((part) => [...part.querySelectorAll("img")])
        .map((image) => ({
          loaded: image.complete && image.naturalWidth > 0,
          described: Boolean(image.alt) || after(image)?.querySelector("p.description") != null,
        }));
    });
    const complaints = [];
    if (images.length < pictures)
      complaints.push(`${images.length} of ${pictures} pictures are on the page`);
    if (!images.every(({ loaded }) => loaded)) complaints.push("a picture is not loaded");
    const dumb = images.filter(({ described }) => !described).length;
    if (dumb > 0) complaints.push(`${dumb} pictures without a description`);
    return { pictures, complaints };
  } finally {
    await context.close();
  }
}
