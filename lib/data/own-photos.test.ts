import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listPhotos, ownPhotos, readCaptions } from "./own-photos";
import { factsInFile, placeProblem } from "./photo-facts";
import { makeTryFolder } from "./try-folder";

const folder = mkdtempSync(join(tmpdir(), "own-photos-"));
afterAll(() => rmSync(folder, { recursive: true }));

const picture = (): Sharp =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: "#8a8" } });

/** EXIF's GPS: degrees as fractions, with the half of the globe. */
const gps = (lat: number, lon: number): Record<string, string> => ({
  GPSLatitudeRef: lat < 0 ? "S" : "N",
  GPSLatitude: `${Math.round(Math.abs(lat) * 1e5)}/100000 0/1 0/1`,
  GPSLongitudeRef: lon < 0 ? "W" : "E",
  GPSLongitude: `${Math.round(Math.abs(lon) * 1e5)}/100000 0/1 0/1`,
});

const xmp = (title: string): string =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
  `<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>` +
  `<rdf:li xml:lang="x-default">${title}</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>`;

beforeAll(async () => {
  mkdirSync(join(folder, "walk"));
  mkdirSync(join(folder, ".cache"));
  const at = (name: string): string => join(folder, name);
  const described = { IFD0: { ImageDescription: "Caf__ by the lock" } };
  const jpeg = await picture()
    .jpeg()
    .withExif({ ...described, IFD3: gps(54.5, -2.26) })
    .toBuffer();
  jpeg.write("é", jpeg.indexOf("__ by"), "utf8"); // as phones write it; sharp would make it an e
  writeFileSync(at("b.JPG"), jpeg);
  await picture().webp().withXmp(xmp("The title")).withExif(described).toFile(at("a.webp"));
  await picture()
    .png()
    .withExif({ IFD0: { ImageDescription: "OLYMPUS DIGITAL CAMERA" }, IFD3: gps(48.86, 2.35) })
    .toFile(at("walk/c.png"));
  await picture()
    .heif({ compression: "av1" })
    .withExif({ IFD0: { ImageDescription: "A boat" } })
    .toFile(at("d.heic"));
  writeFileSync(at("broken.jpeg"), "no picture");
  writeFileSync(at("notes.txt"), "not a photo");
  writeFileSync(at(".hidden.jpg"), "");
  writeFileSync(at(".cache/e.jpg"), "");
});

describe("the folder", () => {
  test("photos by their endings, also in folders below; hidden ones are passed over", () => {
    expect(listPhotos(folder)).toEqual(["a.webp", "b.JPG", "broken.jpeg", "d.heic", "walk/c.png"]);
  });

  test("none, or no photo in it, is said", () => {
    expect(() => listPhotos(join(folder, "nowhere"))).toThrow(/nowhere is no folder/);
    expect(() => listPhotos(join(folder, "notes.txt"))).toThrow(/notes.txt is no folder/);
    expect(() => listPhotos(join(folder, ".cache"))).not.toThrow();
    const empty = mkdtempSync(join(folder, ".empty-"));
    expect(() => listPhotos(empty)).toThrow(/has no photo: .*\.jpg, .*\.heic/);
  });
});

describe("what a file says of itself", () => {
  test("EXIF's description and GPS", async () => {
    const { title, place, notes } = await factsInFile(join(folder, "b.JPG"));
    expect([title, notes]).toEqual(["Café by the lock", []]);
    expect(place!.lat).toBeCloseTo(54.5, 4);
    expect(place!.lon).toBeCloseTo(-2.26, 4);
  });

  test("XMP's title comes before EXIF's; HEIC files are read too", async () => {
    expect((await factsInFile(join(folder, "a.webp"))).title).toBe("The title");
    expect((await factsInFile(join(folder, "d.heic"))).title).toBe("A boat");
  });

  test("IPTC's object name", async () => {
    const name = Buffer.from("Lock 3");
    const record = Buffer.concat([Buffer.from([0x1c, 2, 5, 0, name.length]), name]);
    const size = Buffer.from([0, 0, 0, record.length + (record.length % 2)]);
    const resource = Buffer.concat([Buffer.from("8BIM\x04\x04\0\0", "latin1"), size, record]);
    const pad = Buffer.alloc(record.length % 2);
    const body = Buffer.concat([Buffer.from("Photoshop 3.0\0"), resource, pad]);
    const marker = Buffer.from([0xff, 0xed, 0, body.length + 2]);
    const plain = readFileSync("lib/fixtures/landscape.jpg");
    const file = join(folder, ".iptc.jpg");
    writeFileSync(file, Buffer.concat([plain.subarray(0, 2), marker, body, plain.subarray(2)]));
    expect((await factsInFile(file)).title).toBe("Lock 3");
  });

  test("a camera's name is no title; Paris is left out, and said", async () => {
    const { title, place, notes } = await factsInFile(join(folder, "walk/c.png"));
    expect([title, place]).toEqual(["", null]);
    expect(notes).toEqual([expect.stringMatching(/\(48\.860, 2\.350\) is not on Great Britain/)]);
  });

  test("a file without metadata has nothing, a broken one says so", async () => {
    const plain = await factsInFile("lib/fixtures/landscape.jpg");
    expect(plain).toEqual({ title: "", place: null, notes: [] });
    const broken = await factsInFile(join(folder, "broken.jpeg"));
    expect(broken.notes).toEqual([expect.stringContaining("could not be read")]);
  });
});

test.each([
  [51.5, -0.12, true], // London
  [53.3, -6.3, true], // Dublin
  [60.4, -1.3, true], // Shetland
  [54.2, -4.5, true], // Isle of Man
  [51.1, 1.4, true], // off Dover
  [50.95, 1.85, false], // Calais
  [48.86, 2.35, false], // Paris
  [0, 0, false], // what a camera without reception writes
  [95, 0, false],
  [NaN, 0, false],
])("%f, %f can be used: %s", (lat, lon, usable) => {
  expect(placeProblem(lat, lon) === null).toBe(usable);
});

describe("a CSV", () => {
  const csv = join(folder, "titles.csv");

  test("comes before the file's own metadata, where it says something", async () => {
    writeFileSync(
      csv,
      "file,title,grid_reference\nb.JPG,From the list,TQ 07 75\n./a.webp,,J3574\nwalk\\c.png,C,ZZ99\n" +
        "gone.jpg,Gone,\nb.JPG,Again,\n",
    );
    const { photos, rejects } = await ownPhotos(folder, csv);
    const byFile = new Map(photos.map((photo) => [photo.file, photo]));
    expect(byFile.get("b.JPG")!.title).toBe("From the list");
    expect(byFile.get("b.JPG")!.place!.lat).toBeCloseTo(51.465, 2);
    expect(byFile.get("a.webp")!.title).toBe("The title");
    expect(byFile.get("a.webp")!.place!.lat).toBeCloseTo(54.6, 1);
    expect(byFile.get("walk/c.png")).toMatchObject({ title: "C", place: null });
    expect(byFile.get("walk/c.png")!.notes.join()).toMatch(/"ZZ99".*left out.*48\.860/);
    expect(rejects).toEqual([
      expect.stringMatching(/line 6: b.JPG has a line already/),
      expect.stringMatching(/no photo gone\.jpg/),
    ]);
  });

  test("titles alone, and a file without the column that it needs", async () => {
    writeFileSync(csv, "title,file\nA,a.webp\n");
    expect((await readCaptions(csv)).captions.get("a.webp")!.title).toBe("A");
    writeFileSync(csv, "name,title\nx,y\n");
    await expect(readCaptions(csv)).rejects.toThrow(/titles.csv has no column file/);
  });
});

test("a thousand photos are listed and read, none is changed", async () => {
  const many = mkdtempSync(join(folder, ".many-"));
  const bytes = readFileSync(join(folder, "b.JPG"));
  for (let i = 0; i < 1000; i++) writeFileSync(join(many, `${i}.jpg`), bytes);
  const { photos } = await ownPhotos(many);
  expect(photos).toHaveLength(1000);
  expect(new Set(photos.map(({ title }) => title))).toEqual(new Set(["Café by the lock"]));
  expect(readFileSync(join(many, "999.jpg")).equals(bytes)).toBe(true);
});

test("the folder to try has all of it, and what was in it is gone", async () => {
  const tried = join(folder, ".try");
  mkdirSync(tried);
  writeFileSync(join(tried, "old.jpg"), "");
  const subjects = ["canal", "church", "sheep", "cliffs", "train"] as const;
  const file = "lib/fixtures/landscape.jpg";
  const pictures = Object.fromEntries(subjects.map((subject) => [subject, file]));
  await makeTryFolder(tried, pictures as Record<(typeof subjects)[number], string>);
  const { photos, rejects } = await ownPhotos(tried, join(tried, "titles.csv"));
  expect(photos.map(({ file: name, title, place }) => [name, title, place !== null])).toEqual([
    ["abroad.jpg", "In the churchyard", false],
    ["broken-titled.jpg", "Station", false],
    ["broken.jpg", "", false],
    ["canal.jpg", "A lock on the canal", true],
    ["sideways.jpg", "", false],
    ["train.heic", "", false],
    ["walk/cliffs.png", "", false],
    ["walk/sheep.webp", "Sheep on the hill", true],
  ]);
  expect(rejects).toHaveLength(1);
  const { orientation, width, height } = await sharp(join(tried, "sideways.jpg")).metadata();
  const upright = await sharp(file).metadata();
  expect([orientation, width, height]).toEqual([6, upright.height, upright.width]);
  await expect(sharp(join(tried, "broken.jpg"), { failOn: "truncated" }).stats()).rejects.toThrow();
});
