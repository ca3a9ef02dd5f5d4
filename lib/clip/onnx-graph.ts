/**
 * As much of the ONNX file format as is needed to look one layer deeper into a model: which value goes into the last
 * dense layer, and how to make it an output. A model is a protocol buffer; field numbers are those of onnx.proto.
 */
import { field, fields, text } from "./protobuf";

/** Fields of a model, of its graph, and of the nodes, values and tensors in that. */
const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;
const INPUT = 11;
const OUTPUT = 12;
const NODE_INPUT = 1;
const NODE_OUTPUT = 2;
const NODE_TYPE = 4;
const VALUE_NAME = 1;
const TENSOR_NAME = 8;
/** Layers that may follow the last dense one without changing which features it reads. */
const AFTERWARDS = [
  "Softmax",
  "LogSoftmax",
  "Identity",
  "Add",
  "Squeeze",
  "Flatten",
  "Reshape",
  "Dropout",
];

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

/** The strings in one field of a message. */
const strings = (message: Uint8Array, wanted: number): string[] =>
  [...fields(message)]
    .filter(({ number }) => number === wanted)
    .map(({ content }) => text(content));

function readNode(message: Uint8Array): Node {
  const [type = ""] = strings(message, NODE_TYPE);
  return { type, inputs: strings(message, NODE_INPUT), outputs: strings(message, NODE_OUTPUT) };
}

/** The tensor's name comes before its numbers or after them; only field 8 is of interest. */
function tensorName(message: Uint8Array): string {
  for (const { number, content } of fields(message))
    if (number === TENSOR_NAME) return text(content);
  return "";
}

function readGraph(model: Uint8Array): Graph {
  const graph: Graph = { nodes: [], weights: new Set(), inputs: [], outputs: [] };
  for (const { number, content: message } of fields(model)) {
    if (number !== GRAPH) continue;
    for (const { number: part, content } of fields(message)) {
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
  for (let name = outputs[0]; ;) {
    const node = nodes.find((candidate) => candidate.outputs.includes(name));
    const source = node?.inputs.find((input) => !weights.has(input));
    if (
      !node ||
      source === undefined ||
      (!AFTERWARDS.includes(node.type) && !/^(Gemm|MatMul)$/.test(node.type))
    )
      throw new Error(
        `The model ends in ${node?.type ?? "nothing"} and not in a dense layer (Gemm or MatMul)`,
      );
    if (node.type === "Gemm" || node.type === "MatMul") return source;
    name = source;
  }
}

/**
 * Bytes that, appended to a model's file, make the value `name` an additional output: when a message occurs twice in a
 * protocol buffer, readers join the two, so a second graph with nothing but an output in it is enough.
 */
export function extraOutput(name: string): Uint8Array {
  return field(GRAPH, [field(OUTPUT, [field(VALUE_NAME, name)])]);
}
