/**
 * Count what notebooks 14 and 15 show, from the release in data/kaggle (`npm run release`), into data/paper/evidence:
 * `npx tsx scripts/evidence.ts`
 */
import { EVIDENCE_FOLDER, gatherEvidence, writeEvidence } from "../lib/score/evidence";

async function main(): Promise<void> {
  const evidence = await gatherEvidence();
  await writeEvidence(evidence);
  for (const [table, rows] of Object.entries(evidence))
    console.log(`${EVIDENCE_FOLDER}: ${table}, ${rows.length} rows`);
}

main().catch((error: Error) => {
  console.error(`evidence: ${error.message}`);
  process.exitCode = 1;
});
