import sharp from "sharp";

/** Some picture files small on one white sheet, row by row, each fitted into a cell of `cell` pixels: a JPEG's bytes. */
export async function contactSheet(
  files: readonly string[],
  { columns = 4, cell = 230, gap = 8 } = {},
): Promise<Buffer> {
  const step = cell + gap;
  const rows = Math.ceil(files.length / columns);
  const small = await Promise.all(
    files.map((file) =>
      sharp(file)
        .flatten({ background: "white" })
        .resize(cell, cell, { fit: "contain", background: "white" })
        .png()
        .toBuffer(),
    ),
  );
  const size = {
    width: columns * step + gap,
    height: rows * step + gap,
    channels: 3 as const,
    background: "white",
  };
  return sharp({ create: size })
    .composite(
      small.map((input, i) => ({
        input,
        left: gap + (i % columns) * step,
        top: gap + Math.floor(i / columns) * step,
      })),
    )
    .jpeg({ quality: 72, mozjpeg: true })
    .toBuffer();
}
