/**
 * As much of the ONNX file format as is needed to look one layer deeper into a model: which value goes into the last
 * dense layer, and how to make it an output. A model is a protocol buffer; field numbers are those of onnx.proto.
 */

/** Fields of a model, of its graph, and of the nodes, values and tensors in that. */
const GRAPH = 7, NODE = 1, INITIALIZER = 5, INPUT = 11, OUTPUT = 12;
const NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_TYPE = 4, VALUE_NAME = 1, TENSOR_NAME = 8;
/** Layers that may follow the last dense one without changing which features it reads. */
const AFTERWARDS = ["Softmax", "LogSoftmax", "Identity", "Add", "Squeeze", "Flatten", "Reshape", "Dropout"];

interface Node {
  type: string;
  inputs: string[];
  outputs: string[];
}

interface Graph {
  nodes: Node[];
  /** Names of the weights. */
  weights: Set<string>;
  inputs: string[];
  outputs: string[];
}

/** An unsigned integer in base 128, lowest digit first, and the position behind it. */
function readVarint(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0, scale = 1;
  for (let i = at; i < bytes.length && i < at + 10; i++, scale *= 128) {
    value += (bytes[i] & 127) * scale;
    if (bytes[i] < 128) return [value, i + 1];
  }
  throw new Error(`Not an ONNX file: no number ends after byte ${at}`);
}

/** The length-delimited fields of a message (strings, messages), in order; numbers are passed over. */
function* fields(bytes: Uint8Array): Generator<[field: number, content: Uint8Array]> {
  for (let at = 0; at < bytes.length; ) {
    const [tag, start] = readVarint(bytes, at), field = Math.floor(tag / 8), kind = tag % 8;
    if (kind === 0) at = readVarint(bytes, start)[1];
    else if (kind === 1) at = start + 8;
    else if (kind === 5) at = start + 4;
    else if (kind === 2) {
      const [length, content] = readVarint(bytes, start);
      at = content + length;
      if (at <= bytes.length) yield [field, bytes.subarray(content, at)];
    } else throw new Error(`Not an ONNX file: unknown kind of field at byte ${at}`);
    if (at > bytes.length) throw new Error(`Not a whole ONNX file: it ends ${at - bytes.length} bytes too early`);
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
/** The strings in one field of a message. */
const strings = (message: Uint8Array, wanted: number): string[] =>
  [...fields(message)].filter(([field]) => field === wanted).map(([, content]) => text(content));

function readNode(message: Uint8Array): Node {
  const [type = ""] = strings(message, NODE_TYPE);
  return { type, inputs: strings(message, NODE_INPUT), outputs: strings(message, NODE_OUTPUT) };
}

/** The tensor's name comes before its numbers or after them; only field 8 is of interest. */
function tensorName(message: Uint8Array): string {
  for (const [field, content] of fields(message)) if (field === TENSOR_NAME) return text(content);
  return "";
}

function readGraph(model: Uint8Array): Graph {
  const graph: Graph = { nodes: [], weights: new Set(), inputs: [], outputs: [] };
  for (const [field, message] of fields(model)) {
    if (field !== GRAPH) continue;
    for (const [part, content] of fields(message)) {
      if (part === NODE) graph.nodes.push(readNode(content));
      else if (part === INITIALIZER) graph.weights.add(tensorName(content));
      else if (part === INPUT) graph.inputs.push(...strings(content, VALUE_NAME));
      else if (part === OUTPUT) graph.outputs.push(...strings(content, VALUE_NAME));
    }
  }
  if (graph.nodes.length === 0) throw new Error("Not an ONNX model: there are no layers in it");
  return graph;
}

/** The names of what a model is given, weights left out (old files list them among the inputs). */
export function inputNames(model: Uint8Array): string[] {
  const { inputs, weights } = readGraph(model);
  return inputs.filter((name) => !weights.has(name));
}

/**
 * The name of the value that a classifier's last dense layer reads, found by walking back from its first output: the
 * features. Throws for a model that does not end in a dense layer.
 */
export function penultimateName(model: Uint8Array): string {
  const { nodes, weights, outputs } = readGraph(model);
  for (let name = outputs[0]; ; ) {
    const node = nodes.find((candidate) => candidate.outputs.includes(name));
    const source = node?.inputs.find((input) => !weights.has(input));
    if (!node || source === undefined || (!AFTERWARDS.includes(node.type) && !/^(Gemm|MatMul)$/.test(node.type)))
      throw new Error(`The model ends in ${node?.type ?? "nothing"} and not in a dense layer (Gemm or MatMul)`);
    if (node.type === "Gemm" || node.type === "MatMul") return source;
    name = source;
  }
}

function message(field: number, content: Uint8Array): Buffer {
  const length: number[] = [];
  for (let rest = content.length; ; rest >>= 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.of(field * 8 + 2, ...length), content]);
}

/**
 * Bytes that, appended to a model's file, make the value `name` an additional output: when a message occurs twice in a
 * protocol buffer, readers join the two, so a second graph with nothing but an output in it is enough.
 */
export function extraOutput(name: string): Buffer {
  const value = message(VALUE_NAME, Buffer.from(name, "utf8"));
  return message(GRAPH, message(OUTPUT, value));
}
