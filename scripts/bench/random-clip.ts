/** CLIP ViT-B/32 with random weights, which is as fast as the real one: made by export_clip.py. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "./options";
import { requirePython, runPython, say } from "./part";

/** What export_clip.py writes: the encoder's folder and PyTorch's weights. */
export const clipFolder = "data/models/bench-clip";
export const randomClip = join(clipFolder, "clip-vit-base-patch32-random");

/** Make it if it is missing. */
export function prepareRandomClip(options: Options): void {
  requirePython(options, ["torch", "transformers", "PIL", "onnx", "onnxruntime"]);
  if (existsSync(join(clipFolder, "weights.pt"))) return;
  say("  making a CLIP with random weights");
  const template = "data/mini-clip/tokenizer.json";
  runPython(options, "export_clip.py", "--out", clipFolder, "--template", template);
}
