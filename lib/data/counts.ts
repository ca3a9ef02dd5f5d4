/** What the figures need to know of the prepared data: counts of tags and pairs, titles, places, photos. */
import sharp from "sharp";
import { readLabels } from "./inputs";
import { loadLabels, loadTags } from "./labels";
import { type Project, requireFile } from "../project";
import type { Random } from "../random";
import { columns, identifier, literal, query, withDatabase } from "../files/table";
import type { Place, TagCounts, TaggedPhoto, TagPairs } from "./types";

const prepared = (split: "train" | "test", project: Project): string =>
  literal(requireFile(project[split], "01-preprocess"));

/** How many of the prepared training images have each tag, in column order. */
export async function countTags(project: Project): Promise<TagCounts> {
  const tags = await loadTags(project);
  const [sums] = await query<Record<string, number>>(`SELECT count(*) AS images,
    ${tags.map(({ col }) => `sum(${identifier(col)}) AS ${identifier(col)}`).join(", ")} FROM ${prepared("train", project)}`);
  return { images: sums.images, tags: tags.map(({ col, tag }) => ({ tag, images: sums[col] })) };
}

/** How many labelled images have one tag, two tags, …; counted before those with too many are dropped. */
export async function countTagsPerImage(
  project: Project,
): Promise<{ tags: number; images: number }[]> {
  return withDatabase(async (db) => {
    await readLabels(db, project);
    return db.query(
      "SELECT tag_count AS tags, count(*) AS images FROM labels GROUP BY tag_count ORDER BY tag_count",
    );
  });
}

/** How often each two tags occur together; tags of one grouping stand next to each other. */
export async function countPairs(project: Project): Promise<TagPairs> {
  const { labels, tags } = await loadLabels(project);
  const n = tags.length;
  const both = new Float64Array(n * n);
  for (let row = 0; row < labels.length; row += n) {
    for (let i = 0; i < n; i++)
      if (labels[row + i]) for (let j = i; j < n; j++) both[i * n + j] += labels[row + j];
  }
  const groupings = new Map((await loadTags(project)).map(({ tag, grouping }) => [tag, grouping]));
  const pairs = tags.flatMap((a, i) =>
    tags.slice(i + 1).map((b, k) => ({ a, b, images: both[i * n + i + 1 + k] })),
  );
  const counts = tags.map((tag, i) => ({
    tag,
    images: both[i * n + i],
    grouping: groupings.get(tag) ?? "",
  }));
  return { tags: counts.sort((a, b) => a.grouping.localeCompare(b.grouping)), pairs };
}

/** All titles, of training and test images; '' where there is none. */
export async function loadTitles(project: Project): Promise<string[]> {
  const { title } = await columns<{
    title: string[];
  }>(`SELECT title FROM ${prepared("train", project)}
    UNION ALL SELECT title FROM ${prepared("test", project)}`);
  return title;
}

/** Titles of all images, training and test, in numbers; lengths in characters, of those that have one. */
export interface TitleStatistics {
  images: number;
  titled: number;
  meanLength: number;
  longest: number;
}

export async function titleStatistics(project: Project): Promise<TitleStatistics> {
  const lengths = (await loadTitles(project)).map((title) => [...title].length);
  const titled = lengths.filter((length) => length > 0);
  const sum = titled.reduce((total, length) => total + length, 0);
  return {
    images: lengths.length,
    titled: titled.length,
    meanLength: titled.length === 0 ? 0 : sum / titled.length,
    longest: lengths.reduce((most, length) => Math.max(most, length), 0),
  };
}

/** A labelled image as a row of text: what stands in the files about it. */
export interface ExampleRow {
  id: number;
  title: string;
  gridReference: string;
  /** Degrees (WGS84); null where the place is unknown. */
  latitude: number | null;
  longitude: number | null;
  tags: string[];
}

/** Some training images, chosen at random, with title, grid reference, place and tags. */
export async function exampleRows(
  random: Random,
  project: Project,
  { count = 5 }: { count?: number } = {},
): Promise<ExampleRow[]> {
  const { labels, tags } = await loadLabels(project);
  const rows = await query<Omit<ExampleRow, "tags"> & Record<string, string | number | null>>(
    `SELECT gridimage_id AS id, title, grid_reference AS "gridReference", lat AS latitude, lon AS longitude
     FROM ${prepared("train", project)}`,
  );
  return Array.from(random.permutation(rows.length).subarray(0, count), (row) => {
    const { id, title, gridReference, latitude, longitude } = rows[row];
    const own = tags.filter((_, tag) => labels[row * tags.length + tag]);
    return { id, title, gridReference, latitude, longitude, tags: own };
  });
}

/** The places of a split's images, one for each square; images without a known place are left out. */
export async function loadPlaces(split: "train" | "test", project: Project): Promise<Place[]> {
  return query<Place & Record<string, number>>(
    `SELECT DISTINCT lat, lon FROM ${prepared(split, project)} WHERE lat IS NOT NULL ORDER BY lat, lon`,
  );
}

export interface PhotoPerTagOptions {
  /** How well a photo (by its image's id) shows a tag: the highest is chosen. Without it, chance chooses. */
  shows?: (id: number, tag: string) => number;
}

/**
 * One training photo of each tag, of those that have this tag and no other and that can be read. A photo need not show its
 * tag: photographers tag what a place *is*. With `shows`, such as a head's logits, the photo that shows it best is chosen,
 * else one at random. Tags without such a photo are left out (all of them, where no image is on disk).
 */
export async function onePhotoPerTag(
  random: Random,
  project: Project,
  { shows = () => 0 }: PhotoPerTagOptions = {},
): Promise<TaggedPhoto[]> {
  const { labels, tags } = await loadLabels(project);
  const { id, image } = await columns<{ id: Int32Array; image: (string | null)[] }>(
    `SELECT gridimage_id AS id, image FROM ${prepared("train", project)}`,
  );
  const only: number[][] = tags.map(() => []); // rows with a photo and one tag, by tag
  for (const row of image.keys()) {
    const own = labels.subarray(row * tags.length, (row + 1) * tags.length);
    const tag = own.indexOf(1);
    if (image[row] !== null && tag >= 0 && own.indexOf(1, tag + 1) < 0) only[tag].push(row);
  }
  const photos = tags.map(async (tag, i): Promise<TaggedPhoto | undefined> => {
    const rows = only[i].sort((a, b) => id[a] - id[b]);
    const order = Array.from(random.permutation(rows.length), (k) => rows[k]);
    order.sort((a, b) => shows(id[b], tag) - shows(id[a], tag));
    const found = await firstReadable(order.map((row) => `${project.inputs}/${image[row]}`));
    return found === undefined ? undefined : { tag, image: found };
  });
  return (await Promise.all(photos)).filter((photo) => photo !== undefined);
}

async function firstReadable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const readable = await sharp(file)
      .raw()
      .toBuffer()
      .then(
        () => true,
        () => false,
      );
    if (readable) return file;
  }
  return undefined;
}

/** Up to `each` titles of training images with each tag, chosen at random; tags without a titled image have none. */
export async function exampleTitles(
  random: Random,
  project: Project,
  { each = 3 }: { each?: number } = {},
): Promise<Map<string, string[]>> {
  const { labels, tags } = await loadLabels(project);
  const { title } = await columns<{ title: string[] }>(
    `SELECT title FROM ${prepared("train", project)}`,
  );
  const examples = tags.map((tag, i): [string, string[]] => {
    const titles = title.filter((text, row) => text !== "" && labels[row * tags.length + i]);
    return [tag, Array.from(random.permutation(titles.length).subarray(0, each), (k) => titles[k])];
  });
  return new Map(examples);
}
