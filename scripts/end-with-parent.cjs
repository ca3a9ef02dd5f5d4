// Loaded into each kernel before anything else: a kernel holds half a gigabyte and more, and would stay for ever when the
// Jupyter that started it is killed or its terminal closed. In a thread of its own, which a busy cell can't hold up.
// JPY_PARENT_PID is how Jupyter says who started a kernel; it is not set for kernels that are to live on.
const { Worker, isMainThread } = require("node:worker_threads");

if (
  isMainThread &&
  process.platform !== "win32" &&
  Number(process.env.JPY_PARENT_PID) === process.ppid
) {
  const watch = `const parent = process.ppid;
setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGKILL"), 500);`;
  new Worker(watch, { eval: true, execArgv: [], stdout: false }).unref();
}
