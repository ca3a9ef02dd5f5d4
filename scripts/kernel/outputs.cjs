// Changes to how tslab 1.0 sends outputs.
const zeromq = require("zeromq");
const { JupyterHandlerImpl } = require("tslab/dist/jupyter.js");

/** Milliseconds between messages with text: soon enough for a reader, and few messages for thousands of lines. */
const PAUSE = 50;

/**
 * Get every output to the reader, in order, and with them the status that says the cell is done. tslab publishes each
 * write at once and never awaits a send: zeromq makes each 512th send wait for the event loop and refuses all those that
 * come before then, so of a loop with 1,000 lines half were lost, and the cell's "idle" too.
 */
function sendAllOutputs() {
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
      if (gathered && (gathered.name !== name || gathered.writeStream !== writeStream))
        sendGathered();
      gathered ??= { name, text: "", writeStream };
      gathered.text += text;
      if (performance.now() - sentAt > PAUSE) sendGathered();
      else timer ??= setTimeout(sendGathered, PAUSE);
    });
  };
  JupyterHandlerImpl.prototype.handleExecute = async function (...args) {
    const reply = await handleExecute.apply(this, args);
    sendGathered(); // the reply goes through another socket
    return reply;
  };
}

module.exports = { sendAllOutputs };
