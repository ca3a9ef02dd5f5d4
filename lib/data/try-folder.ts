/** A small folder of photos to try things with: what happens to real folders, made of some pictures. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

/** Pictures (JPEG files) of these things. */
export type Subject = "canal" | "church" | "sheep" | "cliffs" | "train";

/** EXIF: a title, and a place in degrees and minutes on the northern half of the globe. */
function exif(title: string, lat: [number, number], lon: [number, number], half: "E" | "W") {
  const angle = ([degrees, minutes]: [number, number]): string => `${degrees}/1 ${minutes}/1 0/1`;
  const place = { GPSLatitudeRef: "N", GPSLatitude: angle(lat), GPSLongitudeRef: half };
  return { IFD0: { ImageDescription: title }, IFD3: { ...place, GPSLongitude: angle(lon) } };
}

/**
 * Make the folder anew: a photo with title and GPS, one taken in Paris, one without anything, the same once more but held
 * sideways, one whose title and square are in titles.csv, one in HEIF, and two broken ones, of which titles.csv knows one.
 * What was in the folder is removed.
 */
export async function makeTryFolder(
  folder: string,
  pictures: Readonly<Record<Subject, string>>,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "walk"), { recursive: true });
  const { canal, church, sheep, cliffs, train } = pictures;
  const at = (name: string): string => join(folder, name);
  await sharp(canal)
    .withExif(exif("A lock on the canal", [53, 40], [2, 0], "W"))
    .toFile(at("canal.jpg"));
  await sharp(church)
    .withExif(exif("In the churchyard", [48, 51], [2, 21], "E"))
    .toFile(at("abroad.jpg"));
  await sharp(sheep).webp({ quality: 90 }).toFile(at("walk/sheep.webp"));
  await sharp(cliffs).png().toFile(at("walk/cliffs.png"));
  await sharp(cliffs)
    .rotate(270)
    .jpeg({ quality: 95 })
    .withMetadata({ orientation: 6 })
    .toFile(at("sideways.jpg"));
  await sharp(train).heif({ compression: "av1" }).toFile(at("train.heic"));
  const half = await readFile(train);
  for (const name of ["broken.jpg", "broken-titled.jpg"])
    await writeFile(at(name), half.subarray(0, half.length / 2));
  const lines = [
    "file,title,grid_reference",
    "walk/sheep.webp,Sheep on the hill,NY3715",
    "broken-titled.jpg,Station,",
    "lost.jpg,Nowhere,ZZ99",
  ];
  await writeFile(at("titles.csv"), `${lines.join("\n")}\n`);
}
