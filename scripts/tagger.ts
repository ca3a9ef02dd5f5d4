/**
 * The pages that notebook 22 writes, served on this machine only: those that lie in a folder don't open from a file.
 *
 *     npm run tagger                 every page of every dataset, until Ctrl-C
 *     npm run tagger -- --port 8060
 *     npm run tagger -- --check      makes pages of the sample's heads and tries them in headless Chromium
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkTagger } from "./tagger/check";
import { serve } from "./tagger/serve";

/** All pages, by their paths below data/. */
function pages(): string[] {
  return readdirSync("data").flatMap((dataset) => {
    const folder = join(dataset, "tagger");
    if (!existsSync(join("data", folder))) return [];
    return readdirSync(join("data", folder)).flatMap((name) => {
      const page = name.endsWith(".html") ? join(folder, name) : join(folder, name, "index.html");
      return existsSync(join("data", page)) ? [page] : [];
    });
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8050" },
      check: { type: "boolean", default: false },
    },
  });
  if (values.check) {
    const failures = await checkTagger();
    process.exitCode = failures === 0 ? 0 : 1;
    return;
  }
  const port = Number(values.port);
  if (!(Number.isInteger(port) && port > 0 && port < 65536))
    throw new Error(`--port is "${values.port}", and must be a number from 1 to 65535`);
  const found = pages();
  if (found.length === 0)
    throw new Error("There is no page yet: run notebook 22-tagger first, which writes one");
  const { url } = await serve("data", port);
  console.log("On this machine only, until Ctrl-C:");
  for (const page of found) console.log(`  ${url}/${page}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
