import sharp, { type OverlayOptions } from "sharp";

/** Sizes in pixels; a row is as high as lets its pictures fill the sheet's width, at most `rowHeight`. */
export interface SheetOptions {
  width?: number;
  rowHeight?: number;
  gap?: number;
}

interface Row {
  files: { file: string; aspect: number }[];
  height: number;
}

/** Divide pictures into rows: one after the other until the row, `rowHeight` high, would be wider than the sheet. */
function rowsOf(files: Row["files"], { width, rowHeight, gap }: Required<SheetOptions>): Row[] {
  const fitting = (row: Row["files"]): number =>
    (width - gap * (row.length + 1)) / row.reduce((sum, { aspect }) => sum + aspect, 0);
  const rows: Row["files"][] = [];
  for (const each of files) {
    const last = rows.at(-1);
    if (last && fitting(last) > rowHeight) last.push(each);
    else rows.push([each]);
  }
  return rows.map((row) => ({ files: row, height: Math.min(rowHeight, fitting(row)) }));
}

/**
 * Some picture files small on one white sheet, row by row in their order and each in its own proportions: a JPEG's bytes.
 */
export async function contactSheet(
  files: readonly string[],
  { width = 900, rowHeight = 250, gap = 10 }: SheetOptions = {},
): Promise<Buffer> {
  const sized = await Promise.all(
    files.map(async (file) => {
      const { width: w, height: h } = await sharp(file).metadata();
      return { file, aspect: w / h };
    }),
  );
  const tiles: OverlayOptions[] = [];
  let top = gap;
  for (const { files: row, height } of rowsOf(sized, { width, rowHeight, gap })) {
    let left = gap;
    for (const { file, aspect } of row) {
      const size = [Math.floor(aspect * height), Math.floor(height)] as const;
      const input = await sharp(file)
        .flatten({ background: "white" })
        .resize(...size)
        .png()
        .toBuffer();
      tiles.push({ input, left: Math.round(left), top: Math.round(top) });
      left += aspect * height + gap;
    }
    top += height + gap;
  }
  const sheet = { width, height: Math.ceil(top), channels: 3 as const, background: "white" };
  return sharp({ create: sheet }).composite(tiles).jpeg({ quality: 60, mozjpeg: true }).toBuffer();
}
