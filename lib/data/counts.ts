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

/** The places of a split's images, one for each square; images without a known place are left out. */
export async function loadPlaces(split: "train" | "test", project: Project): Promise<Place[]> {
  return query<Place & Record<string, number>>(
    `SELECT DISTINCT lat, lon FROM ${prepared(split, project)} WHERE lat IS NOT NULL ORDER BY lat, lon`,
  );
}

/**
 * One training photo of each tag, chosen at random among those that have this tag and no other and that can be read. Tags
 * without such a photo are left out (all of them, where no image is on disk).
 */
export async function onePhotoPerTag(random: Random, project: Project): Promise<TaggedPhoto[]> {
  const tags = await loadTags(project);
  const { inputs } = project;
  const all = tags.map(({ col }) => identifier(col)).join(" + ");
  const photos: TaggedPhoto[] = [];
  for (const { col, tag } of tags) {
    const { image } = await columns<{
      image: string[];
    }>(`SELECT image FROM ${prepared("train", project)}
      WHERE image IS NOT NULL AND ${identifier(col)} = 1 AND ${all} = 1 ORDER BY gridimage_id`);
    const found = await firstReadable(
      image.map((file) => `${inputs}/${file}`),
      random,
    );
    if (found !== undefined) photos.push({ tag, image: found });
  }
  return photos;
}

async function firstReadable(files: string[], random: Random): Promise<string | undefined> {
  for (const i of random.permutation(files.length)) {
    const readable = await sharp(files[i])
      .stats()
      .then(
        () => true,
        () => false,
      );
    if (readable) return files[i];
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
