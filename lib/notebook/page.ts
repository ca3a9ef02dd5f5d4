import { displayBundle, escapeHtml } from "./display";

/**
 * Show a web page, one file of the project's, in a frame below the running cell; a page that lies in a folder has to be
 * served, and is only named. `description` says what it is. GitHub and exported notebooks show the text alone.
 */
export function showPage(
  { path, isOneFile }: { path: string; isOneFile: boolean },
  description: string,
): void {
  if (!isOneFile) return console.log(`${path} has to be served: npm run tagger`);
  // Notebooks lie one folder below the project's root.
  const frame =
    `<iframe src="../${escapeHtml(encodeURI(path))}" title="${escapeHtml(description)}" ` +
    `style="width:100%;height:44rem;border:1px solid #8888;border-radius:6px"></iframe>`;
  displayBundle({ "text/html": frame, "text/plain": `${description} (${path})` });
}
