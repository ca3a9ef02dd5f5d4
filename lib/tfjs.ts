import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Tensorflow from "@tensorflow/tfjs";

/**
 * TensorFlow.js: its native backend (libtensorflow, in this process) or, where that could not be built, the WASM one
 * with a warning. `await tf.ready()` before the first operation, as the WASM backend starts asynchronously.
 */
export const tf: typeof Tensorflow = loadTensorflow();
export type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";

function loadTensorflow(): typeof Tensorflow {
  // `require` loads CommonJS packages alike in the kernel (CommonJS) and in tests and scripts (ES modules).
  const require = createRequire(join(process.cwd(), "package.json"));
  const util = require("node:util") as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined; // gone from Node 23; tfjs-node calls it
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // libtensorflow's start-up lines are no news to a reader
  try {
    return withPlainProducts(require("@tensorflow/tfjs-node-gpu") as typeof Tensorflow);
  } catch {
    console.warn(
      "The native TensorFlow backend is not built, so training uses the slower WASM backend. " +
        "`npm run setup` says what is missing.",
    );
    const wasm = require("@tensorflow/tfjs") as typeof Tensorflow;
    require("@tensorflow/tfjs-backend-wasm");
    void wasm.setBackend("wasm");
    return wasm;
  }
}

/** What of the native backend is used below. */
interface NativeBackend {
  binding: Record<"TF_ATTR_TYPE" | "TF_ATTR_BOOL" | "TF_FLOAT", number>;
  executeSingleOutput(operation: string, attributes: object[], inputs: Tensorflow.TensorInfo[]): Tensorflow.TensorInfo;
}

/**
 * Products of two matrices by libtensorflow's MatMul. TensorFlow.js always takes BatchMatMul, which needs about a fifth
 * longer for the tall matrices of a batch.
 */
function withPlainProducts(native: typeof Tensorflow): typeof Tensorflow {
  const { kernelFunc: batched, ...rest } = native.getKernel("BatchMatMul", "tensorflow")!;
  native.unregisterKernel("BatchMatMul", "tensorflow");
  native.registerKernel({
    ...rest,
    kernelFunc: (given) => {
      const { a, b } = given.inputs as Record<"a" | "b", Tensorflow.TensorInfo>;
      if (a.shape.length !== 2 || b.shape.length !== 2 || a.dtype !== "float32") return batched(given);
      const backend = given.backend as NativeBackend, { binding } = backend;
      const { transposeA, transposeB } = given.attrs as Record<"transposeA" | "transposeB", boolean>;
      return backend.executeSingleOutput("MatMul", [
        { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
        { name: "transpose_a", type: binding.TF_ATTR_BOOL, value: transposeA },
        { name: "transpose_b", type: binding.TF_ATTR_BOOL, value: transposeB },
      ], [a, b]);
    },
  });
  return native;
}
