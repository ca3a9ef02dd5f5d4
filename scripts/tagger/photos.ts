/** Photos to try the tagger with: some of the sample, large ones, and odd ones. */
import { copyFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { literal, query } from "../../lib/files/table";
import type { Project } from "../../lib/project";
import { seededRandom } from "../../lib/random";

export interface Photo {
  file: string;
  title: string;
  reference: string;
  /**
   * Whether the browser sees the same pixels as Node, "equal", or nearly: of these photos the two may differ by up to
   * `levels` of 255 in a channel.
   */
  levels: number;
}

/** A fixture's picture stretched to a size, with seeded grain, so that there is detail at every scale. */
async function large(width: number, height: number): Promise<Sharp> {
  const random = seededRandom(1);
  const source = sharp("lib/fixtures/landscape.jpg").resize(width, height, { fit: "fill" });
  const data = await source.raw().toBuffer();
  for (let i = 0; i < data.length; i++)
    data[i] = Math.min(255, Math.max(0, data[i] + Math.round(40 * (random.uniform() - 0.5))));
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Sizes of large photos, width × height. */
const sizes = [
  [640, 480],
  [1024, 768],
  [300, 900],
  [2048, 1365],
  [4000, 3000],
];

/** Odd photos, each with how far browsers may be from Node. */
const odd: Record<string, [levels: number, finish: (photo: Sharp) => Sharp]> = {
  "turned.jpg": [0, (photo) => photo.withMetadata({ orientation: 6 }).jpeg()],
  "p3.jpg": [0, (photo) => photo.withIccProfile("p3").jpeg()],
  "grey.jpg": [0, (photo) => photo.greyscale().jpeg()],
  "progressive.jpg": [0, (photo) => photo.jpeg({ progressive: true })],
  // Browsers and Pillow, whose way Node goes, turn the four inks into colours differently.
  "cmyk.jpg": [2, (photo) => photo.toColourspace("cmyk").jpeg()],
  "lossless.webp": [0, (photo) => photo.webp({ lossless: true })],
  // A browser's canvas multiplies colours with alpha, and loses some of what it divides by again.
  "translucent.png": [4, (photo) => photo.ensureAlpha(0.4).png()],
  // Brought down to 8 bits: by rounding in one, by cutting off in the other.
  "16-bit.png": [1, (photo) => photo.toColourspace("rgb16").png()],
};

const place = { title: "Stone bridge over the canal", reference: "SD8940" };

/** Write the photos into `folder`: 12 of the sample's test photos, 5 large ones, and the odd ones. */
export async function photosToTry(project: Project, folder: string): Promise<Photo[]> {
  const rows = await query<{ image: string; title: string; reference: string }>(`
    SELECT image, coalesce(title, '') AS title, coalesce(grid_reference, '') AS reference
    FROM ${literal(project.test)} WHERE image IS NOT NULL ORDER BY hash(gridimage_id) LIMIT 12`);
  const photos = rows.map(({ image, title, reference }): Photo => {
    const file = join(folder, basename(image));
    copyFileSync(join(project.inputs, image), file);
    return { file, title, reference, levels: 0 };
  });
  for (const [width, height] of sizes) {
    const file = join(folder, `${width}x${height}.jpg`);
    writeFileSync(file, await (await large(width, height)).jpeg().toBuffer());
    photos.push({ file, ...place, levels: 0 });
  }
  for (const [name, [levels, finish]] of Object.entries(odd)) {
    const file = join(folder, name);
    writeFileSync(file, await finish(await large(500, 400)).toBuffer());
    photos.push({ file, ...place, levels });
  }
  return photos;
}
