// Opens JupyterLab on the project, with the kernel that set-up installed: npm run lab [-- --no-browser …]
import { spawn } from "node:child_process";
import { environment, program, root } from "./environment.mjs";

const lab = spawn(program("jupyter"), ["lab", "--notebook-dir", root, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: environment(),
});
lab.on("exit", (code) => process.exit(code ?? 1));
// Ctrl-C goes to both; JupyterLab asks before it stops, so only wait for it here.
process.on("SIGINT", () => {});
