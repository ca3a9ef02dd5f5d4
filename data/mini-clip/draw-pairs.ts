/**
 * Draws scenes and captions to train mini-clip on, apart from the sample's:
 *   npx tsx data/mini-clip/draw-pairs.ts --out DIR --count 20000 [--seed 1] [--start 0]
 * writes DIR/000000.jpg (224 px) ... and DIR/pairs.jsonl with a line {"file", "title", "tags"} for each.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { mixSeeds, seededRandom } from "../../lib/random";
import { readTagStatistics, tagSetSampler } from "../../lib/sample-tags";
import { drawScene } from "../../lib/scene";
import { writeCaption, writeFullTitle, writeTitle } from "../../lib/titles";

/** Sets these seeds apart from the sample's, which mixes in a grid image's id in this place. */
const TRAINING_PAIRS = -1;
const { values } = parseArgs({
  options: {
    out: { type: "string" }, count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" }, start: { type: "string", default: "0" },
  },
});

async function main(): Promise<void> {
  const out = values.out, count = Number(values.count), seed = Number(values.seed), start = Number(values.start);
  if (!out || ![count, seed, start].every(Number.isInteger)) throw new Error("usage: npx tsx data/mini-clip/draw-pairs.ts --out DIR --count N [--seed S] [--start I]");
  mkdirSync(out, { recursive: true });
  const statistics = readTagStatistics(), sample = tagSetSampler(statistics, { flatten: 0.5 });
  const lines: string[] = [];
  sharp.concurrency(1); // many small pictures: one thread each, several at once
  let next = start;
  const worker = async (): Promise<void> => {
    while (next < start + count) {
      const i = next++, random = seededRandom(mixSeeds(seed, TRAINING_PAIRS, i));
      const tags = sample(random).map((t) => statistics.names[t]), kind = random.uniform();
      const title = (kind < 0.5 ? writeTitle : kind < 0.72 ? writeFullTitle : writeCaption)(tags, random);
      const file = `${String(i).padStart(6, "0")}.jpg`;
      await sharp(Buffer.from(drawScene(tags, random))).flatten({ background: "#ffffff" }).jpeg({ quality: 82 }).toFile(join(out, file));
      lines[i - start] = JSON.stringify({ file, title, tags });
      if ((i + 1 - start) % 1000 === 0) console.log(`${i + 1 - start} / ${count}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  writeFileSync(join(out, "pairs.jsonl"), lines.join("\n") + "\n");
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
