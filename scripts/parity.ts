/**
 * Compare the embeddings of awkward photos and titles with PyTorch's, for encoders at their full size.
 *
 *     npx tsx scripts/parity.ts --architecture NAME --python PYTHON
 *     npx tsx scripts/parity.ts --model FOLDER --python PYTHON
 *
 * NAME is one of those in parity.py (clip-vit-base-patch32, clip-vit-large-patch14, siglip2-base-patch16-224,
 * dinov2-small, dinov2-base): a model of that shape is made with random weights, which will do, since equal numbers show
 * that tokenizer, preprocessing and arithmetic are the same. FOLDER is one that is there already, as parity.py describes
 * it. PYTHON has torch, transformers, tokenizers, onnx, onnxscript, Pillow and ftfy. Fails below a cosine of 0.99999
 * (photos of 224 px and titles) or 0.999 (photos that have to be resized).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp, { type Sharp } from "sharp";
import { loadClip } from "../lib/clip/clip";
import { clipPixels } from "../lib/clip/image";
import { seededRandom } from "../lib/random";

const { values: given } = parseArgs({
  options: {
    architecture: { type: "string" },
    model: { type: "string" },
    python: { type: "string", default: "python3" },
  },
});
const source = "lib/fixtures/landscape.jpg";

/** The fixture's photo stretched to a size, with (seeded) grain so that there is detail at every scale. */
async function photo(width: number, height: number): Promise<Sharp> {
  const random = seededRandom(1);
  const data = await sharp(source).resize(width, height, { fit: "fill" }).raw().toBuffer();
  const grainy = data.map((level: number) =>
    Math.min(255, Math.max(0, level + Math.round(60 * (random.uniform() - 0.5)))),
  );
  return sharp(grainy, { raw: { width, height, channels: 3 } });
}

/** Photos by file name, each with what it is. */
const photos: Record<
  string,
  [what: string, width: number, height: number, finish: (photo: Sharp) => Sharp]
> = {
  "224.jpg": ["224 × 224, as Kaggle's", 224, 224, (it) => it.jpeg()],
  "224-q30.jpg": ["224 × 224, strongly compressed", 224, 224, (it) => it.jpeg({ quality: 30 })],
  "224-444.jpg": [
    "224 × 224, full colour resolution",
    224,
    224,
    (it) => it.jpeg({ chromaSubsampling: "4:4:4" }),
  ],
  "224-progressive.jpg": [
    "224 × 224, progressive",
    224,
    224,
    (it) => it.jpeg({ progressive: true }),
  ],
  "224-grey.jpg": ["224 × 224, greyscale", 224, 224, (it) => it.greyscale().jpeg()],
  "224.png": ["224 × 224, PNG", 224, 224, (it) => it.png()],
  "224-wide.jpg": ["300 × 224: cropped, not resized", 300, 224, (it) => it.jpeg()],
  "640x480.jpg": ["landscape", 640, 480, (it) => it.jpeg()],
  "480x641.jpg": ["portrait, odd height", 480, 641, (it) => it.jpeg()],
  "3000x2001.jpg": ["large", 3000, 2001, (it) => it.jpeg()],
  "1600x230.jpg": ["panorama", 1600, 230, (it) => it.jpeg()],
  "230x1700.jpg": ["very tall", 230, 1700, (it) => it.jpeg()],
  "100x75.jpg": ["smaller than 224", 100, 75, (it) => it.jpeg()],
  "7x5.jpg": ["tiny", 7, 5, (it) => it.jpeg()],
  "exif.jpg": [
    "EXIF: rotated by 90°",
    500,
    400,
    (it) => it.jpeg().withMetadata({ orientation: 6 }),
  ],
  "profile.jpg": ["colour profile (Display P3)", 500, 400, (it) => it.withIccProfile("p3").jpeg()],
  "cmyk.jpg": ["CMYK", 500, 400, (it) => it.toColourspace("cmyk").jpeg()],
  "grey.jpg": ["greyscale", 500, 400, (it) => it.greyscale().jpeg()],
  "alpha.png": ["PNG with alpha", 500, 400, (it) => it.ensureAlpha(0.4).png()],
  "palette.png": ["PNG with a palette", 500, 400, (it) => it.png({ palette: true, colours: 64 })],
  "16-bit.png": ["PNG, 16 bits a channel", 500, 400, (it) => it.toColourspace("rgb16").png()],
  "lossless.webp": ["WebP, lossless", 500, 400, (it) => it.webp({ lossless: true })],
  "alpha.webp": ["WebP with alpha", 500, 400, (it) => it.ensureAlpha(0.4).webp({ lossless: true })],
  "png-named.jpg": ["PNG named .jpg", 500, 400, (it) => it.png()],
};

const titles = [
  "Narrow boats on the Grand Union Canal",
  "St Mary's church, Ewelme",
  "Sheep",
  "sheep ",
  "",
  " ",
  "\t\n  two\n lines\t",
  "a",
  "Caffè Nero & Co. – cafés",
  "Llŷn – Tŷ'n-y-coed",
  "Cafe\u0301 with a combining accent",
  "A40(M) flyover: £3.5m 🚂",
  "👩‍👩‍👧 family 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇬🇧",
  "كنيسة القديسة مريم",
  "בית כנסת ישן",
  "聖マリア教会",
  "Ελληνική γραφή, кириллица",
  "nul\u0000bell\u0007del\u007f",
  "zero\u200bwidth\ufeffand soft\u00adhyphen",
  "non\u00a0breaking",
  "<|endoftext|> inside",
  "&amp; &quot;entities&quot;",
  "T&#375; Mawr",
  "caf\u00c3\u00a9, read wrongly",
  "ﬁ ½ ² Ⅳ ﬀ ß İ ı",
  "SU5678 : 1/2 mile NE of the A4074's junction (B4009)",
  "!!!???...---***",
  "x".repeat(300),
  "🚂".repeat(60),
  "Loch na h-Achlaise from the A82 looking towards Black Mount in very low cloud and driving rain ".repeat(
    8,
  ),
];

function cosine(a: Float32Array, b: Float32Array): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
}

const python = (...args: string[]): void =>
  void execFileSync(given.python, ["scripts/parity.py", ...args], { stdio: "inherit" });

function theirs(model: string, folder: string, files: string[]): Float32Array {
  const request = join(folder, "request.json");
  const result = join(folder, "result.bin");
  writeFileSync(request, JSON.stringify({ photos: files, titles }));
  python("embed", model, request, result);
  return new Float32Array(Uint8Array.from(readFileSync(result)).buffer);
}

/** Embeddings of the photos and, if the encoder reads any, the titles: `size` numbers each. */
async function ours(
  encoder: string,
  files: string[],
): Promise<{ all: Float32Array[]; size: number }> {
  const clip = await loadClip(encoder);
  const { size } = clip;
  const all: Float32Array[] = [];
  for (const file of files)
    all.push(await clip.embedImages(await clipPixels(file, clip.preprocessing)));
  const text = clip.readsTitles ? await clip.embedTitles(titles) : new Float32Array(0);
  for (let start = 0; start < text.length; start += size)
    all.push(text.subarray(start, start + size));
  await clip.dispose();
  return { all, size };
}

interface Case {
  what: string;
  cosine: number;
  /** Our embedding's length, divided by theirs. */
  length: number;
  goal: number;
}

async function compare(model: string, folder: string): Promise<Case[]> {
  const names = Object.keys(photos);
  const files = names.map((name) => join(folder, name));
  for (const [i, name] of names.entries()) {
    const [, width, height, finish] = photos[name];
    writeFileSync(files[i], await finish(await photo(width, height)).toBuffer());
  }
  const encoder = readdirSync(model)
    .map((name) => join(model, name))
    .find((path) => !path.includes(".") && readdirSync(path).includes("onnx"));
  if (!encoder)
    throw new Error(`${model} has no folder in transformers.js's layout (config.json, onnx/, …)`);
  const { all, size } = await ours(encoder, files);
  const expected = theirs(model, folder, files);
  if (expected.length !== all.length * size)
    throw new Error(`${all.length * size} numbers of ours, ${expected.length} of PyTorch's`);
  const labels = [
    ...names.map((name) => `${name} — ${photos[name][0]}`),
    ...titles.map((title) => JSON.stringify(title)),
  ];
  return all.map((found, i) => {
    const what = labels[i];
    const reference = expected.subarray(i * size, (i + 1) * size);
    return {
      what: what.length > 60 ? `${what.slice(0, 56)} …"` : what,
      cosine: cosine(found, reference),
      length: Math.hypot(...found) / Math.hypot(...reference),
      goal: i < names.length && !names[i].startsWith("224") ? 0.999 : 0.99999,
    };
  });
}

async function main(): Promise<void> {
  if (!given.model && !given.architecture)
    throw new Error(
      "say what to compare: --architecture NAME or --model FOLDER, and --python PYTHON",
    );
  const folder = mkdtempSync(join(tmpdir(), "parity-"));
  const model = given.model ?? join(folder, "model");
  try {
    if (!given.model) python("make", given.architecture!, model);
    const cases = await compare(model, folder);
    const missed = cases.filter((one) => !(one.cosine >= one.goal));
    for (const { what, cosine: value, length, goal } of cases)
      console.log(
        `${value.toFixed(10)}  ${length.toFixed(6)}  ${value >= goal ? "≥" : "<"} ${goal}  ${what}`,
      );
    const worst = Math.min(...cases.map((one) => one.cosine));
    console.log(
      `${cases.length} cases, worst cosine ${worst.toFixed(10)}, ${missed.length} below the goal`,
    );
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
