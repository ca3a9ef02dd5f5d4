// Makes everything the project needs, the very first command after `git clone`: npm run setup
// With --if-needed it doesn't try again what could not be made the last time, such as the native backend.
// What is imported below is newer than old versions of Node understand, so theirs is looked at first.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || major > 24 || (major === 20 && minor < 19)) {
  console.error(
    `Node ${process.versions.node} is running, but Node 20.19 to 24 is needed.\n` +
      "Get it from https://nodejs.org, or with conda: conda env create -f environment.yml && conda activate clip-the-landscape",
  );
  process.exit(1);
}
import("./setup/main.mjs").then(({ setUp }) =>
  setUp({ again: !process.argv.includes("--if-needed") }),
);
