import vm from "node:vm";
import { expect, test } from "vitest";
import { interruptSignal } from "./interrupt";

test("an interrupt aborts the signal, and the next signal is a new one", async () => {
  const other = (): void => undefined; // without it the first SIGINT would end this process if the listener were missing
  process.on("SIGINT", other);
  // As the kernel runs a cell up to its first `await`: listeners of SIGINT are set aside meanwhile.
  const signal = vm.runInNewContext(
    "ask()",
    { ask: interruptSignal },
    { breakOnSigint: true },
  ) as AbortSignal;
  expect(interruptSignal()).toBe(signal);
  await Promise.resolve();
  process.kill(process.pid, "SIGINT");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  expect(interruptSignal()).not.toBe(signal);
  expect(interruptSignal().aborted).toBe(false);
  process.off("SIGINT", other);
});
