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
sendAllOutputs();
require("tslab/dist/main.js").startKernel({ configPath: process.argv[2], enableFindLocal: false });

/**
 * Get every output to the reader, in order, and with them the status that says the cell is done. tslab publishes each
 * write at once and never awaits a send: zeromq makes each 512th send wait for the event loop and refuses all those that
 * come before then, so of a loop with 1,000 lines half were lost, and the cell's "idle" too.
 */
function sendAllOutputs() {
  const zeromq = require("zeromq");
  const { JupyterHandlerImpl } = require("tslab/dist/jupyter.js");
  const pause = 50; // ms between messages with text: soon enough for a reader, and few messages for thousands of lines
  let gathered; // { name, text, writeStream } of text that is still to be sent
  let sentAt = 0;
  let timer;

  function sendGathered() {
    clearTimeout(timer);
    timer = undefined;
    if (!gathered) return;
    const { name, text, writeStream } = gathered;
    gathered = undefined; // first, as sending calls this function again
    writeStream(name, text);
    sentAt = performance.now();
  }

  zeromq.Publisher = class extends zeromq.Publisher {
    constructor(options) {
      // No time-out makes zeromq send at once, every time; no high-water mark, keep what a slow reader has yet to fetch.
      super({ ...options, sendTimeout: 0, sendHighWaterMark: 0 });
    }
    send(message) {
      sendGathered(); // whatever comes next, a figure or "idle", comes after the text before it
      return super.send(message);
    }
  };

  const { createWriteToIopub, handleExecute } = JupyterHandlerImpl.prototype;
  JupyterHandlerImpl.prototype.createWriteToIopub = function (name, writeStream) {
    return createWriteToIopub.call(this, name, (_, text) => {
      if (gathered && (gathered.name !== name || gathered.writeStream !== writeStream)) sendGathered();
      gathered ??= { name, text: "", writeStream };
      gathered.text += text;
      if (performance.now() - sentAt > pause) sendGathered();
      else timer ??= setTimeout(sendGathered, pause);
    });
  };
  JupyterHandlerImpl.prototype.handleExecute = async function (...args) {
    const reply = await handleExecute.apply(this, args);
    sendGathered(); // the reply goes through another socket
    return reply;
  };
}
