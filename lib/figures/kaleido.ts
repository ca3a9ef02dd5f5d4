/**
 * PyPI's kaleido 0.2.1, which draws figures: it carries its own small browser, a long-lived child process that reads one
 * JSON line per figure and answers with one that holds the image. Nothing is fetched from the network.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Figure } from "./style";

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

/** The same flags that kaleido's own Python package gives its browser. */
const BROWSER_FLAGS = [
  "--disable-gpu",
  "--no-sandbox",
  "--allow-file-access-from-files",
  "--disable-breakpad",
  "--disable-dev-shm-usage",
];

/** Folders that may hold kaleido, in order: $KALEIDO's, the project's .venv, the active conda environment. */
function candidates(): string[] {
  const found = process.env.KALEIDO ? [dirname(resolve(process.env.KALEIDO))] : [];
  for (const prefix of [".venv", process.env.CONDA_PREFIX ?? ""].filter((name) => name !== "")) {
    const lib = resolve(prefix, "lib");
    const pythons = existsSync(lib)
      ? readdirSync(lib)
          .filter((name) => name.startsWith("python3"))
          .sort()
      : [];
    found.push(...pythons.map((python) => join(lib, python, "site-packages/kaleido/executable")));
  }
  return found;
}

/** The folder of kaleido's executable (an absolute path). Throws with what to do when there is none. */
export function kaleidoFolder(): string {
  const folder = candidates().find((candidate) => existsSync(join(candidate, "kaleido")));
  if (folder !== undefined) return folder;
  throw new Error(
    "kaleido, which writes figures to files, is not installed: run `npm run setup` " +
      "(it is looked for in $KALEIDO, .venv and the active conda environment)",
  );
}

/**
 * Start kaleido with our plotly.js. On Linux its browser is started directly, with the environment that its wrapper
 * script would set: the script breaks on folders with spaces, and killing it would leave the browser behind.
 */
function startKaleido(): ChildProcessWithoutNullStreams {
  const folder = kaleidoFolder();
  const plotly = resolve("node_modules/plotly.js-dist/plotly.js");
  if (!existsSync(plotly))
    throw new Error(`${plotly} is missing: run \`npm run setup\` in the project's folder`);
  const args = ["plotly", `--plotlyjs=${pathToFileURL(plotly).href}`, ...BROWSER_FLAGS];
  const browser = join(folder, "bin/kaleido");
  if (process.platform !== "linux" || !existsSync(browser)) {
    return spawn(join(folder, "kaleido"), args, { cwd: folder });
  }
  const libraries = [join(folder, "lib"), process.env.LD_LIBRARY_PATH ?? ""]
    .filter((name) => name !== "")
    .join(":");
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    LD_LIBRARY_PATH: libraries,
    FONTCONFIG_PATH: join(folder, "etc/fonts"),
    XDG_DATA_HOME: join(folder, "xdg"),
  };
  delete env.LD_PRELOAD;
  return spawn(browser, args, { cwd: folder, env });
}

/** Let the child keep Node alive (while a figure is being drawn), or not (while it waits for the next). */
function keepAlive(child: ChildProcessWithoutNullStreams, alive: boolean): void {
  for (const part of [
    child,
    child.stdin as Socket,
    child.stdout as Socket,
    child.stderr as Socket,
  ]) {
    if (alive) part.ref();
    else part.unref();
  }
}

/** The answers of a child, one line at a time, with its error output at hand for messages. */
class AnswerLines {
  private received: Buffer[] = [];
  private errors = "";
  private waiting?: { resolve: (line: string) => void; reject: (error: Error) => void };
  private failure?: Error;

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.on("data", (chunk: Buffer) => this.receive(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-4000);
    });
    child.stdin.on("error", () => undefined); // writing to a dead child: its end is reported below
    child.on("error", (error) => this.end(`could not be started: ${error.message}`));
    child.on("close", (code, signal) =>
      this.end(`ended unexpectedly (${signal ?? `exit code ${code}`})`),
    );
  }

  /** Whether the child can still answer. */
  get alive(): boolean {
    return this.failure === undefined;
  }

  /** The next line. Rejects when the child ends first, or when `seconds` pass (the child is then killed). */
  next(seconds: number): Promise<string> {
    return new Promise<string>((resolveLine, rejectLine) => {
      if (this.failure) return rejectLine(this.failure);
      const timer = setTimeout(() => {
        this.end(`gave no answer within ${seconds} s`);
        this.child.kill("SIGKILL");
      }, seconds * 1000);
      const settle =
        <T>(done: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          this.waiting = undefined;
          done(value);
        };
      this.waiting = { resolve: settle(resolveLine), reject: settle(rejectLine) };
    });
  }

  private receive(chunk: Buffer): void {
    const newline = chunk.indexOf("\n");
    this.received.push(newline < 0 ? chunk : chunk.subarray(0, newline));
    if (newline < 0) return;
    const line = Buffer.concat(this.received).toString();
    this.received = [chunk.subarray(newline + 1)];
    this.waiting?.resolve(line);
  }

  private end(how: string): void {
    // Kaleido's browser warns about a missing locale at every start; that is never the reason.
    const said = this.errors
      .split("\n")
      .filter((line) => line !== "" && !line.includes("locale_file_path"));
    const details = said.length > 0 ? `; it said:\n${said.join("\n")}` : "";
    this.failure ??= new Error(`kaleido, which writes figures to files, ${how}${details}`);
    this.waiting?.reject(this.failure);
  }
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
