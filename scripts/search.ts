/** Search a dataset's photos by words and by photos: `npm run search -- --help`. */
import { loadClip } from "../lib/clip/clip";
import { clipPixels } from "../lib/clip/image";
import { embeddingOf, openGallery, rowOf, searchPhotos, type Gallery } from "../lib/embed/gallery";
import { unitSum, type WeightedVector } from "../lib/embed/search";
import { tf } from "../lib/tfjs";
import { SEARCH_USAGE, searchCommand, UsageError, type SearchCommand } from "./search/options";

/** The row of the photo that is asked about, if it is one of those searched. */
function rowAsked({ like }: SearchCommand, gallery: Gallery): number | null {
  return like !== undefined && /^\d+$/.test(like) ? rowOf(gallery, Number(like)) : null;
}

/** The query [D]. The encoder is loaded only if there is something to embed. */
async function queryOf(
  { project, like, plus, minus }: SearchCommand,
  gallery: Gallery,
  row: number | null,
): Promise<Float32Array> {
  const parts: WeightedVector[] = [];
  if (row !== null) parts.push({ vector: embeddingOf(gallery, row), weight: 1 });
  const file = row === null ? like : undefined;
  if (file === undefined && plus.length + minus.length === 0) return unitSum(parts);
  const clip = await loadClip(project.encoder);
  if (file !== undefined) {
    const pixels = await clipPixels(file, clip.preprocessing, { upright: true });
    parts.push({ vector: await clip.embedImages(pixels), weight: 1 });
  }
  for (const words of plus) parts.push({ vector: await clip.embedTitles([words]), weight: 1 });
  for (const words of minus) parts.push({ vector: await clip.embedTitles([words]), weight: -1 });
  await clip.dispose();
  return unitSum(parts);
}

async function main(): Promise<void> {
  const command = searchCommand(process.argv.slice(2));
  if (command.help) return console.log(SEARCH_USAGE);
  await tf.ready();
  const { project, by, splits, top, json } = command;
  const gallery = await openGallery(project, { by, splits });
  const row = rowAsked(command, gallery);
  const query = await queryOf(command, gallery, row);
  const started = performance.now();
  const leaveOut = (other: number): boolean => other === row;
  const found = await searchPhotos(gallery, query, { count: top, leaveOut });
  const seconds = (performance.now() - started) / 1000;
  found.forEach((photo, i) => {
    const { cosine, id, split, title, image } = photo;
    if (json) return console.log(JSON.stringify(photo));
    const fields = [String(i + 1).padStart(3), cosine.toFixed(3).replace("-", "−"), id, split];
    console.log(`${fields.join("  ")}  ${title || "(no title)"}  ${image ?? "(no photo on disk)"}`);
  });
  console.error(
    `${gallery.index.rows.toLocaleString("en-GB")} looked at in ${seconds.toFixed(2)} s`,
  );
}

main().catch((error: Error) => {
  const usage = error instanceof UsageError;
  console.error(usage ? `search: ${error.message}\n\n${SEARCH_USAGE}` : `search: ${error.message}`);
  process.exitCode = usage ? 2 : 1;
});
