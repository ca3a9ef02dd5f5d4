import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import {
  dataType,
  field,
  integerField,
  makeNode,
  makeTensor,
  readGraph,
  readNode,
  withGraph,
  type Graph,
} from "./onnx-graph";
import { separateRows } from "./onnx-rows";

/** An input or output of float32 numbers: a ValueInfoProto. */
const value = (name: string): Uint8Array[] => [
  field(1, name),
  field(2, [field(1, [integerField(1, dataType.float)])]),
];

const tensor = (name: string, type: number, dims: number[], numbers: ArrayBufferView): Uint8Array =>
  makeTensor(name, type, dims, new Uint8Array(numbers.buffer));

/** x · W in 8 bits, as a quantised model has it: W is [2, 2], 4 times the identity. */
function quantisedProduct(opset: number): Uint8Array {
  const model = Buffer.concat([
    integerField(1, 8),
    field(8, [integerField(2, opset)]),
    field(7, [
      field(2, "product"),
      field(1, [makeNode("Identity", ["x"], "y").message]),
      field(11, value("x")),
      field(12, value("y")),
    ]),
  ]);
  const graph = readGraph(model);
  const outputs = ["q", "s", "z"];
  const quantiser = Buffer.concat([
    field(1, "x"),
    ...outputs.map((name) => field(2, name)),
    field(4, "DynamicQuantizeLinear"),
  ]);
  graph.nodes = [
    readNode(quantiser),
    makeNode("Mul", ["s", "weight_scale"], "scales"),
    makeNode("MatMulInteger", ["q", "weight", "z", "weight_zero"], "p"),
    makeNode("Cast", ["p"], "c", [
      field(5, [field(1, "to"), integerField(3, 1), integerField(20, 2)]),
    ]),
    makeNode("Mul", ["c", "scales"], "y"),
  ];
  graph.weights.set("weight", tensor("weight", dataType.int8, [2, 2], Int8Array.of(64, 0, 0, 64)));
  graph.weights.set("weight_zero", tensor("weight_zero", dataType.int8, [2], Int8Array.of(0, 0)));
  graph.weights.set(
    "weight_scale",
    tensor("weight_scale", dataType.float, [2], Float32Array.of(1 / 16, 1 / 16)),
  );
  return Buffer.concat(withGraph(model, graph));
}

function separated(model: Uint8Array): Uint8Array {
  const graph = readGraph(model);
  expect(separateRows(graph)).toBe(true);
  return Buffer.concat(withGraph(model, graph));
}

async function run(model: Uint8Array, x: number[], dims: number[]): Promise<number[]> {
  const session = await InferenceSession.create(model);
  const { y } = await session.run({ x: new Tensor("float32", x, dims) });
  expect(y.dims).toEqual(dims);
  return [...(y.data as Float32Array)];
}

describe("separateRows", () => {
  it.each([14, 18])(
    "scales each row by its own largest number (layers of version %i)",
    async (opset) => {
      const before = quantisedProduct(opset);
      const after = separated(before);
      const rows = [1, 0.4, 1000, -3, 0, 0];
      // Beside 1000 a step is 4, so that 0.4 is lost; on its own, a row keeps it to half a step.
      expect((await run(before, rows, [3, 2]))[1]).toBe(0);
      const found = await run(after, rows, [3, 2]);
      expect(found[0]).toBeCloseTo(4);
      expect(Math.abs(found[1] - 1.6)).toBeLessThan(4 / 127 / 2);
      expect(found.slice(4)).toEqual([0, 0]);
      expect(await run(after, rows, [1, 3, 2])).toEqual(found);
      for (let row = 0; row < 3; row++)
        expect(await run(after, rows.slice(2 * row, 2 * row + 2), [1, 2])).toEqual(
          found.slice(2 * row, 2 * row + 2),
        );
    },
  );

  it("leaves a model as it is where the 8-bit numbers, or their scale, serve anything else", () => {
    const model = quantisedProduct(14);
    const changes: ((graph: Graph) => void)[] = [
      ({ nodes }) => nodes.push(makeNode("Cast", ["q"], "other")),
      ({ nodes }) => nodes.push(makeNode("Identity", ["s"], "other")),
      ({ nodes }) => nodes.push(makeNode("Identity", ["p"], "other")),
      ({ weights }) => weights.delete("weight"),
      (graph) => (graph.nodes = []),
    ];
    for (const change of changes) {
      const graph = readGraph(model);
      change(graph);
      const { nodes } = graph;
      expect(separateRows(graph)).toBe(false);
      expect(graph.nodes).toBe(nodes);
    }
  });
});
