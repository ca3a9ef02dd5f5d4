/** What a photo's own file says of it: a title and a place, from its XMP, IPTC and EXIF. */
import { DOMParser } from "@xmldom/xmldom";
import ExifReader from "exifreader";
import { readFile } from "node:fs/promises";
import { coastDistance, landAt } from "./coast";
import { isNearIsles, type LatLon } from "./location";

export interface PhotoFacts {
  /** '' where there is none. */
  title: string;
  place: LatLon | null;
  /** What was found and not used, and why. */
  notes: string[];
}

/** What cameras write in place of a title. */
const NO_TITLE =
  /^(OLYMPUS DIGITAL CAMERA|(SONY )?DSC|KODAK Digital Still Camera|MINOLTA DIGITAL CAMERA|DIGITAL CAMERA|DCIM.*|default|dav|sdr|hdr|null)$/i;
/** Out to sea by more than this is not on the islands: Calais is 33 km from Dover. Kilometres. */
const OFFSHORE = 25;

/** Why a place is not used: it is no place, or not on the British Isles. Null if it can be. Degrees, WGS84. */
export function placeProblem(lat: number, lon: number): string | null {
  if (!Number.isFinite(lat) || !Number.isFinite(lon) || Math.abs(lat) > 90 || Math.abs(lon) > 180)
    return "its GPS position is no place on earth: the location is left out";
  const near = isNearIsles(lat, lon) && (landAt(lon, lat) || coastDistance(lat, lon) <= OFFSHORE);
  if (near) return null;
  return (
    `its GPS position (${lat.toFixed(3)}, ${lon.toFixed(3)}) is not on Great Britain, Ireland or their islands, ` +
    "and the heads know no other places: the location is left out"
  );
}

const text = (tag: { description?: unknown } | undefined): string =>
  typeof tag?.description === "string" ? tag.description.replace(/\0/g, "").trim() : "";

/** EXIF text is ASCII by its standard; many programs write UTF-8, which then reads like "CafÃ©". */
function exifText(tag: { description?: unknown } | undefined): string {
  const read = text(tag);
  if (!/[\x80-\xff]/.test(read) || /[^\0-\xff]/.test(read)) return read;
  const utf8 = Buffer.from(read, "latin1").toString("utf8");
  return utf8.includes("\ufffd") ? read : utf8;
}

/**
 * A photo's title and place by its own metadata: the title of XMP (`dc:title`), else IPTC's object name, else EXIF's
 * image description, unless that is a camera's name; the place by EXIF's GPS. Files without any have neither, and so
 * have those whose metadata can't be read, which `notes` says. Any format that ExifReader knows (JPEG, PNG, WebP, HEIC).
 */
export async function factsInFile(file: string): Promise<PhotoFacts> {
  const notes: string[] = [];
  let tags: ExifReader.ExpandedTags;
  try {
    tags = await ExifReader.load(await readFile(file), {
      expanded: true,
      async: true,
      domParser: new DOMParser({ onError: () => undefined }),
    });
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    return { title: "", place: null, notes: [`its metadata could not be read (${reason})`] };
  }
  const titles = [
    text(tags.xmp?.title),
    text(tags.iptc?.["Object Name"]),
    exifText(tags.exif?.ImageDescription),
  ];
  const title = titles.find((each) => each !== "" && !NO_TITLE.test(each)) ?? "";
  const { Latitude: lat, Longitude: lon } = tags.gps ?? {};
  if (lat === undefined || lon === undefined) return { title, place: null, notes };
  const problem = placeProblem(lat, lon);
  if (problem) notes.push(problem);
  return { title, place: problem ? null : { lat, lon }, notes };
}
