/**
 * Three changes to a CLIP tower in an ONNX file that save time:
 *
 * - The embedding is read from the class token alone, so that what follows the last attention (its output projection
 *   and the feed-forward layers, three quarters of the last block) need not be computed for the 49 other tokens. The
 *   embeddings stay the same bit for bit, but for quantised models whose numbers are scaled by the range of all tokens.
 * - Weights quantised to 7 bits as uint8, as transformers.js's files have them, become int8: the same products, for
 *   which processors with VNNI or AMX have instructions (about 3 times as fast).
 * - Quantised models scale their numbers token by token, so that a photo or title no longer depends on the others of its
 *   batch: see onnx-rows.ts.
 */
import {
  bytesOf,
  dataType,
  dimsOf,
  integerOf,
  integersOf,
  isElsewhere,
  makeAttribute,
  makeNode,
  makeTensor,
  readGraph,
  renameInputs,
  tensorOf,
  typeOf,
  withGraph,
  type Graph,
  type Node,
} from "./onnx-graph";
import { separateRows } from "./onnx-rows";

/** 7 bits, and one step more for rounding. */
const MOST = 128;

/** 0..128 as uint8 → -64..64 as int8. These stay clear of the overflow that processors before VNNI have with int8. */
const toInt8 = (name: string, tensor: Uint8Array): Uint8Array =>
  makeTensor(
    name,
    dataType.int8,
    dimsOf(tensor),
    bytesOf(tensor).map((value) => value - 64),
  );

/** Where a product of 8-bit numbers finds its weights' zero point; the weights are its second input. */
const ZERO: Readonly<Record<string, number>> = { MatMulInteger: 3, MatMulIntegerToFloat: 5 };

/** Weights and their zero points become int8 where both have 7 bits and serve such products alone. How many did. */
function useInt8({ nodes, weights }: Graph): number {
  const products = nodes.filter(({ type }) => type in ZERO);
  const usedElsewhere = new Set(
    nodes.flatMap(({ type, inputs }) =>
      inputs.filter((_, i) => !(type in ZERO && [1, ZERO[type]].includes(i))),
    ),
  );
  const fits = (name: string | undefined): boolean => {
    const tensor = weights.get(name ?? "");
    return (
      tensor !== undefined &&
      !usedElsewhere.has(name!) &&
      typeOf(tensor) === dataType.uint8 &&
      bytesOf(tensor).every((value) => value <= MOST)
    );
  };
  const pairs = products.map(({ type, inputs }) => [inputs[1], inputs[ZERO[type]]]);
  const names = new Set(pairs.filter((pair) => pair.every(fits)).flat());
  for (const name of names) weights.set(name, toInt8(name, weights.get(name)!));
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
  return (integersOf(node, "axes")?.[0] ?? 0) > 127; // -1, read without its sign: among features
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
  if (node.type !== "Gather" || integerOf(node, "axis") !== 1) return false;
  const maker = nodes.find(({ outputs }) => outputs.includes(node.inputs[1]));
  const value = maker?.type === "Constant" ? tensorOf(maker, "value") : undefined;
  const index = weights.get(node.inputs[1]) ?? value;
  return (
    index !== undefined && dimsOf(index).length === 0 && bytesOf(index).every((byte) => byte === 0)
  );
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
  return makeNode("Gather", [name, FIRST], `${name}/${FIRST}`, [makeAttribute("axis", 1)]);
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
  graph.weights.set(FIRST, makeTensor(FIRST, dataType.int64, [1], new Uint8Array(8)));
  return cut.size;
}

/** Names these changes. Quantised embeddings are redone when it changes; those in fp32 do not depend on it. */
export const OPTIMISATION_VERSION = "class-token-int8-rows-1";

export interface OptimisedModel {
  /** Its bytes, in parts: weights that stay as they are are not copied. */
  parts: Uint8Array[];
  /** Whether it was changed so that what it makes of a photo or title no longer depends on others in the batch. */
  separatesRows: boolean;
}

/**
 * The bytes of an ONNX file → the faster model, or null if there is nothing to gain. Throws if it is no ONNX file; the
 * caller knows the file's name.
 */
export function optimiseOnnx(model: Uint8Array): OptimisedModel | null {
  const graph = readGraph(model);
  if ([...graph.weights.values()].some(isElsewhere)) return null;
  const cut = useFirstToken(graph);
  const separatesRows = separateRows(graph);
  if (useInt8(graph) + cut === 0 && !separatesRows) return null;
  return { parts: withGraph(model, graph), separatesRows };
}
