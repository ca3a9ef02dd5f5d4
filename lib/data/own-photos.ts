/** A folder of photos that are no dataset: which there are, and what is known of each. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { readCsv } from "../files/csv";
import { readText } from "../files/text";
import { parseGridReference, toLatLon, type LatLon } from "./location";
import { factsInFile } from "./photo-facts";

/** Endings of the files that are taken for photos. */
const ENDINGS = [".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"];

export interface OwnPhoto {
  /** Path below the folder, with "/". */
  file: string;
  /** Path from the working directory. */
  path: string;
  /** '' where there is none. */
  title: string;
  place: LatLon | null;
  /** What was found and not used, and why. */
  notes: string[];
}

/**
 * The photos of a folder and of those in it, in the order of their names; hidden files and folders are passed over.
 * Throws if there is no such folder, or no photo in it.
 */
export function listPhotos(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new Error(`${folder} is no folder: name the one with your photos`);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ENDINGS.includes(extname(entry.name).toLowerCase()))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((file) => !file.split("/").some((part) => part.startsWith(".")));
  if (files.length === 0)
    throw new Error(`${folder} has no photo: none of its files ends with ${ENDINGS.join(", ")}`);
  return files.sort();
}

/** What a CSV says of photos, by file. */
export interface Captions {
  captions: Map<string, { title: string; place: LatLon | null; notes: string[] }>;
  /** Lines that were skipped, with the reason. */
  rejects: string[];
}

/**
 * Titles and places from a CSV with the columns `file` (below the folder), and any of `title` and `grid_reference`, such
 * as "TQ0775" or "J3574". A reference that names no place is said in the photo's notes. Throws without such columns.
 */
export async function readCaptions(csv: string): Promise<Captions> {
  const captions: Captions["captions"] = new Map();
  const rejects: string[] = [];
  const { text } = await readText(csv);
  readCsv(text, {
    file: csv,
    columns: ["file"],
    optional: ["title", "grid_reference"],
    onReject: ({ line, reason }) => rejects.push(`${csv}, line ${line}: ${reason}`),
    onRecord: ([file, title, reference]) => {
      const name = file.trim().replaceAll("\\", "/").replace(/^\.\//, "");
      if (name === "") return "no file is named";
      if (captions.has(name)) return `${name} has a line already`;
      const notes: string[] = [];
      let place: LatLon | null = null;
      if (reference.trim() !== "")
        try {
          place = toLatLon(parseGridReference(reference));
        } catch (error) {
          notes.push(`${(error as Error).message}: the location is left out`);
        }
      captions.set(name, { title: title.trim(), place, notes });
      return undefined;
    },
  });
  return { captions, rejects };
}

/** The photos of a folder, and what did not fit. */
export interface OwnPhotos {
  photos: OwnPhoto[];
  /** Lines of the CSV that were skipped, and those about photos that are not there. */
  rejects: string[];
}

/**
 * All photos of a folder with what is known of them: titles and places from a CSV, if one is named, and where it says
 * nothing from the files' own metadata. Throws if the folder has no photos, or the CSV can't be read.
 */
export async function ownPhotos(folder: string, csv?: string): Promise<OwnPhotos> {
  const files = listPhotos(folder);
  const { captions, rejects } = csv
    ? await readCaptions(csv)
    : { captions: new Map() as Captions["captions"], rejects: [] };
  const photos: OwnPhoto[] = [];
  for (const file of files) {
    const path = join(folder, file);
    const caption = captions.get(file);
    const own = await factsInFile(path);
    photos.push({
      file,
      path,
      title: caption?.title || own.title,
      place: caption?.place ?? own.place,
      notes: [...(caption?.notes ?? []), ...(caption?.place ? [] : own.notes)],
    });
  }
  const there = new Set(files);
  const absent = [...captions.keys()].filter((file) => !there.has(file));
  return {
    photos,
    rejects: [
      ...rejects,
      ...absent.map((file) => `${csv}: there is no photo ${file} in ${folder}`),
    ],
  };
}
