// Opens JupyterLab on the project, with the kernel that set-up installed: npm run lab [-- --no-browser …]
import { join } from "node:path";
import { environment, program, root } from "./environment.mjs";
import { endTogether, runHere } from "./processes.mjs";

endTogether({ asks: true }); // JupyterLab asks before Ctrl-C stops it
const options = [
  ...["--notebook-dir", root],
  // Defaults that the user's own settings still override: no question about news, Markdown rendered.
  `--LabApp.app_settings_dir=${join(root, "scripts", "lab")}`,
  "--LabApp.default_url=/lab/tree/notebooks/README.md",
  ...process.argv.slice(2),
];
process.exit(
  await runHere(program("python"), ["-m", "jupyterlab", ...options], {
    cwd: root,
    env: environment(),
  }),
);
