import type { EmbedProgress } from "../../lib/embed/embed";
import { describe } from "../../lib/notebook/progress";

export interface EmbedLog {
  progress(progress: EmbedProgress): void;
  /** A line that is no progress: waiting for another process, for example. */
  note(text: string): void;
  /** The last line. */
  done(text: string): void;
  /** Leave the terminal's line as it is and go on below it. */
  close(): void;
}

/** What a log writes to: process.stderr, or a stand-in. */
export interface LogStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface EmbedLogOptions {
  /** Seconds between lines when the stream is no terminal. */
  every?: number;
  /** Milliseconds; for tests. */
  now?: () => number;
}

/** For example "1,200 of 10,000 photos, 310 a second, 28 s left, 2 failed". */
export function describeProgress(progress: EmbedProgress): string {
  const { subject, done, total, rate, failures } = progress;
  const text = describe(done, total, subject, rate);
  return subject === "photos" ? `${text}, ${failures.toLocaleString("en-GB")} failed` : text;
}

/**
 * Progress for a terminal (one line that is rewritten four times a second) or for the log of a batch job (a whole line
 * with the time of day, UTC, every `every` seconds and when all is done; no carriage returns).
 */
export function embedLog(
  label: string,
  stream: LogStream,
  { every = 30, now = Date.now }: EmbedLogOptions = {},
): EmbedLog {
  let last = -Infinity;
  let open = false;
  const line = (text: string): void => {
    if (open) stream.write("\r\x1b[K");
    open = false;
    stream.write(
      stream.isTTY ? `${label}: ${text}\n` : `${new Date(now()).toISOString()} ${label}: ${text}\n`,
    );
  };
  const progress = (state: EmbedProgress): void => {
    const due = now() - last >= (stream.isTTY ? 250 : every * 1000);
    if (!due && state.done < state.total) return;
    last = now();
    if (!stream.isTTY) return line(describeProgress(state));
    const text = `${label}: ${describeProgress(state)}`;
    stream.write(`\r\x1b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
    open = true;
  };
  const close = (): void => {
    if (open) stream.write("\n");
    open = false;
  };
  return { progress, note: line, done: line, close };
}
