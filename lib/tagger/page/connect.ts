/** The worker behind a promise for each question. */
import type { Actions, Reply, Request } from "./protocol";

export type Ask = <Name extends keyof Actions>(
  action: Name,
  asked: Parameters<Actions[Name]>[0],
  transfer?: Transferable[],
) => Promise<ReturnType<Actions[Name]>>;

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Start the worker of this code. `onStopped` is told when it breaks down. */
export function connect(code: string, onStopped: (why: string) => void): Ask {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(url); // a classic one: from a file, browsers refuse modules
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    const { resolve, reject } = waiting.get(data.call)!;
    waiting.delete(data.call);
    if ("error" in data) reject(new Error(data.error));
    else resolve(data.answer);
  };
  worker.onerror = (event) => onStopped(event.message);
  return (action, asked, transfer = []) =>
    new Promise((resolve, reject) => {
      const call = ++calls;
      waiting.set(call, { resolve: resolve as Waiting["resolve"], reject });
      worker.postMessage({ call, action, asked } as Request, transfer);
    });
}
