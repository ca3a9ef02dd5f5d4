// Starts the tslab kernel with the repository as its working directory, so that cells can import "./lib/…".
// Jupyter calls it: node scripts/kernel.cjs CONNECTION_FILE
const path = require("node:path");
const util = require("node:util");

process.chdir(path.resolve(__dirname, ".."));
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // libtensorflow's start-up lines are no news to a reader
util.isNullOrUndefined ??= (value) => value === null || value === undefined; // gone from Node 23; tfjs-node calls it
require("./kernel/modules.cjs").importQuickly(); // before tslab takes hold of TypeScript
require("./kernel/outputs.cjs").sendAllOutputs();
require("./kernel/skip.cjs").skipCells();
require("tslab/dist/main.js").startKernel({ configPath: process.argv[2], enableFindLocal: false });
