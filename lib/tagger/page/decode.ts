/** A photo's file → its pixels, as Node decodes it with `upright`: turned as EXIF says, colours as they are stored. */
import type { RgbImage } from "../../clip/resize";

/** Throws the browser's own error for what it can't read. */
export async function decode(photo: Blob): Promise<RgbImage> {
  const bitmap = await createImageBitmap(photo, {
    imageOrientation: "from-image",
    // A profile is not looked at, nor is alpha multiplied in: the encoder was trained without either.
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser has no canvas to decode with");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let c = 0; c < 3; c++) data[pixel * 3 + c] = rgba[pixel * 4 + c];
  return { data, width, height };
}
