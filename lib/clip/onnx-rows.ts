/**
 * Quantised models scale the numbers between their layers to 8 bits by the range of all that they are given together, so
 * that an embedding depends on what else is in the batch. Here each token, and each patch of a photo, is scaled by its own
 * largest number, q = round(127 · x / max |x|) + 128: photos and titles can be embedded several at once, which is faster,
 * and come out as they do alone. (A product of 8-bit numbers can be scaled row by row afterwards, but has one zero for
 * all rows: so that is 128, in the middle.)
 */
import {
  bytesOf,
  dataType,
  dimsOf,
  integerOf,
  integersOf,
  makeAttribute,
  makeNode,
  makeTensor,
  typeOf,
  type Graph,
  type Node,
} from "./onnx-graph";

/** The side of the patches that a convolution takes apart; undefined if its windows are no such patches. */
function patchSide(node: Node): number | undefined {
  const [height, width] = integersOf(node, "kernel_shape") ?? [];
  const all = (name: string, value: number): boolean =>
    (integersOf(node, name) ?? [value]).every((each) => each === value);
  const fits =
    node.type === "ConvInteger" &&
    height === width &&
    integersOf(node, "strides")?.every((stride) => stride === height) &&
    all("pads", 0) &&
    all("dilations", 1) &&
    (integerOf(node, "group") ?? 1) === 1;
  return fits ? height : undefined;
}

/** A product of 8-bit numbers. */
interface Product {
  node: Node;
  /** What makes numbers of its results again: a cast, the product of both scales, and the multiplication with that. */
  scaling: [cast: Node, scales: Node, multiply: Node];
  /** The name of its weights' scale. */
  weightScale: string;
  /** Of the patches, if this is the convolution that takes a photo apart. */
  side?: number;
}

/** The product that `node` is, with what follows it, or undefined if something is not as expected. */
function productAt({ nodes, weights }: Graph, node: Node, quantiser: Node): Product | undefined {
  const onlyUser = (name: string): Node | undefined => {
    const users = nodes.filter(({ inputs }) => inputs.includes(name));
    return users.length === 1 ? users[0] : undefined;
  };
  const [quantised, scale, zero] = quantiser.outputs;
  const [x, weight, xZero, weightZero] = node.inputs;
  const side = patchSide(node);
  const cast = onlyUser(node.outputs[0]);
  const multiply = cast && onlyUser(cast.outputs[0]);
  const scales = nodes.find(
    ({ outputs }) => multiply?.inputs.includes(outputs[0]) && outputs[0] !== cast?.outputs[0],
  );
  const weightScale = scales?.inputs.find((name) => name !== scale);
  if (cast?.type !== "Cast" || multiply?.type !== "Mul" || scales?.type !== "Mul") return undefined;
  const fits =
    (side === undefined ? node.type === "MatMulInteger" : onlyUser(weight) === node) &&
    x === quantised &&
    xZero === zero &&
    scales.inputs.includes(scale) &&
    [weight, weightZero, weightScale].every((name) => weights.has(name ?? ""));
  if (!fits) return undefined;
  return { node, scaling: [cast, scales, multiply], weightScale: weightScale!, side };
}

/** The products of what `quantiser` scales; undefined if anything else, or anything unexpected, makes use of it. */
function productsOf(graph: Graph, quantiser: Node): Product[] | undefined {
  const users = graph.nodes.filter(({ inputs }) =>
    inputs.some((name) => quantiser.outputs.includes(name)),
  );
  const products = users
    .filter(({ inputs }) => inputs[0] === quantiser.outputs[0])
    .map((node) => productAt(graph, node, quantiser));
  if (!products.every((product) => product !== undefined)) return undefined;
  const known = products.flatMap(({ node, scaling }) => [node, ...scaling]);
  const alike = products.length === 1 || products.every(({ side }) => side === undefined);
  return alike && users.every((node) => known.includes(node)) ? products : undefined;
}

const constant = {
  one: "separate_rows/one",
  steps: "separate_rows/steps",
  tiny: "separate_rows/tiny",
  middle: "separate_rows/middle",
  lastAxis: "separate_rows/last_axis",
} as const;

/** `x` in 8 bits, scaled along its last side: each row's `scale` is what one step is worth. */
function quantise(x: string, quantised: string, scale: string, opset: number): Node[] {
  const name = (part: string): string => `${quantised}/${part}`;
  const alongLast = (type: string, output: string): Node =>
    opset < 18
      ? makeNode(type, [x], output, [makeAttribute("axes", [-1])])
      : makeNode(type, [x, constant.lastAxis], output);
  return [
    alongLast("ReduceMax", name("highest")),
    alongLast("ReduceMin", name("lowest")),
    makeNode("Neg", [name("lowest")], name("deepest")),
    makeNode("Max", [name("highest"), name("deepest"), constant.tiny], name("largest")), // zeros have a scale, too
    makeNode("Div", [name("largest"), constant.steps], scale),
    makeNode("Div", [x, scale], name("divided")),
    makeNode("QuantizeLinear", [name("divided"), constant.one, constant.middle], quantised),
  ];
}

/** A convolution's weights [outputs, channels, side, side] → a product's with patches, [side · side · channels, outputs]. */
function asMatrix(name: string, tensor: Uint8Array): Uint8Array {
  const [outputs, channels, side] = dimsOf(tensor);
  const area = side * side;
  const from = bytesOf(tensor);
  const to = new Uint8Array(from.length);
  for (let o = 0, at = 0; o < outputs; o++)
    for (let c = 0; c < channels; c++)
      for (let pixel = 0; pixel < area; pixel++, at++)
        to[(pixel * channels + c) * outputs + o] = from[at];
  return makeTensor(name, typeOf(tensor)!, [area * channels, outputs], to);
}

/**
 * What takes the place of a quantiser, its products and what scales their results. The convolution that takes a photo's
 * patches apart becomes the product over each patch's pixels that it is.
 */
function separate(
  { opsets, weights }: Graph,
  quantiser: Node,
  products: readonly Product[],
): Map<Node, Node[]> {
  const [x] = quantiser.inputs;
  const [quantised, scale] = quantiser.outputs;
  const [{ side }] = products;
  const rows = side === undefined ? x : `${x}/patches`;
  const replaced = new Map([[quantiser, quantise(rows, quantised, scale, opsets.get("")!)]]);
  if (side !== undefined)
    replaced
      .get(quantiser)!
      .unshift(
        makeNode("SpaceToDepth", [x], `${rows}/depth`, [makeAttribute("blocksize", side)]),
        makeNode("Transpose", [`${rows}/depth`], rows, [makeAttribute("perm", [0, 2, 3, 1])]),
      );
  for (const {
    node,
    scaling: [cast, scales, multiply],
    weightScale,
  } of products) {
    const [, weight, , zero] = node.inputs;
    const [output] = multiply.outputs;
    const inputs = [quantised, weight, constant.one, weightScale, constant.middle, zero];
    const scaled = side === undefined ? output : `${output}/patches`;
    const by = [
      makeNode("MatMulIntegerToFloat", inputs, `${output}/steps`, [], "com.microsoft"),
      makeNode("Mul", [`${output}/steps`, scale], scaled),
    ];
    if (side !== undefined) {
      weights.set(weight, asMatrix(weight, weights.get(weight)!));
      by.push(makeNode("Transpose", [scaled], output, [makeAttribute("perm", [0, 3, 1, 2])]));
    }
    for (const gone of [node, cast, scales]) replaced.set(gone, []);
    replaced.set(multiply, by);
  }
  return replaced;
}

/**
 * Change a quantised model so that what it makes of a row does not depend on the others of a batch. Leaves the graph as it
 * is, and says false, if there is nothing to separate or something in it can't be.
 */
export function separateRows(graph: Graph): boolean {
  const quantisers = graph.nodes.filter(({ type }) => type === "DynamicQuantizeLinear");
  const products = quantisers.map((quantiser) => productsOf(graph, quantiser));
  if (quantisers.length === 0 || !products.every((found) => found !== undefined)) return false;
  const replaced = new Map(
    quantisers.flatMap((quantiser, i) => [...separate(graph, quantiser, products[i])]),
  );
  graph.nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
  graph.opsets.set("com.microsoft", 1);
  const { float, uint8, int64 } = dataType;
  const constants = [
    [constant.one, float, [], Float32Array.of(1)],
    [constant.steps, float, [], Float32Array.of(127)],
    [constant.tiny, float, [], Float32Array.of(1e-30)],
    [constant.middle, uint8, [], Uint8Array.of(128)],
    [constant.lastAxis, int64, [1], BigInt64Array.of(-1n)],
  ] as const;
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  for (const [name, type, dims, { buffer }] of constants)
    if (used.has(name))
      graph.weights.set(name, makeTensor(name, type, dims, new Uint8Array(buffer)));
  return true;
}
