/** CLIP ViT-B/32 with random weights, which is as fast as the real one: made by export_clip.py, quantised here. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { requirePython, runPython, type Options } from "./part";

/** As transformers.js's scripts/convert.py does: a scale a channel, 7 bits, uint8 where there is a convolution. */
const quantiser = `
import sys
from onnxruntime.quantization import QuantType, quantize_dynamic
for tower, kind in (("vision", QuantType.QUInt8), ("text", QuantType.QInt8)):
    path = f"{sys.argv[1]}/onnx/{tower}_model"
    quantize_dynamic(path + ".onnx", path + "_quantized.onnx", weight_type=kind, per_channel=True, reduce_range=True)
`;

/** The encoder's folder in what export_clip.py wrote. */
export const randomClip = (model: string): string => join(model, "clip-vit-base-patch32-random");

/** Make what is missing of it: the model, and the form in 8 bits as transformers.js's files have it. */
export function prepareRandomClip(options: Options, model: string): void {
  requirePython(options, "torch_embed.py", ["torch", "transformers", "PIL", "onnx"]);
  if (!existsSync(join(model, "weights.pt"))) runPython(options, "export_clip.py", "--out", model);
  const encoder = randomClip(model);
  if (existsSync(join(encoder, "onnx/text_model_quantized.onnx"))) return;
  if (spawnSync(options.python, ["-c", quantiser, encoder], { stdio: "inherit" }).status !== 0)
    throw new Error(`${options.python} could not quantise the model: pip install onnxruntime`);
}
