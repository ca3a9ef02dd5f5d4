let current: AbortController | undefined;

/**
 * A signal that aborts when the reader interrupts the cell (JupyterLab's ■ button sends SIGINT) or presses Ctrl-C.
 * The kernel only stops waiting for the cell; work in the background goes on unless it looks at this signal.
 * A new signal is made after each interrupt, so ask for one at the start of each piece of long work.
 */
export function interruptSignal(): AbortSignal {
  if (!current) {
    const controller = (current = new AbortController());
    const interrupted = (): void => {
      current = undefined;
      controller.abort(new Error("Interrupted"));
    };
    // Not at once: up to its first `await` a cell runs in Node's `vm` with `breakOnSigint`, and a listener added meanwhile
    // would leave SIGINT with its default, which ends the kernel.
    queueMicrotask(() => process.once("SIGINT", interrupted));
  }
  return current.signal;
}

/** Let the event loop run once, so that progress is drawn and interrupts are noticed between steps of heavy work. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
