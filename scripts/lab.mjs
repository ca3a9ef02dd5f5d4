// Opens JupyterLab on the project, with the kernel that set-up installed: npm run lab [-- --no-browser …]
import { environment, program, root } from "./environment.mjs";
import { labOptions } from "./lab/options.mjs";
import { endTogether, runHere } from "./processes.mjs";

endTogether({ asks: true }); // JupyterLab asks before Ctrl-C stops it
const options = [...labOptions(root, "notebooks/README.md"), ...process.argv.slice(2)];
process.exit(
  await runHere(program("python"), ["-m", "jupyterlab", ...options], {
    cwd: root,
    env: environment(),
  }),
);
