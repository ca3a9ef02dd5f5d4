// Running the programs that install things: quietly, in the environment made for them.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, setupEnvironment } from "../environment.mjs";
import { isStopping, start } from "../processes.mjs";

/** For what is half-done; emptied by each set-up, so that an interrupted one leaves nothing. */
export const temporary = join(root, ".cache", "setup");

/** A program ended badly: `output` has its last lines, which say why. */
export class ProgramError extends Error {
  constructor(what, output) {
    super(what);
    this.output = output;
  }
}

/** Run a program to its end and return what it printed; throws `what` went wrong, with its last lines. */
export function run(what, command, args, { cwd = root, env = {} } = {}) {
  // Node's own headers, where the installation has them (conda, Debian), spare node-gyp a download.
  const node = dirname(dirname(process.execPath));
  const headers = existsSync(join(node, "include", "node", "node.h"))
    ? { npm_config_nodedir: node }
    : {};
  // On the project's disk: /tmp may be too small for libtensorflow.
  const scratch = existsSync(temporary)
    ? { TMPDIR: temporary, TMP: temporary, TEMP: temporary }
    : {};
  return new Promise((done, fail) => {
    const shell = command.endsWith(".cmd");
    const child = start(command, args, {
      cwd,
      env: { ...setupEnvironment(), ...headers, ...scratch, ...env },
      shell,
    });
    let output = "";
    const keep = (chunk) => {
      output = (output + chunk).slice(-8000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => fail(new ProgramError(what, `${command}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (isStopping()) return;
      if (code === 0) done(output);
      else
        fail(
          new ProgramError(
            what,
            signal ? `${output}\n${signal}: the system ended ${command}` : output,
          ),
        );
    });
  });
}

/** What a program that only looks prints, or undefined if it fails. */
export function ask(command, args, options) {
  return run("", command, args, options).catch(() => undefined);
}
