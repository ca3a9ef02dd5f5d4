import { fork, type ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import type { ClipOptions } from "../clip/clip";
import { clipFolder, towerFolder } from "../clip/clip-files";
import type { ClipResult, ClipTask, Reply } from "./clip-worker";

/** A process with its own CLIP. Give it a second task before the first is done: it decodes that one meanwhile. */
export interface ClipWorker {
  embed(task: ClipTask): Promise<ClipResult>;
}

export interface ClipWorkers {
  workers: ClipWorker[];
  /** End all processes. What they still had to do is rejected. */
  close(): Promise<void>;
}

interface Pending {
  resolve(result: ClipResult): void;
  reject(error: Error): void;
}

function endError(how: string, stderr: string): Error {
  return new Error(
    `An embedding process ended (${how}). If it was killed, memory may have run out: use fewer ` +
      `workers. Its last words: ${stderr.trim() || "none"}`,
  );
}

/** Our side of one worker: numbers the tasks and keeps their promises. */
function connect(child: ChildProcess): ClipWorker {
  const pending = new Map<number, Pending>();
  let next = 0;
  let stderr = "";
  let ended: Error | undefined;
  child.stderr?.on("data", (text: Buffer) => (stderr = (stderr + text.toString()).slice(-1000)));
  child.on("message", (reply: Reply) => {
    const task = pending.get(reply.id);
    pending.delete(reply.id);
    if ("result" in reply) task?.resolve(reply.result);
    else task?.reject(new Error(`Embedding failed: ${reply.error}`));
  });
  const end = (how: string): void => {
    ended ??= endError(how, stderr);
    for (const task of pending.values()) task.reject(ended);
    pending.clear();
  };
  child.on("error", (error) => end(error.message));
  child.on("close", (code, signal) => end(signal ?? `code ${code}`));
  const embed = (task: ClipTask): Promise<ClipResult> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      pending.set(next, { resolve, reject });
      child.send({ id: next++, ...task }, (error) => error && end(error.message));
    });
  return { embed };
}

/**
 * Start `workers` processes (default: one for each core), each with the encoder on one thread: that uses the cores
 * better than one session with many threads. Processes, because onnxruntime's `run` occupies the thread that calls it,
 * and because a photo that crashes a decoder then costs a worker and not the notebook. Each needs memory for its own
 * copy of the model: 0.6 GB for ViT-B/32 in fp32.
 */
export async function startClipWorkers(
  encoder: string,
  options: ClipOptions & { workers?: number } = {},
): Promise<ClipWorkers> {
  const { workers = availableParallelism(), ...clipOptions } = options;
  const folder = await clipFolder(encoder, options.dtype); // download and prepare once, not once in each process
  for (const tower of ["vision", "text"] as const)
    await towerFolder(folder, tower, options.dtype ?? "fp32");
  const children = Array.from({ length: workers }, () =>
    fork("lib/embed/clip-worker.ts", [JSON.stringify({ encoder, ...clipOptions })], {
      execArgv: ["--require", "tsx/cjs"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    }),
  );
  const closed = children.map(
    (child) => new Promise((resolve) => child.once("close", resolve).once("error", resolve)),
  );
  const close = async (): Promise<void> => {
    for (const child of children) child.kill("SIGKILL"); // nothing of theirs needs saving
    await Promise.all(closed);
  };
  return { workers: children.map(connect), close };
}
