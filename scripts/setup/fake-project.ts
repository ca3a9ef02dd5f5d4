// For tests of set-up: its scripts in a folder of their own, with programs in PATH that play npm, Python and the compiler,
// so that nothing is downloaded. What they were called with, and in which environment, is written down.
import { spawn, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const addon = "node_modules/@tensorflow/tfjs-node-gpu";

// FAKE_HANG names the program that is to hang, with a child of its own; FAKE_FAIL the one that is to fail with FAKE_SAYS.
const prelude = (name: string): string => `#!/bin/sh
printf '%s\\n' "$(pwd)|${name} $*" >> "$FAKE_LOG.calls"
trouble() {
  env > "$FAKE_LOG.$1.env"
  if [ "$FAKE_HANG" = "$1" ]; then sleep 1000 & echo $! >> "$FAKE_LOG.pids"; echo $$ >> "$FAKE_LOG.pids"; touch "$FAKE_LOG.hangs"; wait; fi
  if [ "$FAKE_FAIL" = "$1" ]; then echo "$FAKE_SAYS" >&2; exit 1; fi
  sleep "\${FAKE_SLEEP:-0}"
}
`;

const npm = `${prelude("npm")}
rm -rf node_modules; mkdir -p node_modules/tiny
trouble npm
mkdir -p ${addon}/binding node_modules/@mapbox/node-pre-gyp/bin
echo '{}' > node_modules/tiny/package.json
echo '{"main": "index.js"}' > ${addon}/package.json
touch ${addon}/binding.gyp
cat > ${addon}/index.js <<'END'
const built = require("fs").readFileSync(__dirname + "/lib/napi-v8/tfjs_binding.node", "utf8");
if (built !== "compiled") throw new Error("damaged");
require("fs").statSync(__dirname + "/deps/include/c_api.h");
exports.tensor = () => ({ dataSync() {} });
END
cat > node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp <<'END'
require("child_process").execFileSync("sh", [process.env.FAKE_LOG + ".gyp.sh"], { stdio: "inherit" });
require("fs").mkdirSync("lib/napi-v8", { recursive: true });
require("fs").writeFileSync("lib/napi-v8/tfjs_binding.node", "compiled");
END
`;
const gyp = `${prelude("node-pre-gyp")}
trouble gyp
`;
// In the virtual environment it is the same program; what it has "installed" is in the folder site beside it.
const python = `${prelude("python")}
here=$(dirname "$0"); site="$here/../site"
case "$1 $2" in
  "-m venv") mkdir -p "$3/bin" "$3/site"; trouble venv; cp "$0" "$3/bin/python"; mkdir "$3/site/pip"; touch "$3/bin/jupyter" "$3/site/pip/__init__.py";;
  "-m pip")
    [ -d "$site/pip" ] || { echo "No module named pip" >&2; exit 1; }
    case "$*" in
      *tensorflow*) mkdir -p "$site/tensorflow/include"; trouble tensorflow; touch "$site/tensorflow/include/c_api.h";;
      *) mkdir -p "$site/jupyterlab"; trouble pip
        for name in jupyterlab nbclient nbconvert plotly kaleido kaggle; do mkdir -p "$site/$name"; touch "$site/$name/__init__.py"; done;;
    esac;;
  *platlib*) echo "$site";;
  *) PYTHONPATH="$site" exec "$REAL_PYTHON" -S "$@";;
esac
`;

export interface Ended {
  code: number | null;
  printed: string;
}

export class FakeProject {
  readonly top = realpathSync(mkdtempSync(join(tmpdir(), "setup-")));
  /** Its temporary folder; its path has no spaces. */
  readonly temporary = join(this.top, "tmp");
  readonly log = join(this.top, "log");
  folder = join(this.top, "Jörgs Übung", "clip the landscape");

  constructor() {
    mkdirSync(join(this.folder, "scripts"), { recursive: true });
    for (const name of ["bin", "tmp"]) mkdirSync(join(this.top, name));
    for (const name of [
      "environment.mjs",
      "lock.mjs",
      "processes.mjs",
      "setup.mjs",
      "setup",
      "requirements.txt",
    ])
      cpSync(join("scripts", name), join(this.folder, "scripts", name), { recursive: true });
    const packages = {
      "": {},
      "node_modules/tiny": {},
      "node_modules/for-another-system": { optional: true },
    };
    writeFileSync(join(this.folder, "package-lock.json"), JSON.stringify({ packages }));
    writeFileSync(join(this.folder, "package.json"), "{}");
    for (const [name, text] of Object.entries({ npm, python3: python })) this.program(name, text);
    writeFileSync(`${this.log}.gyp.sh`, gyp);
  }

  /** Put a program into PATH. */
  program(name: string, text: string): void {
    const file = join(this.top, "bin", name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }

  start(env: Record<string, string> = {}, ...args: string[]): ChildProcess {
    const clean = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|CONDA|VITEST|NODE_|PIP_|PYTHON)/i.test(name),
    );
    return spawn(process.execPath, [join(this.folder, "scripts/setup.mjs"), ...args], {
      cwd: this.folder,
      env: {
        ...Object.fromEntries(clean),
        PATH: `${join(this.top, "bin")}:${process.env.PATH}`,
        TMPDIR: this.temporary,
        FAKE_LOG: this.log,
        REAL_PYTHON: "/usr/bin/python3",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  setUp(env: Record<string, string> = {}, ...args: string[]): Promise<Ended> {
    return ended(this.start(env, ...args));
  }

  /** Wait until FAKE_HANG's program hangs. */
  async hangs(): Promise<void> {
    while (!existsSync(`${this.log}.hangs`))
      await new Promise((resolve) => setTimeout(resolve, 20));
    rmSync(`${this.log}.hangs`);
  }

  /** Which of the processes that hung are still there. */
  alive(): number[] {
    const pids = readFileSync(`${this.log}.pids`, "utf8").trim().split("\n").map(Number);
    return pids.filter((pid) => {
      try {
        // Field 3: what nobody has waited for is only a zombie.
        return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
      } catch {
        return false;
      }
    });
  }

  /** Calls since the last time this was asked. */
  calls(): string[] {
    const file = `${this.log}.calls`;
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    rmSync(file, { force: true });
    return text.trim().split("\n").filter(Boolean);
  }

  /** The environment that a program was last called in. */
  environmentOf(name: "npm" | "pip" | "gyp"): Map<string, string> {
    const lines = readFileSync(`${this.log}.${name}.env`, "utf8").split("\n");
    return new Map(
      lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  remove(): void {
    rmSync(this.top, { recursive: true, force: true });
  }
}

export function ended(child: ChildProcess): Promise<Ended> {
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (text: Buffer) => (printed += text.toString()));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, printed })));
}
