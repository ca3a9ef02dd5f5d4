// Programs that the scripts start end with them, however these end.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

describe.skipIf(process.platform !== "linux")("programs", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "processes-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const children = `echo $$ >> ${"$FOLDER"}/pids; sleep 100 & echo $! >> $FOLDER/pids; wait`;
  const program = (
    options = "",
  ): string => `import { endTogether, runHere } from "./scripts/processes.mjs";
    endTogether({ patience: 1000, ${options} });
    process.exit(await runHere("sh", ["-c", process.env.CHILDREN]));`;
  const begin = (command: string, args: string[], env = {}): ChildProcess =>
    spawn(command, args, {
      env: { ...process.env, npm_lifecycle_event: "", FOLDER: folder, CHILDREN: children, ...env },
      stdio: "ignore",
      detached: true,
    });
  const running = (): number => {
    try {
      return readFileSync(join(folder, "pids"), "utf8")
        .trim()
        .split("\n")
        .filter((pid) => {
          try {
            return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")); // dead, but nobody has asked yet
          } catch {
            return false;
          }
        }).length;
    } catch {
      return 0;
    }
  };
  const until = async (count: number): Promise<void> => {
    while (running() !== count) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const status = (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => child.once("close", resolve));

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s ends the children of children too", async (signal, code) => {
    const child = begin(process.execPath, ["--input-type=module", "-e", program()]);
    const ended = status(child);
    await until(2);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(running()).toBe(0);
  });

  test("children that don't listen are ended by force", async () => {
    const deaf = `trap '' INT TERM; ${children}; wait`;
    const child = begin(process.execPath, ["--input-type=module", "-e", program()], {
      CHILDREN: deaf,
    });
    const ended = status(child);
    await until(2);
    child.kill("SIGTERM");
    expect(await ended).toBe(143);
    expect(running()).toBe(0);
  });

  test.each(["SIGKILL", "SIGHUP"] as const)(
    "they end when the npm above ends by %s",
    async (signal) => {
      // As npm does it: through a shell, which lives on.
      const npm = `require("child_process").spawn("sh", ["-c", '"$0" "$@"; true', ...process.argv.slice(1)], { stdio: "inherit" })`;
      const parent = begin(
        process.execPath,
        ["-e", npm, "--", process.execPath, "--input-type=module", "-e", program()],
        { npm_lifecycle_event: "start" },
      );
      await until(2);
      parent.kill(signal);
      await until(0);
    },
  );

  test("a kernel ends with the Jupyter that started it, even in the middle of a busy cell", async () => {
    const kernel = `require("fs").writeFileSync(process.env.FOLDER + "/pids", process.pid + "\\n"); for (;;);`;
    const jupyter = `JPY_PARENT_PID=$$ "$0" --require ./scripts/end-with-parent.cjs -e "$1"; true`;
    const shell = begin("sh", ["-c", jupyter, process.execPath, kernel]);
    await until(1);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(running()).toBe(1);
    shell.kill("SIGKILL");
    await until(0);
  });
});
