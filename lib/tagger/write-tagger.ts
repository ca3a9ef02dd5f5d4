/** A head and its encoder as a web page that tags photos: one file, or a folder for encoders too large for one. */
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { copyFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { clipFolder, presentFiles, type ClipDtype } from "../clip/clip-files";
import { coastline } from "../data/coast";
import { loadTags } from "../data/labels";
import { replaceFile, writeFileAtomic } from "../files/atomic";
import { literal, query } from "../files/table";
import type { Project } from "../project";
import { loadHead } from "../train/saved-heads";

const PAGE = "lib/tagger/page";
const RUNTIME = "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm";
/** Files of up to this many bytes together go into the page itself. A CLIP ViT-B/32 has 600 MB. */
const ONE_FILE = 32 * 2 ** 20;
/** Drawings of the sample that the page offers. */
const EXAMPLES = 6;
/** How much narrower than a degree of latitude one of longitude is, in the middle of the isles. */
const SQUEEZE = Math.cos((55 * Math.PI) / 180);

export interface TaggerOptions {
  project: Project;
  /** An experiment that has been trained, such as "linear-img-txt-loc". */
  head: string;
  dtype?: ClipDtype;
  /** Whether all goes into one file; by default if the files have up to 32 MB. */
  oneFile?: boolean;
}

export interface Tagger {
  /** The page: one HTML file, which opens by a double click, or `index.html` in a folder that has to be served. */
  path: string;
  isOneFile: boolean;
  /** Of the page and, if it lies in a folder, of all that is in it. */
  bytes: number;
}

/** The files that the page asks for, by the names it asks with. */
async function filesFor(
  { encoder, heads }: Project,
  head: string,
  dtype: ClipDtype,
): Promise<[name: string, path: string][]> {
  const folder = await clipFolder(encoder, dtype);
  const names = [...(await presentFiles(folder, dtype)), "README.md"];
  const large = names.find((name) => name.endsWith("_data"));
  if (large)
    throw new Error(
      `${join(folder, large)}: weights beside the model's file can't be loaded in a page; export the encoder in one file`,
    );
  return [
    ["runtime.wasm", RUNTIME],
    ["head.safetensors", `${heads}/${head}.safetensors`],
    ...names
      .filter((name) => existsSync(join(folder, name)))
      .map((name): [string, string] => [`encoder/${name}`, join(folder, name)]),
  ];
}

/** The script of one of the page's sources with all that it imports. */
async function bundle(source: string, define: Record<string, string>): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(PAGE, source)],
    bundle: true,
    format: "iife", // browsers refuse modules from a file
    platform: "browser",
    target: "es2022",
    minify: true,
    write: false,
    legalComments: "none",
    logLevel: "silent",
    define,
  });
  return outputFiles[0].text;
}

/** The isles as an SVG whose x is −east · SQUEEZE and y −north, in degrees, to be clicked. */
function map(): string {
  const outline = coastline()
    .flatMap(({ rings }) => rings.slice(0, 1))
    .map((ring) => {
      const points = ring.map(([lon, lat]) => `${(lon * SQUEEZE).toFixed(2)} ${(-lat).toFixed(2)}`);
      return `M${points.join("L")}z`;
    })
    .join("");
  const [west, east, north, south] = [-10.8, 2.1, 61, 49.7];
  const box = [west * SQUEEZE, -north, (east - west) * SQUEEZE, north - south];
  return (
    `<svg viewBox="${box.map((x) => x.toFixed(2)).join(" ")}" data-squeeze="${SQUEEZE}" role="img" ` +
    `aria-label="Map of the British Isles: click a place, or type a grid reference instead">` +
    `<path d="${outline}"/><circle r="0.12" hidden/></svg>`
  );
}

/** Drawings that no head was trained on, with what is known of them and their true tags: of different first tags. */
async function examples({ train, inputs, ...project }: Project): Promise<string> {
  if (!project.isSample) return "";
  const tags = await loadTags({ train, inputs, ...project });
  const list = tags.map(
    ({ col, tag }) => `CASE WHEN ${col} = 1 THEN '${tag.replaceAll("'", "''")}' END`,
  );
  const rows = await query<{
    name: string;
    image: string;
    title: string;
    reference: string;
    truth: string;
  }>(`
    WITH tagged AS (
      SELECT gridimage_id AS id, image, coalesce(title, '') AS title, coalesce(grid_reference, '') AS reference,
        list_filter([${list.join(", ")}], tag -> tag IS NOT NULL) AS names
      FROM ${literal(train)} WHERE split = 'val' AND image IS NOT NULL
    ), one_each AS (
      SELECT * FROM tagged WHERE len(names) >= 2
      QUALIFY row_number() OVER (PARTITION BY names[1] ORDER BY hash(id)) = 1
    )
    SELECT 'Drawing ' || id AS name, image, title, reference, array_to_string(names, '|') AS truth FROM one_each ORDER BY hash(id) LIMIT ${EXAMPLES}`);
  const withPhotos = await Promise.all(
    rows.map(async ({ image, truth, ...known }) => ({
      ...known,
      truth: truth.split("|"),
      jpeg: (await readFile(join(inputs, image))).toString("base64"),
    })),
  );
  const json = JSON.stringify(withPhotos).replaceAll("<", "\\u003c"); // no title ends the block
  return `<script type="application/json" data-examples>${json}</script>`;
}

/** What the page may do: nothing that needs a network, or, in a folder, fetch from where it came from. */
function policy(isOneFile: boolean): string {
  return [
    "default-src 'none'",
    "script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:",
    "worker-src blob:",
    "style-src 'unsafe-inline'",
    "img-src blob: data:",
    "base-uri 'none'",
    "form-action 'none'",
    ...(isOneFile ? [] : ["connect-src 'self'"]),
  ].join("; ");
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** What a reader of the page should know of its answers. */
function noteOn({ encoder, isSample, dataset }: Project): string {
  const trainedOn = isSample ? "drawn landscapes" : `the photos of ${dataset}`;
  const caution =
    encoder === "mini-clip"
      ? " Both have seen drawings only and know little of real photos: what they say of yours is a demonstration."
      : "";
  return `The encoder is ${encoder}, the head was trained on ${trainedOn}.${caution}`;
}

/**
 * Write the page that tags photos with a head, in the browser: data/<dataset>/tagger/<encoder>-<head>.html, with the
 * encoder, the tokenizer, the head and the runtime in it. It makes no network request, and its own security policy
 * forbids it any. With an encoder of more than 32 MB it becomes a folder, which `npm run tagger` serves.
 *
 *     const { path } = await writeTagger({ project: openProject(), head: "linear-img-txt-loc" });
 *
 * Throws for a head that has not been trained or sees no photos, and for an encoder with missing files.
 */
export async function writeTagger({
  project,
  head,
  dtype = "fp32",
  oneFile,
}: TaggerOptions): Promise<Tagger> {
  const tags = await loadTags(project);
  const { experiment } = await loadHead(head, project, tags.length);
  if (!experiment.modalities.includes("img"))
    throw new Error(`${head} sees no photos: take a head whose name has "img" in it`);
  const files = await filesFor(project, head, dtype);
  const sizes = await Promise.all(files.map(async ([, path]) => (await stat(path)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const isOneFile = oneFile ?? total <= ONE_FILE;
  const worker = await bundle("worker.ts", { "import.meta.url": "self.location.href" });
  const parts: Record<string, string> = {
    csp: policy(isOneFile),
    style: `<style>${await readFile(join(PAGE, "style.css"), "utf8")}</style>`,
    quantised: String(dtype === "q8"),
    tags: String(tags.length),
    note: escaped(noteOn(project)),
    map: map(),
    files: [
      await examples(project),
      ...(isOneFile
        ? await Promise.all(
            files.map(async ([name, path]) => {
              const zipped = gzipSync(await readFile(path), { level: 9 });
              return `<script type="text/plain" data-file="${name}">${zipped.toString("base64")}</script>`;
            }),
          )
        : []),
    ].join("\n"),
    script: `<script>${await bundle("main.ts", { WORKER: JSON.stringify(worker) })}</script>`,
  };
  const template = await readFile(join(PAGE, "page.html"), "utf8");
  const html = template.replaceAll(/\{\{(\w+)\}\}/g, (_, part: string) => parts[part]);
  const name = project.heads.split("/").pop()!;
  const folder = `${project.inputs}/tagger/${name}-${head}${dtype === "q8" ? "-q8" : ""}`;
  const path = isOneFile ? `${folder}.html` : `${folder}/index.html`;
  if (!isOneFile)
    for (const [file, from] of files)
      await replaceFile(join(folder, file), (temporary) => copyFile(from, temporary));
  await writeFileAtomic(path, html); // last: where it is, all is
  return { path, isOneFile, bytes: Buffer.byteLength(html) + (isOneFile ? 0 : total) };
}
