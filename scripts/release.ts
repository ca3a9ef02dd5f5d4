/** Fetch and check the authors' public release: `npm run release -- --help`. */
import { parseArgs } from "node:util";
import {
  fetchRelease,
  readReleaseList,
  RELEASE_FOLDER,
  RELEASE_URL,
  releaseGroups,
  type ReleaseEntry,
  type ReleaseFile,
} from "../lib/data/release";
import { folderSource, webSource, type Source } from "../lib/files/download";

const USAGE = `Usage: npm run release -- [options]

Fetches what the paper's authors have published with their code into ${RELEASE_FOLDER}: the competition's labels, test ids,
titles and grid references where Kaggle's own files would be, and heads, logs and submissions in ${RELEASE_FOLDER}/release.
No account is needed. Photos are not in it; they are Kaggle's (data/README.md).

  --only GROUP,GROUP   some of: ${releaseGroups.join(", ")}
  --from FOLDER        take the files from a clone or copy of the repository that is already there
  --url ADDRESS        take them from another server (default: ${RELEASE_URL})
  --help

Each file is checked against its published git blob id (data/paper/release.csv) while it arrives. Files that are there
already are checked and kept; after an interruption the same command goes on where it stopped.
Ends with 0 when all files are there as published, 1 if not (each is named), 2 if the options are wrong, 130 when
interrupted. A proxy is taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.`;

const INTERRUPTED = 130;

class UsageError extends Error {}

interface Command {
  files: ReleaseFile[];
  source: Source;
  help: boolean;
}

const text = { type: "string" } as const;
const OPTIONS = { only: text, from: text, url: text, help: { type: "boolean" } } as const;

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function command(args: string[]): Command {
  const { only, from, url, help = false } = parse(args);
  if (from !== undefined && url !== undefined)
    throw new UsageError("--from and --url: only one of them, please");
  const groups = only?.split(",").map((name) => name.trim()) ?? [...releaseGroups];
  const odd = groups.find((name) => !(releaseGroups as readonly string[]).includes(name));
  if (odd !== undefined)
    throw new UsageError(`--only takes ${releaseGroups.join(", ")}; there is no group "${odd}"`);
  const source = from === undefined ? webSource(url ?? RELEASE_URL) : folderSource(from);
  return { files: readReleaseList().filter(({ group }) => groups.includes(group)), source, help };
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** One line that is rewritten on a terminal; elsewhere a line every ten seconds. */
function progressLine(files: number): { onBytes(bytes: number): void; onFile(): void } {
  const { stderr } = process;
  const every = stderr.isTTY ? 200 : 10_000;
  let shown = Date.now();
  let done = 0;
  let received = 0;
  const show = (): void => {
    if (Date.now() - shown < every) return;
    shown = Date.now();
    const line = `${done} of ${files} files, ${megabytes(received)} received`;
    stderr.write(stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  };
  return {
    onBytes: (bytes) => {
      received += bytes;
      show();
    },
    onFile: () => {
      done++;
      show();
      if (stderr.isTTY && done === files) stderr.write("\r\x1b[K");
    },
  };
}

/** Say group by group what is there, and file by file what is not. Returns whether everything is there. */
function report(entries: readonly ReleaseEntry[], source: Source): boolean {
  for (const group of releaseGroups) {
    const those = entries.filter((entry) => entry.group === group);
    if (those.length === 0) continue;
    const having = (...outcomes: string[]): number =>
      those.filter(({ outcome }) => outcomes.includes(outcome)).length;
    const there = having("fetched", "kept");
    console.log(
      `${group.padEnd(12)} ${there} of ${those.length} files there and as published ` +
        `(${having("fetched")} fetched, ${having("kept")} kept)`,
    );
  }
  const wanting = entries.filter(({ reason }) => reason !== "");
  if (wanting.length === 0) return true;
  const files = wanting.length === 1 ? "1 file is" : `${wanting.length} files are`;
  console.error(`\n${files} not there as published, from ${source.name}:`);
  for (const { path, outcome, reason } of wanting)
    console.error(`  ${path}: ${outcome}: ${reason}`);
  console.error("The same command tries these again, and no others.");
  return false;
}

async function main(): Promise<void> {
  const { files, source, help } = command(process.argv.slice(2));
  if (help) return console.log(USAGE);
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () =>
      controller.abort(new Error(`Interrupted by ${name}; the same command goes on from here`)),
    );
  const { signal } = controller;
  console.log(`${files.length} files from ${source.name} to ${RELEASE_FOLDER}`);
  try {
    const progress = progressLine(files.length);
    const entries = await fetchRelease(files, source, { signal, ...progress });
    if (!report(entries, source)) process.exitCode = 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error(`\n${(signal.reason as Error).message}`);
    process.exitCode = INTERRUPTED;
  }
}

main().catch((error: Error) => {
  const usage = error instanceof UsageError;
  console.error(usage ? `release: ${error.message}\n\n${USAGE}` : `release: ${error.message}`);
  process.exitCode = usage ? 2 : 1;
});
