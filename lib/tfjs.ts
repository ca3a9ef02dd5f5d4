import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Tensorflow from "@tensorflow/tfjs";

let loaded: typeof Tensorflow | undefined;

/**
 * TensorFlow.js: its native backend (libtensorflow, in this process) or, where that could not be built, the WASM one
 * with a warning. `await tf.ready()` before the first operation, as the WASM backend starts asynchronously. It is loaded
 * when something of it is first used, so that a room's door costs nothing to those who need only its other functions.
 */
export const tf: typeof Tensorflow = new Proxy({} as typeof Tensorflow, {
  get: (_, name) => Reflect.get((loaded ??= loadTensorflow()), name) as unknown,
});
export type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";

/**
 * The gradient through a ReLU, of `dy`'s shape: `dy` where the ReLU's output `y` is above zero, else 0. In one pass where the
 * backend can.
 */
export function reluGradient<T extends Tensorflow.Tensor>(dy: T, y: T): T {
  return tf.getKernel("ReluGrad", tf.getBackend())
    ? tf.engine().runKernel<T>("ReluGrad", { dy, y })
    : tf.tidy(() => dy.mul(tf.step(y)) as T);
}

function loadTensorflow(): typeof Tensorflow {
  // `require` loads CommonJS packages alike in the kernel (CommonJS) and in tests and scripts (ES modules).
  const require = createRequire(join(process.cwd(), "package.json"));
  const util = require("node:util") as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined; // gone from Node 23; tfjs-node calls it
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // libtensorflow's start-up lines are no news to a reader
  try {
    return withQuickKernels(require("@tensorflow/tfjs-node-gpu") as typeof Tensorflow);
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
  binding: Record<
    "TF_ATTR_TYPE" | "TF_ATTR_INT" | "TF_ATTR_BOOL" | "TF_FLOAT" | "TF_INT32",
    number
  >;
  executeSingleOutput(
    operation: string,
    attributes: object[],
    inputs: Tensorflow.TensorInfo[],
  ): Tensorflow.TensorInfo;
}

/** One operation of the native backend done another way, or by its own kernel where that says undefined. */
type Kernel = (
  inputs: Record<string, Tensorflow.TensorInfo>,
  attributes: Record<string, unknown>,
  backend: NativeBackend,
) => Tensorflow.TensorInfo | undefined;

/** The native backend with two of its kernels replaced by quicker ones that give the same, and one more. */
function withQuickKernels(native: typeof Tensorflow): typeof Tensorflow {
  native.registerKernel({
    kernelName: "ReluGrad",
    backendName: "tensorflow",
    kernelFunc: ({ inputs, backend }) => {
      const { binding, executeSingleOutput } = backend as NativeBackend;
      const { TF_ATTR_TYPE, TF_FLOAT } = binding;
      const type = { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT };
      return executeSingleOutput.call(backend, "ReluGrad", [type], [inputs.dy!, inputs.y!]);
    },
  });
  for (const [name, kernel] of Object.entries({ GatherV2: gather(native), BatchMatMul: product })) {
    const own = native.getKernel(name, "tensorflow")!;
    native.unregisterKernel(name, "tensorflow");
    native.registerKernel({
      ...own,
      kernelFunc: (given) =>
        kernel(
          given.inputs as Record<string, Tensorflow.TensorInfo>,
          given.attrs ?? {},
          given.backend as NativeBackend,
        ) ?? own.kernelFunc(given),
    });
  }
  return native;
}

/**
 * Gathering float32 rows leaves the check of the indices to libtensorflow, which makes it anyway: the native backend's
 * own kernel makes one more, a loop in JavaScript that takes longer than gathering a batch's labels.
 */
function gather(native: typeof Tensorflow): Kernel {
  return ({ x, indices }, { axis, batchDims }, backend) => {
    if (x.dtype !== "float32" || axis !== 0 || batchDims !== 0) return undefined;
    const { TF_ATTR_TYPE, TF_ATTR_INT, TF_FLOAT, TF_INT32 } = backend.binding;
    const rows = native.scalar(0, "int32");
    const gathered = backend.executeSingleOutput(
      "GatherV2",
      [
        { name: "batch_dims", type: TF_ATTR_INT, value: 0 },
        { name: "Tparams", type: TF_ATTR_TYPE, value: TF_FLOAT },
        { name: "Tindices", type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: "Taxis", type: TF_ATTR_TYPE, value: TF_INT32 },
      ],
      [x, indices, rows],
    );
    rows.dispose();
    return gathered;
  };
}

/**
 * aᵀ·b of matrices, as in the gradient of every layer, through libtensorflow's MatMul instead of BatchMatMulV2: a tenth
 * less time for 49 outputs, a quarter for 256.
 */
const product: Kernel = ({ a, b }, { transposeA, transposeB }, backend) => {
  const matrices = a.shape.length === 2 && b.shape.length === 2;
  if (!matrices || !transposeA || a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_FLOAT } = backend.binding;
  return backend.executeSingleOutput(
    "MatMul",
    [
      { name: "transpose_a", type: TF_ATTR_BOOL, value: true },
      { name: "transpose_b", type: TF_ATTR_BOOL, value: transposeB },
      { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT },
    ],
    [a, b],
  );
};
