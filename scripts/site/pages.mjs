// The pages of the site as Sphinx reads them, from the files of the project: notebooks with the outputs they were
// committed with, Markdown, and whatever these link to. Nothing is executed.
import { Buffer } from "node:buffer";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, extname, join, posix } from "node:path";
import sharp from "sharp";
import { root } from "../environment.mjs";

/** Files that get a page with their text, by ending, and the language they are coloured as. */
const languages = {
  ".ts": "typescript",
  ".mjs": "javascript",
  ".cjs": "javascript",
  ".py": "python",
  ".json": "json",
  ".yaml": "yaml",
  ".yml": "yaml",
  ".sh": "bash",
  ".sbatch": "bash",
  ".csv": "text",
  ".tex": "latex",
  "": "text",
};
/** Pages that no menu lists are meant to be so. */
const orphan = "---\norphan: true\n---\n\n";
const home = "scripts/site/index.md";

const read = (path) => readFileSync(join(root, path), "utf8");
const isFolder = (path) => statSync(join(root, path)).isDirectory();
const joined = (text) => (Array.isArray(text) ? text.join("") : (text ?? ""));

/**
 * Write the pages below `folder`, found by following links from the notebooks and the README. Returns how many there
 * are, and the links that lead to no file.
 */
export async function writePages(folder) {
  const notebooks = notebooksIn("notebooks");
  const solutions = notebooksIn("notebooks/solutions");
  const course = ["notebooks/README.md", "README.md"];
  const site = { folder, found: new Set([...notebooks, ...course, ...solutions]), missing: [] };
  const front = relinked(site, read(home), home, "index.md"); // its links come in too
  for (const path of site.found) await writePage(site, path); // grows meanwhile

  const others = [...site.found].filter((path) => path.endsWith(".md") && !course.includes(path));
  others.sort();
  const entries = (paths) => paths.flatMap(sectionsOf).map(({ title, page }) => entry(title, page));
  const trees = [
    toctree("The course", [...entries(course.slice(0, 1)), entry("Install and run", "README.md")]),
    toctree("Notebooks", notebooks.map(notebookEntry)),
    toctree("Exercises", [entry("Solutions", "notebooks/solutions/index.md")]),
    toctree("Reference", entries(others)),
  ];
  put(site, "index.md", [front, taggers(site), ...trees].join("\n"));
  const solved = toctree("", solutions.map(notebookEntry));
  put(site, "notebooks/solutions/index.md", `# Solutions of the exercises\n\n${solved}`);
  return { pages: site.found.size, missing: site.missing };
}

async function writePage(site, path) {
  if (path.endsWith(".ipynb")) return put(site, path, await notebookPage(site, path));
  if (path.endsWith(".md"))
    return sectionsOf(path).forEach(({ text, page }) =>
      put(site, page, orphan + relinked(site, text, path, page)),
    );
  if (path === "notebooks/solutions") return undefined; // has its contents at the end
  if (isFolder(path)) {
    const names = readdirSync(join(root, path)).filter((name) => !/\.test\.ts$|^\./.test(name));
    const list = names.map((name) => `- [${name}](${name})`).join("\n");
    const text = `${orphan}# ${path}\n\n${list}\n`;
    return put(site, pageName(path), relinked(site, text, posix.join(path, "index.md")));
  }
  const fence = "``````"; // longer than any inside
  const code = `${fence}${languages[extname(path)]}\n${read(path).trimEnd()}\n${fence}`;
  return put(site, pageName(path), `${orphan}# ${path}\n\n${code}\n`);
}

async function notebookPage(site, path) {
  const notebook = JSON.parse(read(path));
  notebook.metadata.language_info = { name: "typescript", pygments_lexer: "typescript" };
  for (const [i, cell] of notebook.cells.entries()) {
    const source = joined(cell.source);
    if (cell.cell_type === "markdown")
      cell.source = relinked(site, withoutNeighbours(source), path);
    if (cell.cell_type !== "code") continue;
    if (isImports(source)) cell.metadata = { ...cell.metadata, tags: ["hide-input"] };
    const name = path.replace(/\.ipynb$/, `-${i}`);
    const outputs = cell.outputs.filter(({ data }) => !isDescription(data));
    cell.outputs = await Promise.all(
      outputs.map((output, j) => outputOnPage(site, output, `${name}-${j}`, path)),
    );
  }
  return JSON.stringify(notebook);
}

/** The links to the neighbours, which the site has below each page. */
function withoutNeighbours(markdown) {
  return markdown.replace(/^\[.*\]\(README\.md\).*$|^\[.*\]\(\.\.\/README\.md\).*$/gm, (line) =>
    /[←→]/.test(line) ? "" : line,
  );
}

/** Whether a cell holds nothing but imports; it is folded then. */
function isImports(source) {
  return source.replace(/^import\b[^;]*;\s*/gm, "") === "";
}

/** The text that describes a picture to screen readers in JupyterLab; here the picture itself does. */
function isDescription(data) {
  return joined(data?.["text/html"]).startsWith('<p class="description"');
}

/** Pictures become files; the data of an interactive figure lie beside its picture, and course.js draws it. */
async function outputOnPage(site, output, name, page) {
  const { data = {}, metadata = {} } = output;
  const type = ["image/png", "image/jpeg"].find((known) => known in data);
  const plotly = data["application/vnd.plotly.v1+json"];
  if (!type) {
    // The theme lays out tables of this class; with the focus they can be scrolled by keyboard.
    const table = '<table class="dataframe" tabindex="0">';
    const html = framed(site, joined(data["text/html"]).replaceAll("<table>", table), page);
    return html === "" ? output : { ...output, data: { ...data, "text/html": html } };
  }
  const bytes = Buffer.from(joined(data[type]), "base64");
  const { width, height, format } = await sharp(bytes).metadata();
  const file = `_static/${name}.${format}`;
  put(site, file, bytes);
  const alt = escapeHtml(metadata[type]?.alt ?? "");
  const source = posix.relative(posix.dirname(page), file);
  const picture = `<img src="${source}" alt="${alt}" width="${width}" height="${height}" loading="lazy">`;
  const json = JSON.stringify(plotly)?.replaceAll("<", "\\u003c");
  const html = plotly
    ? `<figure class="course-figure" data-interactive>${picture}<script type="application/json">${json}</script></figure>`
    : `<figure class="course-figure">${picture}</figure>`;
  return { output_type: "display_data", metadata: {}, data: { "text/html": html } };
}

/** A page in a frame, such as the tagger's, comes along if it was made here; data/ is not committed. */
function framed(site, html, page) {
  return html.replace(/<iframe\b[^>]*?\bsrc="([^":]+)"[^>]*>\s*<\/iframe>/g, (frame, source) => {
    const path = posix.join(posix.dirname(page), source);
    if (!existsSync(join(root, path))) return "<p>(A page that this notebook makes.)</p>";
    return frame.replace(source, posix.relative(posix.dirname(page), copied(site, path)));
  });
}

/** Links to the pages that tag photos in the browser, those of them that were made here. */
function taggers(site) {
  const folder = "data/mini-geograph/tagger";
  if (!existsSync(join(root, folder))) return "";
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith(".html"));
  const links = names.map((name) => `- <a href="${copied(site, `${folder}/${name}`)}">${name}</a>`);
  return links.length === 0 ? "" : `Photos are tagged in the browser by:\n\n${links.join("\n")}\n`;
}

/** Where a file is on the site that is a page already. */
function copied(site, path) {
  const file = posix.join("_static", path);
  cpSync(join(root, path), join(site.folder, file));
  return file;
}

/** Markdown of the file `from` as it is on the page `to`: links to files of the project lead to their pages. */
function relinked(site, markdown, from, to = from) {
  const code = /^```[\s\S]*?^```|`[^`\n]+`/;
  const link = /(?<label>!?\[(?:`[^`\n]*`|\[[^\]]*\]|[^[\]`])*\])\((?![a-z]+:)(?<target>[^)\s]+)\)/;
  const codeOrLink = new RegExp(`${code.source}|${link.source}`, "gm");
  return markdown.replace(codeOrLink, (whole, ...rest) => {
    const { label, target } = rest.at(-1);
    if (target === undefined) return whole.replace(/^```mermaid/, "```text");
    const [file, anchor] = target.split("#");
    const path = file ? posix.join(posix.dirname(from), decodeURI(file)) : from;
    if (!existsSync(join(root, path))) {
      site.missing.push(`${from}: ${target}`);
      return label;
    }
    const page = file ? pageOf(site, path, anchor) : sectionWith(path, anchor);
    const relative = posix.relative(posix.dirname(to), page);
    return `${label}(${relative}${anchor ? `#${anchor}` : ""})`;
  });
}

/** The page of a file or folder that is linked to, which is to be written too; other kinds of files are copied. */
function pageOf(site, path, anchor) {
  const readme = posix.join(path, "README.md");
  if (isFolder(path) && existsSync(join(root, readme))) return pageOf(site, readme, anchor);
  const hasPage = isFolder(path) || /\.(md|ipynb)$/.test(path) || extname(path) in languages;
  if (hasPage) site.found.add(posix.normalize(path).replace(/\/$/, ""));
  else cpSync(join(root, path), join(site.folder, path));
  return path.endsWith(".md") ? sectionWith(path, anchor) : pageName(path);
}

/** What the page of a notebook, a folder or a listed file is called. */
function pageName(path) {
  const shown = path.replace(/^\./, ""); // web servers may leave out what begins with a dot
  if (isFolder(path)) return posix.join(shown, "index.md");
  return extname(path) in languages ? `${shown}.md` : shown;
}

/** A Markdown file with several titles becomes as many pages; without one, its name is its title. */
function sectionsOf(path) {
  const whole = read(path).replace(/^---\n[\s\S]*?\n---\n/, ""); // a model card's data
  const titles = Array.from(whole.matchAll(/^```[\s\S]*?^```|^# (?<title>.*)$/gm)).filter(
    ({ groups }) => groups.title !== undefined,
  );
  if (titles.length === 0) {
    const name = posix.basename(path, ".md");
    const title = name[0].toUpperCase() + name.slice(1);
    return [{ title, page: path, text: `# ${title}\n\n${whole}` }];
  }
  return titles.map(({ groups: { title }, index }, i) => ({
    title,
    page: i === 0 ? path : posix.join(posix.dirname(path), `${anchorOf(title)}.md`),
    text: whole.slice(index, titles[i + 1]?.index),
  }));
}

/** The page of the section of a Markdown file that has this heading; its first if none is asked for. */
function sectionWith(path, anchor) {
  const sections = sectionsOf(path);
  const isIn = ({ text }) =>
    Array.from(text.matchAll(/^#+ (.*)$/gm)).some(([, heading]) => anchorOf(heading) === anchor);
  return (sections.find(isIn) ?? sections[0]).page;
}

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading) {
  const letters = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "");
  return letters.trim().replaceAll(" ", "-");
}

function notebooksIn(folder) {
  const names = readdirSync(join(root, folder)).filter((name) => /^\d\d-.*\.ipynb$/.test(name));
  return names.sort().map((name) => `${folder}/${name}`);
}

/** A notebook in a menu: its title, up to the colon. */
function notebookEntry(path) {
  const [first] = JSON.parse(read(path)).cells;
  return entry(/^# ([^:\n]*)/.exec(joined(first.source))[1], path);
}

function entry(title, page) {
  return `${title} </${page.replace(/\.(md|ipynb)$/, "")}>`;
}

function toctree(caption, entries) {
  const options = caption ? `:hidden:\n:caption: ${caption}` : ":maxdepth: 1";
  return `\`\`\`{toctree}\n${options}\n\n${entries.join("\n")}\n\`\`\`\n`;
}

function put(site, path, content) {
  const file = join(site.folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function escapeHtml(text) {
  const named = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (letter) => named[letter]);
}
