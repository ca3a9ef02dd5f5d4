/** The authors' public release: which files it has, and fetching them into the places where the notebooks look. */
import { existsSync, readFileSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { readCsv } from "../files/csv";
import { FetchError, fetchFile, gitBlobOf, type KnownFile, type Source } from "../files/download";
import { describeOwner, tryLock } from "../files/lock";

/** The repository at the commit that `data/paper/release.csv` lists. */
export const RELEASE_URL =
  "https://raw.githubusercontent.com/SpaceTimeLab/ClipTheLandscape/424c681465ccc6585cdcef30d715322c9a139703";
/** The dataset's folder, in Kaggle's own layout. */
export const RELEASE_FOLDER = "data/kaggle";

/** Labels and test ids; titles and grid references; trained heads; training logs; submissions. */
export const releaseGroups = ["labels", "titles", "heads", "logs", "submissions"] as const;
export type ReleaseGroup = (typeof releaseGroups)[number];

/** A file of the release. */
export interface ReleaseFile extends KnownFile {
  group: ReleaseGroup;
  /** Where it goes, inside the dataset's folder. */
  to: string;
}

/** What became of a file: `kept` was there before, `not tried` comes after the source has stopped answering. */
export type ReleaseOutcome = "fetched" | "kept" | FetchError["kind"] | "not tried";

/** A file, and what became of it. */
export interface ReleaseEntry extends ReleaseFile {
  outcome: ReleaseOutcome;
  /** Why it is not there; empty if it is. */
  reason: string;
}

/** The files of the release. Throws, naming the line, for a list that is not one. */
export function readReleaseList(path = "data/paper/release.csv"): ReleaseFile[] {
  const files: ReleaseFile[] = [];
  readCsv(readFileSync(path, "utf8"), {
    file: path,
    columns: ["group", "path", "to", "size", "git_blob"],
    onRecord: ([name, file, to, size, gitBlob]) => {
      const group = releaseGroups.find((known) => known === name);
      if (!group) return `the group is "${name}", not one of ${releaseGroups.join(", ")}`;
      if (!/^\d*$/.test(size)) return `the size is "${size}"`;
      if (!/^[0-9a-f]{40}$/.test(gitBlob)) return `"${gitBlob}" is no git blob id`;
      files.push({ group, path: file, to, size: size === "" ? null : Number(size), gitBlob });
      return undefined;
    },
    onReject: ({ line, reason }) => {
      throw new Error(`${path}, line ${line}: ${reason}`);
    },
  });
  return files;
}

export interface ReleaseOptions {
  /** The dataset's folder. */
  folder?: string;
  /** How many files are fetched side by side. */
  parallel?: number;
  signal?: AbortSignal;
  /** Called when a file is done with. */
  onFile?: (entry: ReleaseEntry) => void;
  /** Called with the bytes that have come since the last call. */
  onBytes?: (bytes: number) => void;
  /** Waits some milliseconds between attempts; for tests. */
  pause?: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
}

/**
 * Fetch files of the release from a source. Those that are there with the right bytes are not fetched again; one that
 * is there with other bytes is left alone and reported, since it may be somebody's own. What could not be had is in the
 * answer with its reason, file by file, in the order of `files`. Throws only if the disk is the trouble, if
 * another process is at it, or if `signal` aborts; the next call goes on from there.
 */
export async function fetchRelease(
  files: readonly ReleaseFile[],
  source: Source,
  options: ReleaseOptions = {},
): Promise<ReleaseEntry[]> {
  const { folder = RELEASE_FOLDER, parallel = 4, signal, onFile } = options;
  const entries: ReleaseEntry[] = [];
  let next = 0;
  let unreachable = false;
  const work = async (): Promise<void> => {
    for (let i = next++; i < files.length; i = next++) {
      signal?.throwIfAborted();
      const result = await obtain(files[i], source, folder, unreachable, options);
      unreachable ||= result.outcome === "unreachable";
      entries[i] = { ...files[i], ...result };
      onFile?.(entries[i]);
    }
  };
  const lockFile = `${folder}/release/.lock`;
  const lock = await tryLock(lockFile);
  if (!lock)
    throw new Error(`${await describeOwner(lockFile)} is fetching into ${folder}; let it finish`);
  try {
    // All have to end before the lock is given back, also when one of them fails.
    const ends = await Promise.allSettled(Array.from({ length: parallel }, work));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    await rmdir(partsFolder(folder)).catch(() => undefined); // it stays while there is something in it
  } finally {
    await lock.release();
  }
  return entries;
}

const partsFolder = (folder: string): string => `${folder}/release/.parts`;

/** Have one file in its place, or say why not. */
async function obtain(
  file: ReleaseFile,
  source: Source,
  folder: string,
  unreachable: boolean,
  { signal, onBytes, pause }: ReleaseOptions,
): Promise<Pick<ReleaseEntry, "outcome" | "reason">> {
  const target = `${folder}/${file.to}`;
  if (existsSync(target)) {
    if ((await gitBlobOf(target)) === file.gitBlob) return { outcome: "kept", reason: "" };
    const remedy = "it was left alone; delete or rename it to get the published one";
    return { outcome: "altered", reason: `${target} is there with other bytes: ${remedy}` };
  }
  if (unreachable) return { outcome: "not tried", reason: "the source had stopped answering" };
  const part = `${partsFolder(folder)}/${file.gitBlob}`;
  try {
    await fetchFile(source, file, target, { part, signal, onBytes, pause });
    return { outcome: "fetched", reason: "" };
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    return { outcome: error.kind, reason: error.message };
  }
}
