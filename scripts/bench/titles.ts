/**
 * Titles alone through CLIP ViT-B/32's text tower, beside the original's loop in PyTorch (a title at a time, padded to 77).
 *
 *     npm run bench -- titles [--titles 20000] [--seconds 10] [--dtypes fp32,q8]
 *
 * The titles are made up to the real statistics: 28 characters on average, 128 at most, a quarter of them there before.
 * Needs Linux, to count processor time.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { ClipDtype } from "../../lib/clip/clip-files";
import { embedSplit } from "../../lib/embed/embed";
import { withDatabase } from "../../lib/files/table";
import { seededRandom } from "../../lib/random";
import { readOptions } from "./options";
import { report, run, runPython, say } from "./part";
import { clipFolder, prepareRandomClip, randomClip as encoder } from "./random-clip";

const options = readOptions();
const { titles: rows, seconds, dtypes } = options;
/** Rows of the real data, train and test: what the goals in minutes are about. */
const ALL = 647_099;

const KINDS =
  "Church Farm Lane Bridge Canal Mill Wood Hill Footpath Station School Reservoir Cottage Field".split(
    " ",
  );
const JOINTS = [
  "near",
  "at",
  "from",
  "by the road to",
  "looking towards",
  "on the edge of",
  "beside",
];
const SYLLABLES =
  "ash bar combe dun el ford gar ham ing kirk ley mor nor ock pen ross stow thorpe ul wick".split(
    " ",
  );

/** Made-up titles, of which a quarter occur more than once. */
function madeUpTitles(): string[] {
  const random = seededRandom(1);
  const below = (n: number): number => Math.floor(random.uniform() * n);
  const place = (): string => {
    const name = Array.from({ length: 2 + below(2) }, () => SYLLABLES[below(SYLLABLES.length)]);
    return name.join("").replace(/^./, (letter) => letter.toUpperCase());
  };
  const titles: string[] = [];
  for (let row = 0; row < rows; row++) {
    const parts = [KINDS[below(KINDS.length)]];
    while (random.uniform() < 0.55) parts.push(JOINTS[below(JOINTS.length)], place());
    const isNew = row === 0 || random.uniform() < 0.75;
    if (parts.length === 1) parts.unshift(place());
    titles.push(isNew ? parts.join(" ").slice(0, 128) : titles[below(row)]);
  }
  return titles;
}

/** Processor-seconds of this process and of children that have ended (Linux: /proc; clock ticks are 1/100 s). */
function cpuSeconds(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

interface Measured {
  /** Titles a second. */
  rate: number;
  /** Processor-seconds a title. */
  cpu: number;
}

async function ours(dataset: string, dtype: ClipDtype): Promise<Measured> {
  const cpu = cpuSeconds();
  const summary = await embedSplit({ dataset, split: "train", encoder, dtype });
  return { rate: rows / summary.seconds, cpu: (cpuSeconds() - cpu) / rows };
}

/** The original's loop over the titles in a file, one at a time, on all cores. */
function original(file: string): Measured {
  const given = ["--model", clipFolder, "--titles", file, "--seconds", String(seconds)];
  return runPython<Measured>(options, "torch_embed.py", ...given)[0];
}

async function main(): Promise<void> {
  prepareRandomClip(options);
  const folder = mkdtempSync(join(tmpdir(), "bench-titles-"));
  const titles = madeUpTitles();
  const characters = titles.reduce((sum, title) => sum + title.length, 0) / rows;
  const different = new Set(titles).size;
  say(`  ${rows} titles of ${characters.toFixed(1)} characters, ${different} of them different`);
  try {
    await withDatabase(async (db) => {
      await db.run("CREATE TABLE t (gridimage_id INTEGER, title VARCHAR, image VARCHAR)");
      await db.append("t", [titles.map((_, i) => i), titles, titles.map(() => null)]);
      await db.copyToParquet("SELECT * FROM t", join(folder, "prepared/train.parquet"));
    });
    const file = join(folder, "titles.json");
    writeFileSync(file, JSON.stringify(titles.slice(0, 2000)));
    const theirs = original(file);
    say(
      `  PyTorch ${theirs.rate.toFixed(1)} titles/s, ${(1000 * theirs.cpu).toFixed(1)} ms of processor time a title`,
    );
    const note = "CLIP ViT-B/32; PyTorch: the original's loop, fp32";
    for (const dtype of dtypes) {
      const found = await ours(relative("data", folder), dtype);
      say(
        `  ours in ${dtype} ${found.rate.toFixed(1)} titles/s, ${(1000 * found.cpu).toFixed(1)} ms of processor time a title`,
      );
      const [rate, minutes] = dtype === "fp32" ? ["≥ 3 ×", 50] : ["≥ 5 ×", 30];
      report({
        what: `titles embedded in ${dtype}`,
        unit: "titles/s",
        ours: [found.rate],
        pytorch: [theirs.rate],
        goal: rate,
        note,
      });
      report({
        what: `processor time of a title in ${dtype}`,
        unit: "ms",
        ours: [1000 * found.cpu],
        pytorch: [1000 * theirs.cpu],
        note,
      });
      report({
        what: `all ${ALL.toLocaleString("en-GB")} titles on two cores in ${dtype}`,
        unit: "min",
        ours: [(ALL * found.cpu) / 2 / 60],
        goal: `≤ ${minutes}`,
        note: "from the processor time",
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

run("titles", main);
