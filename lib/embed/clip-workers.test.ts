import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { describeEnding, startClipWorkers, type ClipWorkers, type Ending } from "./clip-workers";

const ending: Ending = { code: null, signal: null, stderr: "", tasks: [] };

describe("an embedding process that ended by itself", () => {
  it.each<[string, Partial<Ending>, RegExp, RegExp]>([
    [
      "killed",
      { signal: "SIGKILL", tasks: [{ files: ["a/1.jpg", "a/2.jpg"] }, { tokens: [[1, 2]] }] },
      /signal SIGKILL while it had 2 photos from a\/1\.jpg to a\/2\.jpg and 1 titles to embed\. Something outside ended it/,
      /native library|npm run setup/,
    ],
    [
      "crashed",
      { signal: "SIGSEGV", tasks: [{ files: ["a.jpg"] }] },
      /SIGSEGV while it had a\.jpg.*native library/,
      /memory/,
    ],
    ["asked to end", { signal: "SIGTERM" }, /SIGTERM\. .*finished shards stay/, /memory/],
    [
      "without its packages",
      {
        code: 1,
        stderr: "Error: Cannot find module 'tsx/cjs'\nRequire stack:\n- internal/preload\n",
      },
      /exit code 1\. The package tsx\/cjs is missing: run npm run setup\. Its last words:\nError: Cannot find/,
      /memory/,
    ],
    [
      "without memory",
      { code: 1, stderr: "std::bad_alloc" },
      /could not get the memory.*fewer workers/s,
      /npm run/,
    ],
    [
      "for no known reason",
      { code: 3 },
      /^An embedding process ended with exit code 3\. It said nothing\.$/,
      /memory/,
    ],
  ])(
    "%s: what was seen and what to do, and nothing that was not seen",
    (_, seen, says, doesNotSay) => {
      const text = describeEnding({ ...ending, ...seen });
      expect(text).toMatch(says);
      expect(text).not.toMatch(doesNotSay);
    },
  );
});

/** Our children that run the worker's program (Linux). */
const workerPids = (): number[] =>
  readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return parent === String(process.pid) && command.includes("clip-worker.ts");
      } catch {
        return false; // it has just ended
      }
    })
    .map(Number);

describe.skipIf(process.platform !== "linux")("a real one", () => {
  let started: ClipWorkers | undefined;
  afterEach(() => started?.close());

  it("that is killed fails what it was asked for, and what it is asked for afterwards", async () => {
    started = await startClipWorkers("mini-clip", { workers: 1 });
    const [worker] = started.workers;
    const embedded = await worker.embed({ tokens: [[2398, 2399]] });
    expect(embedded.embeddings.length).toBe(512);
    const [pid] = workerPids();
    process.kill(pid, "SIGSTOP"); // so that it can't be faster
    const asked = worker.embed({ files: ["lib/fixtures/landscape.jpg"] });
    process.kill(pid, "SIGKILL");
    await expect(asked).rejects.toThrow(
      /SIGKILL while it had lib\/fixtures\/landscape\.jpg to embed/,
    );
    await expect(worker.embed({ tokens: [[2398, 2399]] })).rejects.toThrow("SIGKILL");
  });
});
