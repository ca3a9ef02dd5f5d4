/**
 * The child process behind `kaleido.ts`: where its executable is, how it is started, and its answers line by line.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

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
export function startKaleido(): ChildProcessWithoutNullStreams {
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
export function keepAlive(child: ChildProcessWithoutNullStreams, alive: boolean): void {
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
export class AnswerLines {
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
