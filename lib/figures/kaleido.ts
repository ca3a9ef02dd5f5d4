/**
 * Figures to files. PyPI's kaleido 0.2.1 carries its own small browser: a long-lived child process that reads one JSON
 * line per figure and answers with one that holds the image. Nothing is fetched from the network.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import sharp from "sharp";
import { writeFileAtomic } from "../files/atomic";
import { pixels, type Figure } from "./style";
import { AnswerLines, keepAlive, startKaleido } from "./kaleido-child";

export type ImageFormat = "svg" | "pdf" | "png";

/** Width and height in CSS pixels (default: the figure's own); a PNG has `scale` times as many. */
export interface ImageSize {
  width?: number;
  height?: number;
  scale?: number;
}

export interface Kaleido {
  /** The figure as a file's bytes. Rejects when the browser refuses the figure, dies, or takes too long. */
  render(figure: Figure, options: ImageSize & { format: ImageFormat }): Promise<Buffer>;
  /** Whether the child process still runs. */
  alive(): boolean;
  /** End the child process; figures still waiting are rejected. */
  close(): Promise<void>;
}

/** What `saveFigure` writes; without a width or height in millimetres the figure's own is taken. */
export interface SaveOptions {
  formats?: readonly ImageFormat[];
  widthMm?: number;
  heightMm?: number;
  dpi?: number;
  /** The child to use (default: one that all callers share). */
  kaleido?: Kaleido;
}

export interface SavedFile {
  path: string;
  bytes: number;
}

/**
 * Keep only the first page of a PDF. The browser rounds the page's size, and when it comes out a hair too small it adds
 * an empty second page. The list of pages is rewritten in place, at its old length, so that offsets stay true.
 */
function firstPage(pdf: Buffer): Buffer {
  const text = pdf.toString("latin1");
  const pages = /\/Count (\d+)\n\/Kids \[(\d+ \d+ R)( [^\]]*)?\]/.exec(text);
  if (!pages || pages[1] === "1") return pdf;
  const one = `/Count 1\n/Kids [${pages[2]}`.padEnd(pages[0].length - 1) + "]";
  return Buffer.from(
    text.slice(0, pages.index) + one + text.slice(pages.index + pages[0].length),
    "latin1",
  );
}

/** The bytes of the file in one answer of kaleido: code 0 and the image. Throws for another code and its message. */
function decode(line: string, format: ImageFormat): Buffer {
  const answer = JSON.parse(line) as {
    code: number;
    message: string | null;
    result: string | null;
  };
  if (answer.code !== 0 || !answer.result) {
    const reason = answer.message ?? "no reason given";
    throw new Error(
      `kaleido could not draw the figure as ${format} (code ${answer.code}): ${reason}`,
    );
  }
  const bytes = Buffer.from(answer.result, format === "svg" ? "utf8" : "base64");
  return format === "pdf" ? firstPage(bytes) : bytes;
}

/** A function that sends a request to the child and waits for its answer, keeping Node alive meanwhile. */
function asker(
  child: ChildProcessWithoutNullStreams,
  lines: AnswerLines,
  seconds: number,
): (request: object) => Promise<string> {
  return async (request: object): Promise<string> => {
    keepAlive(child, true);
    try {
      child.stdin.write(JSON.stringify(request) + "\n");
      return await lines.next(seconds);
    } finally {
      keepAlive(child, false);
    }
  };
}

/** Start kaleido. `timeoutSeconds` bounds the start and each figure. While idle, the child does not keep Node alive. */
export async function openKaleido({ timeoutSeconds = 60 } = {}): Promise<Kaleido> {
  const child = startKaleido();
  const lines = new AnswerLines(child);
  const closed = new Promise<void>((done) => child.once("close", () => done()));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  void closed.then(() => process.removeListener("exit", kill));
  await lines.next(timeoutSeconds); // the greeting
  keepAlive(child, false);
  const ask = asker(child, lines, timeoutSeconds);
  let queue: Promise<unknown> = Promise.resolve(); // the child draws one figure at a time
  const render: Kaleido["render"] = (figure, { format, scale = 1, ...size }) => {
    const { width = figure.layout.width, height = figure.layout.height } = size;
    const turn = queue.then(() => ask({ data: figure, format, width, height, scale }));
    queue = turn.catch(() => undefined);
    return turn.then((line) => decode(line, format));
  };
  const close = async (): Promise<void> => {
    keepAlive(child, true);
    kill();
    await closed;
  };
  return { render, alive: () => lines.alive, close };
}

let shared: Promise<Kaleido> | undefined;

/** The child that all callers share: started at the first call, and again after it died or could not be started. */
function sharedKaleido(): Promise<Kaleido> {
  const before = shared?.catch(() => undefined);
  shared = (async () => {
    const open = await before;
    return open?.alive() ? open : openKaleido();
  })();
  return shared;
}

/** End the shared child, if there is one. Only tests need it: the child ends with the program. */
export async function closeKaleido(): Promise<void> {
  const open = await shared?.catch(() => undefined);
  shared = undefined;
  await open?.close();
}

/** The figure as PNG bytes, for notebooks; scale 2 looks sharp on today's screens. */
export async function figurePng(
  figure: Figure,
  { scale = 2, ...size }: ImageSize = {},
): Promise<Buffer> {
  return (await sharedKaleido()).render(figure, { format: "png", scale, ...size });
}

/**
 * A figure of photographs as JPEG bytes, small enough for a notebook: quality first, then size is given up until
 * `maxBytes` is met. Throws when half the size at quality 45 is still too large.
 */
export async function figureJpeg(
  figure: Figure,
  { scale = 1.5, maxBytes = 60_000, ...size }: ImageSize & { maxBytes?: number } = {},
): Promise<Buffer> {
  const png = await figurePng(figure, { scale, ...size });
  const { width = 0 } = await sharp(png).metadata();
  for (const share of [1, 0.8, 0.65, 0.5]) {
    const image = sharp(png)
      .flatten({ background: "white" })
      .resize(Math.round(width * share));
    for (let quality = 85; quality >= 45; quality -= 10) {
      const jpeg = await image.clone().jpeg({ quality, mozjpeg: true }).toBuffer();
      if (jpeg.length <= maxBytes) return jpeg;
    }
  }
  throw new Error(
    `figureJpeg: the figure does not fit into ${maxBytes} bytes; give a scale smaller than ${scale}`,
  );
}

/**
 * Write a figure as `path.svg`, `path.pdf` and `path.png` (default: all three), making the folder. The SVG and PDF are
 * as large as the figure is on paper; the PNG has `dpi` pixels an inch and says so. Returns what was written.
 */
export async function saveFigure(
  figure: Figure,
  path: string,
  options: SaveOptions = {},
): Promise<SavedFile[]> {
  const { formats = ["svg", "pdf", "png"], widthMm, heightMm, dpi = 300 } = options;
  const kaleido = options.kaleido ?? (await sharedKaleido());
  const width = widthMm === undefined ? undefined : pixels(widthMm);
  const height = heightMm === undefined ? undefined : pixels(heightMm);
  const saved: SavedFile[] = [];
  for (const format of formats) {
    const isPng = format === "png";
    let bytes = await kaleido.render(figure, {
      format,
      width,
      height,
      scale: isPng ? dpi / 96 : 1,
    });
    // A palette of 256 makes the PNGs of photographs a fifth as large; SVG and PDF hold the photographs unchanged.
    if (isPng)
      bytes = await sharp(bytes)
        .withMetadata({ density: dpi })
        .png({ palette: true, colours: 256, dither: 0.5, effort: 3 })
        .toBuffer();
    await writeFileAtomic(`${path}.${format}`, bytes);
    saved.push({ path: `${path}.${format}`, bytes: bytes.length });
  }
  return saved;
}
