// Starts the tslab kernel with the repository as its working directory, so that cells can import "./lib/…".
// Jupyter calls it: node scripts/kernel.cjs CONNECTION_FILE
const path = require("node:path");
const util = require("node:util");

process.chdir(path.resolve(__dirname, ".."));
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // libtensorflow's start-up lines are no news to a reader
util.isNullOrUndefined ??= (value) => value === null || value === undefined; // gone from Node 23; tfjs-node calls it
// A new file in a watched folder makes TypeScript set a second timer, which tslab 1.0 takes for an error in the next cell.
// Files that cells import are watched one by one all the same, so edits to them are noticed.
require("@tslab/typescript-for-tslab").sys.watchDirectory = () => ({ close() {} });
require("tslab/dist/main.js").startKernel({ configPath: process.argv[2], enableFindLocal: false });
