/** The processes that embed: started, fed, and what is said when one of them ends by itself. */
import { fork, type ChildProcess } from "node:child_process";
import { availableParallelism, freemem } from "node:os";
import type { ClipOptions } from "../clip/clip";
import { clipFolder, readConfig, towerFolder, towersOf } from "../clip/clip-files";
import type { ClipResult, ClipTask, Reply, WorkerOptions } from "./clip-worker";

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
  task: ClipTask;
  resolve(result: ClipResult): void;
  reject(error: Error): void;
}

/** How a process ended, as Node tells it. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last it wrote to standard error. */
  stderr: string;
  /** What it had been asked for and had not answered. */
  tasks: readonly ClipTask[];
}

/** What to do about it: only where what was seen says so. */
function adviceFor({ code, signal, stderr }: Ending): string {
  const missing = /Cannot find (?:module|package) '([^']+)'/.exec(stderr)?.[1];
  if (missing) return `The package ${missing} is missing: run npm run setup.`;
  if (/bad_alloc|out of memory|ENOMEM|Failed to allocate/i.test(stderr))
    return "It could not get the memory it asked for: use fewer workers, or close other programs.";
  if (signal === "SIGKILL" || code === 137)
    return (
      `Something outside ended it at once. Systems do so when memory runs out (${(freemem() / 2 ** 30).toFixed(1)} GB are ` +
      "free now; the system's log would say), and so do batch systems at a job's limit: use fewer workers, or ask for more."
    );
  if (signal === "SIGTERM" || signal === "SIGINT" || signal === "SIGHUP")
    return "Something outside asked it to end. Run it again: finished shards stay.";
  if (signal || code === 134 || code === 139)
    return "A native library crashed. If it is the same photos each time, move them away and run it again.";
  return "";
}

function describeTask(task: ClipTask): string {
  if (!("files" in task)) return `${task.tokens.length} titles`;
  const [first] = task.files;
  const last = task.files[task.files.length - 1];
  return task.files.length === 1 ? first : `${task.files.length} photos from ${first} to ${last}`;
}

/** A process's end in words: what was seen, what it was at, its last words, and what to do. */
export function describeEnding(ending: Ending): string {
  const { code, signal, stderr, tasks } = ending;
  const lines = stderr.trimEnd().split("\n").slice(-8).join("\n");
  return [
    `An embedding process ended with ${signal ? `signal ${signal}` : `exit code ${code}`}`,
    tasks.length > 0 ? ` while it had ${tasks.map(describeTask).join(" and ")} to embed.` : ".",
    ` ${adviceFor(ending)}`.trimEnd(),
    lines ? ` Its last words:\n${lines}` : " It said nothing.",
  ].join("");
}

/** Our side of one worker: numbers the tasks and keeps their promises. */
function connect(child: ChildProcess): ClipWorker {
  const pending = new Map<number, Pending>();
  let next = 0;
  let stderr = "";
  let ended: Error | undefined;
  child.stderr?.on("data", (text: Buffer) => (stderr = (stderr + text.toString()).slice(-4000)));
  child.on("message", (reply: Reply) => {
    const task = pending.get(reply.id);
    pending.delete(reply.id);
    if ("result" in reply) task?.resolve(reply.result);
    else task?.reject(new Error(`Embedding failed: ${reply.error}`));
  });
  const end = (message: string): void => {
    ended ??= new Error(message);
    for (const task of pending.values()) task.reject(ended);
    pending.clear();
  };
  child.on("error", (error) => end(`An embedding process could not be started: ${error.message}`));
  child.on("close", (code, signal) => {
    const tasks = [...pending.values()].map(({ task }) => task);
    end(describeEnding({ code, signal, stderr, tasks }));
  });
  const embed = (task: ClipTask): Promise<ClipResult> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      pending.set(next, { task, resolve, reject });
      // A message that could not be sent has no answer; the process is ending, and "close" says why.
      child.send({ id: next++, ...task }, () => undefined);
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
  options: Omit<ClipOptions, "towers"> & { workers?: number } = {},
): Promise<ClipWorkers> {
  const { workers = availableParallelism(), ...clipOptions } = options;
  const { dtype = "fp32" } = options;
  // Downloaded, and looked into for a faster form, once and not once in each process.
  const folder = await clipFolder(encoder, dtype);
  const towers: WorkerOptions["towers"] = {};
  for (const [name] of towersOf(await readConfig(folder)))
    towers[name] = await towerFolder(folder, name, dtype);
  const settings: WorkerOptions = { encoder, ...clipOptions, towers };
  const children = Array.from({ length: workers }, () =>
    fork("lib/embed/clip-worker.ts", [JSON.stringify(settings)], {
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
