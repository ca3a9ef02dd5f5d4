import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import ExifReader from "exifreader";
import { addKeywords, keywordsIn, sidecarPath, writeSidecar } from "./xmp";

const folder = mkdtempSync(join(tmpdir(), "xmp-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** As darktable writes them: its own history, a rating, and keywords, in a list of another kind and prefix. */
const DARKTABLE = `<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:d="http://purl.org/dc/elements/1.1/"
    xmlns:darktable="http://darktable.sf.net/" xmp:Rating="4" darktable:auto_presets_applied="1">
   <d:subject><rdf:Seq><rdf:li>holiday</rdf:li><rdf:li>Canals</rdf:li></rdf:Seq></d:subject>
   <darktable:history><rdf:Seq><rdf:li darktable:operation="exposure"/></rdf:Seq></darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
`;

/** The keywords as an independent reader of XMP sees them. */
function subjects(xmp: string): string[] {
  const { xmp: tags } = ExifReader.load(Buffer.from(xmp), { expanded: true });
  const value = tags?.subject?.value as unknown as { description: string }[];
  return value.map(({ description }) => description);
}

describe("keywords", () => {
  test("a new sidecar has them, whatever signs are in them", () => {
    const keywords = ["Farm, Fishery, Market Gardening", 'R&D <"lab">', "Café", "Café"];
    const xmp = addKeywords(null, keywords, "x.xmp");
    expect(keywordsIn(xmp, "x.xmp")).toEqual(keywords.slice(0, 3));
    expect(xmp).toContain("R&amp;D &lt;");
    expect(xmp).toMatch(/<dc:subject>\s*<rdf:Bag>/);
  });

  test("an existing one keeps everything and gets what it lacks", () => {
    const xmp = addKeywords(DARKTABLE, ["Canals", "Railways"], "x.xmp");
    expect(keywordsIn(xmp, "x.xmp")).toEqual(["holiday", "Canals", "Railways"]);
    for (const kept of ['xmp:Rating="4"', 'darktable:operation="exposure"', "Exiv2"])
      expect(xmp).toContain(kept);
    expect(addKeywords(DARKTABLE, ["Canals"], "x.xmp")).toBe(DARKTABLE);
  });

  test("one without a list, or without any description, gets it", () => {
    const bare = DARKTABLE.replace(/<d:subject>.*<\/d:subject>/, "");
    expect(keywordsIn(addKeywords(bare, ["A"], "x.xmp"), "x.xmp")).toEqual(["A"]);
    const empty = bare.replace(/<rdf:Description[^]*<\/rdf:Description>/, "");
    expect(keywordsIn(addKeywords(empty, ["A"], "x.xmp"), "x.xmp")).toEqual(["A"]);
  });

  test.each([
    ["", "no well-formed XML"],
    ["hello", "no well-formed XML (missing root element)"],
    ["<x:xmpmeta><unclosed></x:xmpmeta>", "no well-formed XML"],
    ["<html/>", "not XMP"],
  ])("%j is refused, and named", (xmp, why) => {
    expect(() => addKeywords(xmp, ["A"], "p/x.xmp")).toThrow(`p/x.xmp is left as it is: it is`);
    expect(() => addKeywords(xmp, ["A"], "p/x.xmp")).toThrow(why);
  });
});

test("sidecars are named as darktable and digiKam do, or as Adobe does", () => {
  expect(sidecarPath("a.b/photo.jpg")).toBe("a.b/photo.jpg.xmp");
  expect(sidecarPath("a.b/photo.v2.jpg", "photo.xmp")).toBe("a.b/photo.v2.xmp");
  expect(sidecarPath("a.b/photo", "photo.xmp")).toBe("a.b/photo.xmp");
});

describe("writeSidecar", () => {
  const photo = join(folder, "photo.jpg");
  writeFileSync(photo, "not looked at");

  test("writes beside the photo, not into it, and a second time nothing", async () => {
    const before = statSync(photo).mtimeMs;
    const first = await writeSidecar(photo, ["Canals", "Railways"]);
    expect(first).toEqual({ path: `${photo}.xmp`, added: ["Canals", "Railways"], kept: [] });
    const bytes = readFileSync(first.path, "utf8");
    expect(keywordsIn(bytes, first.path)).toEqual(["Canals", "Railways"]);
    const written = statSync(first.path);
    const again = await writeSidecar(photo, ["Railways"]);
    expect([again.added, again.kept]).toEqual([[], ["Canals", "Railways"]]);
    expect(statSync(first.path).ino).toBe(written.ino);
    expect(readFileSync(photo, "utf8")).toBe("not looked at");
    expect(statSync(photo).mtimeMs).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(["photo.jpg", "photo.jpg.xmp"]);
  });

  test("leaves alone what it does not understand", async () => {
    const other = join(folder, "other.jpg");
    writeFileSync(`${other}.xmp`, "my notes");
    await expect(writeSidecar(other, ["Canals"])).rejects.toThrow(`${other}.xmp is left as it is`);
    expect(readFileSync(`${other}.xmp`, "utf8")).toBe("my notes");
  });

  test("without keywords there is no sidecar", async () => {
    const { path } = await writeSidecar(join(folder, "none.jpg"), []);
    expect(readdirSync(folder)).not.toContain(path.slice(folder.length + 1));
  });
});

test("another reader of metadata finds the keywords in a photo that carries such XMP", () => {
  const xmp = addKeywords(null, ["Canals", "Village, Rural settlement"], "x.xmp");
  const packet = Buffer.from(`http://ns.adobe.com/xap/1.0/\0${xmp}`);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(packet.length + 2);
  const plain = readFileSync("lib/fixtures/landscape.jpg");
  const marker = Buffer.from([0xff, 0xe1]);
  const jpeg = Buffer.concat([plain.subarray(0, 2), marker, size, packet, plain.subarray(2)]);
  expect(subjects(jpeg as unknown as string)).toEqual(["Canals", "Village, Rural settlement"]);
});
