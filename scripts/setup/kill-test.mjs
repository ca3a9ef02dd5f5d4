// Interrupts the real set-up at ten moments in each of its steps, in a clone whose path has spaces and an umlaut, and runs
// it again each time: that has to end well, and the one after it to find all done. Takes about half an hour:
//     node scripts/setup/kill-test.mjs [MOMENTS [STEP …]]
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../environment.mjs";

const moments = Number(process.argv[2] ?? 10);
const steps = process.argv.length > 3 ? process.argv.slice(3).map(Number) : [5, 4, 3, 2, 1]; // the quick ones first
const signals = ["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"];
const top = mkdtempSync(join(tmpdir(), "kill-test-"));
const folder = join(top, "Jörgs Übung", "clip the landscape");
// What each step makes; without it, that step and those that need it run again.
const products = [
  "node_modules",
  ".venv",
  ".venv/.clip-tensorflow",
  "node_modules/@tensorflow/tfjs-node-gpu/lib",
  ".venv/share/jupyter/kernels/tslab/kernel.json",
];

/** Run set-up. `kill` has a step, and a signal to send it so many ms after that step has begun. */
function setUp(kill) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ["scripts/setup.mjs"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const began = {};
    const took = {};
    let printed = "";
    child.stderr.on("data", (text) => {
      printed += text;
      for (const [, step, what] of String(text).matchAll(/^\[(\d)\/5\] (.*)$/gm)) {
        if (what.endsWith("…")) began[step] = Date.now();
        else took[step] = Date.now() - began[step];
        if (kill && what.endsWith("…") && Number(step) === kill.step)
          setTimeout(() => child.kill(kill.signal), kill.after);
      }
    });
    child.on("exit", (code, signal) => done({ code: code ?? signal, printed, took }));
  });
}

async function wellDone(what) {
  const { code, printed, took } = await setUp();
  if (code !== 0 || printed.includes("Warning"))
    throw new Error(`${what}: ended with ${code}\n${printed}`);
  const again = spawnSync(process.execPath, ["scripts/setup.mjs"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (again.status !== 0 || again.stdout + again.stderr !== "")
    throw new Error(`${what}: not done\n${again.stderr}`);
  return took;
}

mkdirSync(join(folder, ".."));
spawnSync("git", ["clone", "--quiet", root, folder], { stdio: "inherit" });
try {
  await wellDone("undisturbed");
  for (const step of steps) {
    const product = products[step - 1];
    rmSync(join(folder, product), { recursive: true, force: true });
    const duration = (await wellDone(`step ${step} alone`))[step];
    const codes = [];
    for (let k = 0; k < moments; k++) {
      rmSync(join(folder, product), { recursive: true, force: true });
      const kill = {
        step,
        after: (duration * (k + 0.5)) / moments,
        signal: signals[k % signals.length],
      };
      const { code } = await setUp(kill);
      codes.push(code);
      console.log(
        `  step ${step}, ${kill.signal} after ${kill.after.toFixed(0)} ms: ended with ${code}`,
      );
      await wellDone(`step ${step} (${product}), ${kill.signal} after ${kill.after.toFixed(0)} ms`);
    }
    const hit = codes.filter((code) => code !== 0).length;
    console.log(
      `Step ${step}, ${duration} ms: interrupted at ${hit} of ${moments} moments (${codes.join(", ")}), then done each time`,
    );
  }
} finally {
  rmSync(top, { recursive: true, force: true });
}
