"""Quantise mini-clip's weights to 8 bits, in the way of transformers.js's files: onnx/*_model_quantized.onnx.

    pip install onnx onnxruntime
    python data/mini-clip/quantise.py

A scale for each channel, 7 bits of the 8 (so that no processor overflows), activations quantised when they are known.
Weights are uint8 where there is a convolution, else int8.
"""
import pathlib
import tempfile

import onnx
from onnx import TensorProto, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

FOLDER = pathlib.Path(__file__).resolve().parent / "onnx"


def unhalve(model):
    """Weights kept in half precision behind a Cast become plain ones, which is what the quantiser looks for."""
    weights = {weight.name: weight for weight in model.graph.initializer}
    for node in [n for n in model.graph.node if n.op_type == "Cast" and n.input[0] in weights]:
        weight = weights[node.input[0]]
        if weight.data_type == TensorProto.FLOAT16:
            array = numpy_helper.to_array(weight).astype("float32")
            weight.CopyFrom(numpy_helper.from_array(array, node.output[0]))
            model.graph.node.remove(node)
    return model


for tower in ("vision", "text"):
    model = unhalve(onnx.load(FOLDER / f"{tower}_model.onnx"))
    convolves = any(node.op_type == "Conv" for node in model.graph.node)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.onnx"
        onnx.save(model, path)
        quantize_dynamic(path, FOLDER / f"{tower}_model_quantized.onnx", per_channel=True, reduce_range=True,
                         weight_type=QuantType.QUInt8 if convolves else QuantType.QInt8)
