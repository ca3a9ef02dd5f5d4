// How JupyterLab is started, by `npm run lab` and by the browser tests.
import { join } from "node:path";
import { root } from "../environment.mjs";

/**
 * Options for a JupyterLab on `folder` that opens the page `contents` of it. The defaults in overrides.json, which the
 * user's own settings still override, spare people the question about news and show Markdown rendered.
 */
export function labOptions(folder, contents) {
  return [
    ...["--notebook-dir", folder],
    `--LabApp.app_settings_dir=${join(root, "scripts", "lab")}`,
    `--LabApp.default_url=/lab/tree/${contents}`,
  ];
}
