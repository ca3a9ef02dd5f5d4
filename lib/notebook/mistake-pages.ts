/** Misclassified photos as pages of a table that opens without any script: in JupyterLab, in exported HTML, on GitHub. */
import sharp from "sharp";
import { escapeHtml, type Bundle } from "./display";
import type { JudgedPhoto } from "../data/types";

/** A misclassified photo with its title, and how probable the head finds each tag, in [0, 1]. */
export interface MistakenPhoto extends JudgedPhoto {
  title: string;
  probability(tag: string): number;
}

export interface PageOptions {
  /** Photos on a page. */
  perPage?: number;
  /** Width and height of a photo in pixels. */
  side?: number;
}

const percent = (probability: number): string => `${(100 * probability).toFixed(0)} %`;

/** Tags with their probabilities; those that the other side does not have are bold. */
function tagLines(
  tags: readonly string[],
  others: readonly string[],
  { probability }: MistakenPhoto,
): string {
  const line = (tag: string): string => `${escapeHtml(tag)} (${percent(probability(tag))})`;
  return (
    tags.map((tag) => (others.includes(tag) ? line(tag) : `<b>${line(tag)}</b>`)).join("<br>") ||
    "none"
  );
}

async function tableRow(photo: MistakenPhoto, side: number): Promise<string> {
  const { image, title, predicted, truth } = photo;
  const jpeg = await sharp(image)
    .resize(side, side, { fit: "cover" })
    .jpeg({ quality: 50, mozjpeg: true })
    .toBuffer();
  const src = `data:image/jpeg;base64,${jpeg.toString("base64")}`;
  const alt = escapeHtml(`Photo: ${title || "no title"}`);
  return (
    `<tr><td><img src="${src}" alt="${alt}" width="${side}" height="${side}"></td><td>${escapeHtml(title)}</td>` +
    `<td>${tagLines(truth, predicted, photo)}</td><td>${tagLines(predicted, truth, photo)}</td></tr>`
  );
}

/**
 * The photos as HTML, some to a page: a page opens when its line is clicked (or reached with Tab and opened with Enter),
 * and the one before closes. Behind each tag stands the probability that the head gives it; tags in bold are missed or
 * wrongly given. The text form lists the same without pictures. Show it with `displayBundle`.
 */
export async function mistakePages(
  photos: readonly MistakenPhoto[],
  { perPage = 6, side = 112 }: PageOptions = {},
): Promise<Bundle> {
  const headers = ["Photo", "Title", "True tags", "Predicted tags"]
    .map((name) => `<th scope="col">${name}</th>`)
    .join("");
  const pages: string[] = [];
  for (let start = 0; start < photos.length; start += perPage) {
    const page = photos.slice(start, start + perPage);
    const rows = await Promise.all(page.map((photo) => tableRow(photo, side)));
    const summary = `Photos ${start + 1} to ${start + page.length} of ${photos.length}`;
    pages.push(
      `<details name="mistakes"${start === 0 ? " open" : ""}><summary>${summary}</summary>` +
        `<table><thead><tr>${headers}</tr></thead><tbody>${rows.join("")}</tbody></table></details>`,
    );
  }
  const list = (tags: readonly string[], { probability }: MistakenPhoto): string =>
    tags.map((tag) => `${tag} (${percent(probability(tag))})`).join("; ") || "none";
  const text = photos.map(
    (photo) =>
      `${photo.title}\n  true: ${list(photo.truth, photo)}\n  predicted: ${list(photo.predicted, photo)}`,
  );
  return { "text/html": pages.join(""), "text/plain": text.join("\n") };
}
