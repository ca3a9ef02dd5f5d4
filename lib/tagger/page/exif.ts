/** Where a JPEG was taken, as its EXIF says. */
import type { LatLon } from "../../data/location";

const SOI = 0xffd8;
const APP1 = 0xe1;
const SCAN = 0xda;
const EXIF = 0x45786966;
/** Tags of EXIF 2.32: the pointer to the GPS fields, and of these the hemispheres and degrees. */
const GPS_POINTER = 0x8825;
const [LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE] = [1, 2, 3, 4];

/** Degrees WGS84, or null: no JPEG, no EXIF, no place in it, or none that can be read. `bytes` may be its beginning. */
export function placeOf(bytes: Uint8Array): LatLon | null {
  try {
    const tiff = exifStart(bytes);
    return tiff === null ? null : readPlace(bytes, tiff);
  } catch (error) {
    if (error instanceof RangeError) return null; // it points outside of what is there
    throw error;
  }
}

/** Where the EXIF block's TIFF header begins. */
function exifStart(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== SOI) return null;
  for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== SCAN;) {
    if (view.getUint8(at + 1) === APP1 && view.getUint32(at + 4) === EXIF) return at + 10;
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function readPlace(bytes: Uint8Array, tiff: number): LatLon | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset + tiff, bytes.byteLength - tiff);
  const little = view.getUint16(0) === 0x4949;
  const u16 = (at: number): number => view.getUint16(at, little);
  const u32 = (at: number): number => view.getUint32(at, little);
  /** Where the value of each field of a directory stands. */
  const fieldsOf = (directory: number): Map<number, number> => {
    const fields = new Map<number, number>();
    for (let i = 0; i < u16(directory); i++)
      fields.set(u16(directory + 2 + 12 * i), directory + 10 + 12 * i);
    return fields;
  };
  const pointer = fieldsOf(u32(4)).get(GPS_POINTER);
  if (pointer === undefined) return null;
  const gps = fieldsOf(u32(pointer));
  const degrees = (field: number, hemisphere: number, negative: string): number => {
    const [at, sign] = [gps.get(field), gps.get(hemisphere)];
    if (at === undefined || sign === undefined) return NaN;
    const values = [0, 8, 16].map((step) => u32(u32(at) + step) / u32(u32(at) + step + 4));
    const size = values[0] + values[1] / 60 + values[2] / 3600;
    return String.fromCharCode(view.getUint8(sign)) === negative ? -size : size;
  };
  const lat = degrees(LATITUDE, LATITUDE_REF, "S");
  const lon = degrees(LONGITUDE, LONGITUDE_REF, "W");
  return Number.isFinite(lat) && Number.isFinite(lon) ? { lat, lon } : null;
}
