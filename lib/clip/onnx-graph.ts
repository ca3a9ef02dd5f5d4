/**
 * ONNX files, as much of the format as is needed to look into a model and to change it. A model is a protocol buffer
 * (https://protobuf.dev/programming-guides/encoding); field numbers are those of onnx.proto (onnx/onnx on GitHub).
 */

/** One field of a message. */
interface Field {
  number: number;
  /** Of an integer field, as a double: exact below 2^53. */
  value: number;
  /** Of a length-delimited field: a string, bytes or a message. Empty for numbers. */
  content: Uint8Array;
  /** The whole field, its tag included: what to copy to keep it as it is. */
  whole: Uint8Array;
}

/** An unsigned integer in base 128, lowest digit first, and the position behind it. */
function readVarint(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  let scale = 1;
  for (let i = at; i < bytes.length && i < at + 10; i++, scale *= 128) {
    value += (bytes[i] & 127) * scale;
    if (bytes[i] < 128) return [value, i + 1];
  }
  throw new Error(`Not an ONNX file: no number ends after byte ${at}`);
}

/** The fields of a message, in order. */
function* fields(bytes: Uint8Array): Generator<Field> {
  for (let at = 0, end: number; at < bytes.length; at = end) {
    const [tag, start] = readVarint(bytes, at);
    const kind = tag % 8;
    let value = 0;
    let from = start;
    if (kind === 0) [value, end] = readVarint(bytes, start);
    else if (kind === 1) end = start + 8;
    else if (kind === 5) end = start + 4;
    else if (kind === 2) {
      [end, from] = readVarint(bytes, start);
      end += from;
    } else throw new Error(`Not an ONNX file: unknown kind of field at byte ${at}`);
    if (end > bytes.length)
      throw new Error(`Not a whole ONNX file: it ends ${end - bytes.length} bytes too early`);
    const content = bytes.subarray(from, kind === 2 ? end : from);
    yield { number: Math.floor(tag / 8), value, content, whole: bytes.subarray(at, end) };
  }
}

/** The integers of a packed field. */
function packedIntegers(content: Uint8Array): number[] {
  const values: number[] = [];
  for (let at = 0, value: number; at < content.length; values.push(value))
    [value, at] = readVarint(content, at);
  return values;
}

/** The other way; negative numbers as those of 64 bits with two's complement. */
function varint(value: number): number[] {
  const digits: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return [...digits, Number(rest)];
    digits.push(Number(rest & 127n) | 128);
  }
}

/** An integer field. */
export const integerField = (number: number, value: number): Uint8Array =>
  Uint8Array.from([...varint(number * 8), ...varint(value)]);

/** What goes before the content of a length-delimited field. */
const fieldHeader = (number: number, length: number): Uint8Array =>
  Uint8Array.from([...varint(number * 8 + 2), ...varint(length)]);

/** Bytes of all parts together. */
const totalLength = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum: number, part: Uint8Array) => sum + part.length, 0);

/** A length-delimited field whose content is a string, or the given parts one after the other. */
export function field(number: number, content: string | readonly Uint8Array[]): Uint8Array {
  const parts: readonly Uint8Array[] =
    typeof content === "string" ? [Buffer.from(content, "utf8")] : content;
  return Buffer.concat([fieldHeader(number, totalLength(parts)), ...parts]);
}

/** UTF-8 bytes as text. */
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

/** Fields of a model, of its graph, and of the nodes, values and tensors in that. */
const OPSET = 8;
const OPSET_DOMAIN = 1;
const OPSET_VERSION = 2;
const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;
const INPUT = 11;
const OUTPUT = 12;
const VALUE_INFO = 13;
const NODE_INPUT = 1;
const NODE_OUTPUT = 2;
const NODE_TYPE = 4;
const NODE_DOMAIN = 7;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_NAME = 1;
const ATTRIBUTE_INTEGER = 3;
const ATTRIBUTE_TENSOR = 5;
const ATTRIBUTE_INTEGERS = 8;
const ATTRIBUTE_KIND = 20;
const KIND_INTEGER = 2;
const KIND_INTEGERS = 7;
const VALUE_NAME = 1;
const DIMS = 1;
const DATA_TYPE = 2;
const INT32_DATA = 5;
const TENSOR_NAME = 8;
const RAW_DATA = 9;
const DATA_LOCATION = 14;

/** One layer. */
export interface Node {
  type: string;
  inputs: string[];
  outputs: string[];
  message: Uint8Array;
}

export interface Graph {
  /** Which layers there are: the version of each domain, ONNX's own under "". */
  opsets: Map<string, number>;
  /** In the order of computation. */
  nodes: Node[];
  /** Weights as TensorProto messages, by name. */
  weights: Map<string, Uint8Array>;
  /** Names of what the model is given, weights left out (old files list them among the inputs), and of what it gives. */
  inputs: string[];
  outputs: string[];
  /** All fields but nodes, weights and the shapes of values in between, as they are. */
  others: Uint8Array[];
}

/** The first field of that number in a message: an attribute's value, a tensor's name. */
function find(message: Uint8Array, wanted: number): Field | undefined {
  for (const found of fields(message)) if (found.number === wanted) return found;
  return undefined;
}

const nameIn = (message: Uint8Array, wanted: number): string =>
  text(find(message, wanted)?.content ?? new Uint8Array());

export function readNode(message: Uint8Array): Node {
  const node: Node = { type: "", inputs: [], outputs: [], message };
  for (const { number, content } of fields(message)) {
    if (number === NODE_INPUT) node.inputs.push(text(content));
    else if (number === NODE_OUTPUT) node.outputs.push(text(content));
    else if (number === NODE_TYPE) node.type = text(content);
  }
  return node;
}

/** A node's attribute of that name. */
function attribute(node: Node, name: string): Uint8Array | undefined {
  for (const { number, content } of fields(node.message))
    if (number === NODE_ATTRIBUTE && nameIn(content, ATTRIBUTE_NAME) === name) return content;
  return undefined;
}

/** All integers of a field that may be packed into one, or stand one by one. */
const integersIn = (message: Uint8Array, wanted: number): number[] =>
  [...fields(message)].flatMap(({ number, value, content }) =>
    number !== wanted ? [] : content.length > 0 ? packedIntegers(content) : [value],
  );

/** The value of a node's attribute that is an integer, a list of them, or a tensor. */
export const integerOf = (node: Node, name: string): number | undefined =>
  find(attribute(node, name) ?? new Uint8Array(), ATTRIBUTE_INTEGER)?.value;

export const integersOf = (node: Node, name: string): number[] | undefined => {
  const found = attribute(node, name);
  return found && integersIn(found, ATTRIBUTE_INTEGERS);
};

export const tensorOf = (node: Node, name: string): Uint8Array | undefined =>
  find(attribute(node, name) ?? new Uint8Array(), ATTRIBUTE_TENSOR)?.content;

/** An attribute for `makeNode`: an integer, or a list of them. */
export const makeAttribute = (name: string, value: number | readonly number[]): Uint8Array =>
  field(NODE_ATTRIBUTE, [
    field(ATTRIBUTE_NAME, name),
    ...(typeof value === "number"
      ? [integerField(ATTRIBUTE_INTEGER, value), integerField(ATTRIBUTE_KIND, KIND_INTEGER)]
      : [
          ...value.map((each) => integerField(ATTRIBUTE_INTEGERS, each)),
          integerField(ATTRIBUTE_KIND, KIND_INTEGERS),
        ]),
  ]);

/** Kinds of numbers in a tensor. */
export const dataType = { float: 1, uint8: 2, int8: 3, int64: 7 } as const;

/** A tensor's sides, and the kind of its numbers. */
export const dimsOf = (tensor: Uint8Array): number[] => integersIn(tensor, DIMS);
export const typeOf = (tensor: Uint8Array): number | undefined => find(tensor, DATA_TYPE)?.value;

/** Whether a tensor's numbers are in another file. */
export const isElsewhere = (tensor: Uint8Array): boolean =>
  Boolean(find(tensor, DATA_LOCATION)?.value);

/** A tensor of 8-bit numbers as bytes, whichever way it is stored. */
export function bytesOf(tensor: Uint8Array): Uint8Array {
  const raw = find(tensor, RAW_DATA)?.content;
  return (
    raw ?? Uint8Array.from(packedIntegers(find(tensor, INT32_DATA)?.content ?? new Uint8Array()))
  );
}

/** A tensor with these bytes as its numbers. */
export const makeTensor = (
  name: string,
  type: number,
  dims: readonly number[],
  bytes: Uint8Array,
): Uint8Array =>
  Buffer.concat([
    ...dims.map((side) => integerField(DIMS, side)),
    integerField(DATA_TYPE, type),
    field(TENSOR_NAME, name),
    field(RAW_DATA, [bytes]),
  ]);

/** A layer with one output; `attributes` are whole fields of a NodeProto. Layers that are not ONNX's own have a domain. */
export function makeNode(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[] = [],
  domain = "",
): Node {
  const message = Buffer.concat([
    ...inputs.map((name) => field(NODE_INPUT, name)),
    field(NODE_OUTPUT, output),
    field(NODE_TYPE, type),
    ...attributes,
    field(NODE_DOMAIN, domain),
  ]);
  return readNode(message);
}

/** The same layer with other names for what it reads. */
export function renameInputs(node: Node, rename: (name: string) => string): Node {
  const message = [...fields(node.message)].map(({ number, content, whole }) =>
    number === NODE_INPUT ? field(NODE_INPUT, rename(text(content))) : whole,
  );
  return readNode(Buffer.concat(message));
}

/** The graph of a model's bytes. Throws for what is no whole ONNX file; the caller knows the file's name. */
export function readGraph(model: Uint8Array): Graph {
  const graph: Graph = {
    opsets: new Map(),
    nodes: [],
    weights: new Map(),
    inputs: [],
    outputs: [],
    others: [],
  };
  // Of a message that occurs twice, readers join the parts.
  for (const { number, content: message } of fields(model)) {
    if (number === OPSET)
      graph.opsets.set(nameIn(message, OPSET_DOMAIN), find(message, OPSET_VERSION)?.value ?? 1);
    if (number !== GRAPH) continue;
    for (const { number: part, content, whole } of fields(message)) {
      if (part === NODE) graph.nodes.push(readNode(content));
      else if (part === INITIALIZER) graph.weights.set(nameIn(content, TENSOR_NAME), content);
      else if (part !== VALUE_INFO) graph.others.push(whole);
      if (part === INPUT) graph.inputs.push(nameIn(content, VALUE_NAME));
      if (part === OUTPUT) graph.outputs.push(nameIn(content, VALUE_NAME));
    }
  }
  if (graph.nodes.length === 0) throw new Error("Not an ONNX model: there are no layers in it");
  graph.inputs = graph.inputs.filter((name) => !graph.weights.has(name));
  return graph;
}

/** A model's bytes with `graph` in place of its own, in parts: weights that stay as they are are not copied. */
export function withGraph(model: Uint8Array, graph: Graph): Uint8Array[] {
  const content = [
    ...graph.nodes.map(({ message }) => field(NODE, [message])),
    ...graph.others,
    ...[...graph.weights.values()].flatMap((tensor) => [
      fieldHeader(INITIALIZER, tensor.length),
      tensor,
    ]),
  ];
  const others = [...fields(model)].filter(({ number }) => number !== GRAPH && number !== OPSET);
  const opsets = [...graph.opsets].map(([domain, version]) =>
    field(OPSET, [field(OPSET_DOMAIN, domain), integerField(OPSET_VERSION, version)]),
  );
  return [
    ...others.map(({ whole }) => whole),
    ...opsets,
    fieldHeader(GRAPH, totalLength(content)),
    ...content,
  ];
}

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

/**
 * The name of the value that a classifier's last dense layer reads, found by walking back from its first output: the
 * features. Throws for a model that does not end in a dense layer.
 */
export function penultimateName({ nodes, weights, outputs }: Graph): string {
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
