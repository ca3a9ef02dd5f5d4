// Loads the benchmark's modules as the notebooks' kernel loads its own. Under tsx a loop over typed arrays takes half as long
// again: its compiler hands buffers over to another thread, and once one buffer of a process is detached, V8 asks at each
// access to any of them whether it still is there.
require("../kernel/modules.cjs").loadOurs();
