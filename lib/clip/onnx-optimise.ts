/**
 * Two changes to a CLIP tower in an ONNX file that save time:
 *
 * - The embedding is read from the class token alone, so that what follows the last attention (its output projection
 *   and the feed-forward layers, three quarters of the last block) need not be computed for the 49 other tokens. In
 *   fp32 the embeddings stay the same bit for bit; quantised ones change by a few digits, since activations are
 *   scaled to the range of the tokens there are.
 * - Weights quantised to 7 bits as uint8, as transformers.js's files have them, become int8: the same products, for
 *   which processors with VNNI or AMX have instructions (about 3 times as fast).
 */
import {
  field,
  fields,
  find,
  integerField,
  makeNode,
  packedIntegers,
  readGraph,
  renameInputs,
  text,
  withGraph,
  type Graph,
  type Node,
} from "./onnx-graph";

const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_NAME = 1;
const ATTRIBUTE_INTEGER = 3;
const ATTRIBUTE_TENSOR = 5;
const ATTRIBUTE_INTEGERS = 8;
const ATTRIBUTE_KIND = 20;
const DIMS = 1;
const DATA_TYPE = 2;
const INT32_DATA = 5;
const TENSOR_NAME = 8;
const RAW_DATA = 9;
const DATA_LOCATION = 14;
const UINT8 = 2;
const INT8 = 3;
const INT64 = 7;

function attribute(node: Node, name: string): Uint8Array | undefined {
  for (const { number, content } of fields(node.message))
    if (
      number === NODE_ATTRIBUTE &&
      text(find(content, ATTRIBUTE_NAME)?.content ?? content) === name
    )
      return content;
  return undefined;
}

/** A tensor of 8-bit numbers as bytes, whichever way it is stored. */
function bytesOf(tensor: Uint8Array): Uint8Array {
  const raw = find(tensor, RAW_DATA)?.content;
  return (
    raw ?? Uint8Array.from(packedIntegers(find(tensor, INT32_DATA)?.content ?? new Uint8Array()))
  );
}

const kept = (message: Uint8Array, drop: readonly number[]): Uint8Array[] =>
  [...fields(message)].flatMap(({ number, whole }) => (drop.includes(number) ? [] : [whole]));

/** 7 bits, and one step more for rounding. */
const MOST = 128;

/** 0..128 as uint8 → -64..64 as int8. These stay clear of the overflow that processors before VNNI have with int8. */
function toInt8(tensor: Uint8Array): Uint8Array {
  const shifted = bytesOf(tensor).map((value) => value - 64);
  return Buffer.concat([
    ...kept(tensor, [DATA_TYPE, INT32_DATA, RAW_DATA]),
    integerField(DATA_TYPE, INT8),
    field(RAW_DATA, [shifted]),
  ]);
}

/** Weights and their zero points become int8 where both have 7 bits and serve MatMulInteger alone. How many did. */
function useInt8({ nodes, weights }: Graph): number {
  const usedElsewhere = new Set(
    nodes.flatMap(({ type, inputs }) =>
      type === "MatMulInteger" ? [inputs[0], inputs[2]] : inputs,
    ),
  );
  const fits = (name: string | undefined): boolean => {
    const tensor = weights.get(name ?? "");
    return (
      tensor !== undefined &&
      !usedElsewhere.has(name!) &&
      find(tensor, DATA_TYPE)?.value === UINT8 &&
      bytesOf(tensor).every((value) => value <= MOST)
    );
  };
  const names = new Set(
    nodes.flatMap(({ type, inputs }) =>
      type === "MatMulInteger" && fits(inputs[1]) && fits(inputs[3]) ? [inputs[1], inputs[3]] : [],
    ),
  );
  for (const name of names) weights.set(name, toInt8(weights.get(name)!));
  return names.size;
}

/** Layers that treat each token by itself: one token's output needs that token's input alone. */
const TOKENWISE = [
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Pow",
  "Sqrt",
  "Erf",
  "Tanh",
  "Sigmoid",
  "Cast",
  "Identity",
  "ReduceMean",
  "LayerNormalization",
  "DynamicQuantizeLinear",
  "MatMul",
  "MatMulInteger",
];

function isTokenwise(node: Node, constant: ReadonlySet<string>): boolean {
  if (node.type.startsWith("MatMul")) return constant.has(node.inputs[1]); // otherwise it may be the attention
  if (node.type !== "ReduceMean") return TOKENWISE.includes(node.type);
  const axes = attribute(node, "axes");
  const list = axes && find(axes, ATTRIBUTE_INTEGERS);
  return list !== undefined && (list.content.length > 0 ? list.content[0] : list.value) > 127; // -1: among features
}

/** Names of values that do not depend on the model's input. */
function constants({ nodes, weights }: Graph): Set<string> {
  const names = new Set(weights.keys());
  for (const { inputs, outputs } of nodes)
    if (inputs.every((name) => name === "" || names.has(name)))
      for (const name of outputs) names.add(name);
  return names;
}

/** Whether the node takes the first of the tokens, `hidden[:, 0]`. */
function takesFirstToken(node: Node, { nodes, weights }: Graph): boolean {
  if (
    node.type !== "Gather" ||
    find(attribute(node, "axis") ?? new Uint8Array(), ATTRIBUTE_INTEGER)?.value !== 1
  )
    return false;
  const maker = nodes.find(({ outputs }) => outputs.includes(node.inputs[1]));
  const value = maker?.type === "Constant" ? attribute(maker, "value") : undefined;
  const index = weights.get(node.inputs[1]) ?? (value && find(value, ATTRIBUTE_TENSOR)?.content);
  return index !== undefined && !find(index, DIMS) && bytesOf(index).every((byte) => byte === 0);
}

/** The nodes whose outputs serve the first token alone. Files list nodes in the order of computation. */
function servingFirstToken(graph: Graph, constant: ReadonlySet<string>): Set<Node> {
  const users = new Map<string, Node[]>();
  const serving = new Set<Node>();
  for (const node of graph.nodes)
    for (const name of node.inputs) users.set(name, [...(users.get(name) ?? []), node]);
  for (const node of [...graph.nodes].reverse()) {
    const all = node.outputs.flatMap((name) => users.get(name) ?? []);
    const only =
      all.length > 0 && all.every((user) => serving.has(user)) && isTokenwise(node, constant);
    if (takesFirstToken(node, graph) || (only && !node.outputs.every((name) => constant.has(name))))
      serving.add(node);
  }
  return serving;
}

const FIRST = "class_token_only";

/** [n, tokens, d] → [n, 1, d]. The Gather at the end then finds the class token where it was, in first place. */
function firstTokenNode(name: string): Node {
  const axis = field(NODE_ATTRIBUTE, [
    field(ATTRIBUTE_NAME, "axis"),
    integerField(ATTRIBUTE_INTEGER, 1),
    integerField(ATTRIBUTE_KIND, 2),
  ]);
  return makeNode("Gather", [name, FIRST], `${name}/${FIRST}`, [axis]);
}

/** Compute for the class token alone what only it needs. How many values were cut down to it. */
function useFirstToken(graph: Graph): number {
  const constant = constants(graph);
  const serving = servingFirstToken(graph, constant);
  const cut = new Set<string>();
  const made = new Set([...serving].flatMap(({ outputs }) => outputs));
  if (serving.size < 2) return 0; // the Gather alone: nothing before it to save
  graph.nodes = graph.nodes.flatMap((node) => {
    if (!serving.has(node)) return [node];
    const from = (name: string): boolean => name !== "" && !made.has(name) && !constant.has(name);
    const added = node.inputs
      .filter((name) => from(name) && !cut.has(name))
      .map((name) => {
        cut.add(name);
        return firstTokenNode(name);
      });
    return [...added, renameInputs(node, (name) => (from(name) ? `${name}/${FIRST}` : name))];
  });
  const zero = [
    integerField(DIMS, 1),
    integerField(DATA_TYPE, INT64),
    field(RAW_DATA, [new Uint8Array(8)]),
  ];
  graph.weights.set(FIRST, Buffer.concat([...zero, field(TENSOR_NAME, FIRST)]));
  return cut.size;
}

/** Names these changes. Quantised embeddings are redone when it changes; those in fp32 do not depend on it. */
export const OPTIMISATION_VERSION = "class-token-int8-1";

/**
 * The bytes of an ONNX file → those of the faster model, in parts (weights that stay as they are are not copied), or
 * null if there is nothing to gain. Throws if it is no ONNX file; the caller knows the file's name.
 */
export function optimiseOnnx(model: Uint8Array): Uint8Array[] | null {
  const graph = readGraph(model);
  if ([...graph.weights.values()].some((tensor) => find(tensor, DATA_LOCATION)?.value)) return null; // in another file
  if (useInt8(graph) + useFirstToken(graph) === 0) return null;
  return withGraph(model, graph);
}
