/** Embed a dataset's photos and titles, or some shards of them: `npm run embed -- --help`. */
import { embedSplit, listShards, type EmbedSummary } from "../lib/embed/embed";
import { embedLog } from "./embed/log";
import { EMBED_USAGE, embedCommand, UsageError, type EmbedCommand } from "./embed/options";
import type { Split } from "../lib/project";

const INTERRUPTED = 130;

async function list(command: EmbedCommand, split: Split): Promise<void> {
  const listed = await listShards({ ...command, split });
  const { shards } = listed;
  if (command.json) return console.log(JSON.stringify(listed));
  console.log(
    `${listed.folder}: ${shards.length} shards, ${shards.filter(({ finished }) => finished).length} finished`,
  );
  for (const { shard, rows, finished, failures } of shards)
    console.log(
      `  ${shard}: ${rows} rows, ${finished ? `finished, ${failures} photos failed` : "to do"}`,
    );
}

function describe({
  folder,
  subject,
  shards,
  rows,
  reused,
  failures,
  seconds,
}: EmbedSummary): string {
  const missing =
    subject === "photos"
      ? `${failures.length} photos without an embedding, listed in failures.csv`
      : "titles alone, photos may follow";
  return (
    `${shards} shards (${rows} rows) in ${folder} are finished, ${reused} of them earlier; ` +
    `${missing}; ${seconds.toFixed(1)} s`
  );
}

async function embed(command: EmbedCommand, split: Split, signal: AbortSignal): Promise<void> {
  const log = embedLog(`${command.dataset} ${split}`, process.stderr, { every: command.logEvery });
  try {
    log.done(
      describe(
        await embedSplit({ ...command, split, signal, onProgress: log.progress, onNote: log.note }),
      ),
    );
  } finally {
    log.close();
  }
}

async function main(): Promise<void> {
  const command = embedCommand(process.argv.slice(2));
  const controller = new AbortController();
  if (command.help) return console.log(EMBED_USAGE);
  // Between batches; a second signal ends the process at once. Either way nothing that is finished is lost.
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () =>
      controller.abort(new Error(`Interrupted by ${name}; the same command goes on from here`)),
    );
  try {
    for (const split of command.splits)
      await (command.list ? list(command, split) : embed(command, split, controller.signal));
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    console.error((controller.signal.reason as Error).message);
    process.exitCode = INTERRUPTED;
  }
}

main().catch((error: Error) => {
  const usage = error instanceof UsageError;
  console.error(usage ? `embed: ${error.message}\n\n${EMBED_USAGE}` : `embed: ${error.message}`);
  process.exitCode = usage ? 2 : 1;
});
