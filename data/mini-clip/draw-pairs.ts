/**
 * Draws scenes and captions to train mini-clip on, apart from the sample's:
 *   npx tsx data/mini-clip/draw-pairs.ts --out DIR --count 20000 [--seed 1] [--start 0]
 * writes DIR/000000.jpg (224 px) ... and DIR/pairs.jsonl with a line {"file", "title", "tags"} for each.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { mixSeeds, seededRandom } from "../../lib/random";
import type { Random } from "../../lib/random";
import { renderScene } from "../draw-sample/sample";
import { readTagStatistics, tagSetSampler } from "../draw-sample/tag-sets";
import { drawScene } from "../draw-sample/scenes/scene";
import { writeCaption, writeFullTitle, writeTitle } from "../draw-sample/titles";

/** Sets these seeds apart from the sample's, which mixes in a grid image's id in this place. */
const TRAINING_PAIRS = -1;
/** Below 1, rare tags come up more often than in the sample, so that all are seen. */
const FLATTEN = 0.5;
const USAGE =
  "usage: npx tsx data/mini-clip/draw-pairs.ts --out DIR --count N [--seed S] [--start I]";

/** Half the captions are titles as in the sample; the others name every tag, as a title or as a prompt would. */
function caption(tags: readonly string[], random: Random): string {
  const kind = random.uniform();
  return (kind < 0.5 ? writeTitle : kind < 0.72 ? writeFullTitle : writeCaption)(tags, random);
}

async function drawPairs(out: string, count: number, seed: number, start: number): Promise<void> {
  const statistics = await readTagStatistics();
  const sample = tagSetSampler(statistics, { flatten: FLATTEN });
  const lines: string[] = [];
  let next = start;
  const worker = async (): Promise<void> => {
    while (next < start + count) {
      const i = next++;
      const random = seededRandom(mixSeeds(seed, TRAINING_PAIRS, i));
      const tags = sample(random).map((t) => statistics.names[t]);
      const title = caption(tags, seededRandom(mixSeeds(seed, TRAINING_PAIRS, i, 1)));
      const file = `${String(i).padStart(6, "0")}.jpg`;
      await writeFile(join(out, file), await renderScene(drawScene(tags, random)));
      lines[i - start] = JSON.stringify({ file, title, tags });
      if ((i + 1 - start) % 1000 === 0) console.log(`${i + 1 - start} / ${count}`);
    }
  };
  sharp.concurrency(1); // many small pictures: one thread each, several at once
  await Promise.all(Array.from({ length: 4 }, worker));
  writeFileSync(join(out, "pairs.jsonl"), lines.join("\n") + "\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      count: { type: "string" },
      seed: { type: "string" },
      start: { type: "string" },
    },
  });
  const [count, seed, start] = [values.count ?? "", values.seed ?? "1", values.start ?? "0"].map(
    Number,
  );
  if (!values.out || !values.count || ![count, seed, start].every(Number.isInteger))
    throw new Error(USAGE);
  mkdirSync(values.out, { recursive: true });
  await drawPairs(values.out, count, seed, start);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
