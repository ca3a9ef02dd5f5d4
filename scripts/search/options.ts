/** The command line of `npm run search`. */
import { parseArgs } from "node:util";
import { openProject, projectOf, type Project, type Split } from "../../lib/project";

export const SEARCH_USAGE = `Usage: npm run search -- "words" [options]

Finds the photos of a dataset whose embeddings are nearest to words, to a photo, or to a sum of both: all of them are
looked at. Prints rank, cosine, id, split, title and path. Notebooks 1 and 2 (npm start) must have been run.

  "words"              what to look for, as a title would say it
  --like PHOTO         a photo's file (JPEG, PNG or WebP; turned upright), or the id of one of the dataset
                       (with --by titles: that photo's title)
  --plus WORDS         … but with this; may be repeated
  --minus WORDS        … but without this; may be repeated
  --by photos|titles   what the query is compared with (default: photos)
  --split train|test   search only these (default: both)
  --top N              how many (default: 10)
  --dataset NAME       folder in data/ (default: the environment variable DATASET, else mini-geograph)
  --encoder NAME       mini-clip, a hub name or a folder (default: ENCODER, else the dataset's own)
  --json               one JSON object a photo
  --help

The sample's encoder, mini-clip, has read titles of drawings only: it knows canals and churches, but not "rush hour".
Ends with 0 when done, 1 after an error, 2 if the options are wrong.`;

/** Options that cannot be understood; the command ends with exit code 2. */
export class UsageError extends Error {}

export interface SearchCommand {
  help: boolean;
  project: Project;
  /** What is added, in words; the first is what was asked for, if anything was. */
  plus: string[];
  minus: string[];
  /** A photo's path, or an id. */
  like?: string;
  by: "img" | "txt";
  splits: Split[];
  top: number;
  json: boolean;
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const OPTIONS = {
  like: text,
  plus: { ...text, multiple: true },
  minus: { ...text, multiple: true },
  by: text,
  split: text,
  top: text,
  dataset: text,
  encoder: text,
  json: flag,
  help: flag,
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined)
    throw new UsageError(`--${name} must be ${allowed.join(" or ")}, not "${value}"`);
  return found;
}

/** What the command line asks for. Throws a UsageError that names the option. */
export function searchCommand(args: readonly string[]): SearchCommand {
  const { values, positionals } = parse(args);
  const { help, like, plus = [], minus = [], json } = values;
  const words = positionals.join(" ").trim();
  const added = words === "" ? plus : [words, ...plus];
  const empty = [...added, ...minus].some((each) => each.trim() === "");
  if (empty) throw new UsageError("--plus and --minus need words");
  if (!help && added.length === 0 && like === undefined)
    throw new UsageError('say what to look for: words, such as "canal lock", or --like PHOTO');
  const top = Number(values.top ?? 10);
  if (!Number.isInteger(top) || top < 1)
    throw new UsageError(`--top takes a whole number from 1, not "${values.top}"`);
  const opened = openProject();
  const project = projectOf(
    values.dataset ?? opened.dataset,
    values.encoder ?? (values.dataset ? process.env.ENCODER?.trim() || undefined : opened.encoder),
  );
  return {
    help,
    project,
    plus: added,
    minus,
    like,
    by: oneOf("by", values.by ?? "photos", ["photos", "titles"]) === "photos" ? "img" : "txt",
    splits:
      values.split === undefined
        ? ["train", "test"]
        : [oneOf("split", values.split, ["train", "test"])],
    top,
    json,
  };
}
