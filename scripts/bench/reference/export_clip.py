"""Make a CLIP ViT-B/32 with random weights: as fast as the real one, and it can be made without a download from a hub.

    python export_clip.py --out FOLDER --template TOKENIZER.JSON [--seed 0]

Writes FOLDER/clip-vit-base-patch32-random in the layout of Xenova/clip-vit-base-patch32: config.json,
preprocessor_config.json, CLIP's own tokenizer, onnx/vision_model.onnx (pixel_values -> image_embeds), onnx/text_model.onnx
(input_ids -> text_embeds), and both towers in 8 bits (*_quantized.onnx). FOLDER/weights.pt has the same weights for
PyTorch; it comes last, so a folder that has it is complete. The tokenizer's vocabulary is the one that the package
open_clip_torch carries; TEMPLATE is any CLIP tokenizer.json, of which all but the vocabulary is taken.
"""
import argparse
import gzip
import importlib.util
import json
import os
import pathlib

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import CLIPConfig, CLIPTextModelWithProjection, CLIPVisionModelWithProjection

WORDS = 49_408
START, END = "<|startoftext|>", "<|endoftext|>"
MERGES = WORDS - 512 - 2  # 256 bytes, each also as the end of a word; start and end of the text

parser = argparse.ArgumentParser()
parser.add_argument("--out", type=pathlib.Path, required=True)
parser.add_argument("--template", type=pathlib.Path, required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
model = args.out / "clip-vit-base-patch32-random"
(model / "onnx").mkdir(parents=True, exist_ok=True)


def byte_signs():
    """The sign that stands for each byte in byte-level BPE, in CLIP's order: printable ones stand for themselves."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = 256 - len(printable)
    return [chr(code) for code in printable] + [chr(256 + i) for i in range(others)]


def tokenizer():
    """tokenizer.json of CLIP: the template with OpenAI's vocabulary."""
    package = importlib.util.find_spec("open_clip")
    if package is None:
        raise SystemExit("export_clip.py: the package open_clip_torch is missing (npm run bench -- --setup)")
    path = pathlib.Path(package.origin).parent / "bpe_simple_vocab_16e6.txt.gz"
    lines = gzip.open(path, "rt", encoding="utf8").read().split("\n")[1 : MERGES + 1]
    merges = [line.split(" ") for line in lines]
    signs = byte_signs()
    words = signs + [sign + "</w>" for sign in signs] + ["".join(pair) for pair in merges] + [START, END]
    assert len(words) == WORDS, len(words)
    number = {word: i for i, word in enumerate(words)}
    settings = json.loads(args.template.read_text(encoding="utf8"))
    settings["model"].update(vocab=number, merges=merges)
    for token in settings["added_tokens"]:
        token["id"] = number[token["content"]]
    settings["post_processor"].update(cls=[START, number[START]], sep=[END, number[END]])
    return settings


def write_json(name, value):
    (model / name).write_text(json.dumps(value, ensure_ascii=False), encoding="utf8")


class Tower(torch.nn.Module):
    """A tower with one input and one output, as ONNX shall have it."""

    def __init__(self, network, argument, output):
        super().__init__()
        self.network, self.argument, self.output = network, argument, output

    def forward(self, values):
        return self.network(**{self.argument: values})[self.output]


def export(network, name, argument, output, example, dynamic, kind):
    """One tower to onnx/, and in 8 bits as transformers.js's scripts/convert.py does it: a scale a channel, 7 bits."""
    path = str(model / f"onnx/{name}.onnx")
    torch.onnx.export(
        Tower(network, argument, output).eval(),
        (example,),
        path,
        input_names=[argument],
        output_names=[output],
        dynamic_axes={argument: dynamic, output: {0: "batch"}},
        opset_version=14,
        dynamo=False,
    )
    small = path.replace(".onnx", "_quantized.onnx")
    quantize_dynamic(path, small, weight_type=kind, per_channel=True, reduce_range=True)


torch.manual_seed(args.seed)
# ViT-B/32 is what CLIPConfig describes by default. With the end token 2 the text is read where its largest token is.
config = CLIPConfig(projection_dim=512, text_config={"eos_token_id": 2, "bos_token_id": 0})
vision = CLIPVisionModelWithProjection(config.vision_config).eval()
text = CLIPTextModelWithProjection(config.text_config).eval()
write_json("tokenizer.json", tokenizer())
write_json(
    "tokenizer_config.json",
    dict(tokenizer_class="CLIPTokenizer", model_max_length=77, do_lower_case=True, clean_up_tokenization_spaces=False)
    | dict(bos_token=START, eos_token=END, pad_token=END, unk_token=END),
)
write_json(
    "preprocessor_config.json",
    dict(image_processor_type="CLIPImageProcessor", do_convert_rgb=True, do_resize=True, size={"shortest_edge": 224})
    | dict(resample=3, do_center_crop=True, crop_size={"height": 224, "width": 224}, do_rescale=True)
    | dict(rescale_factor=1 / 255, do_normalize=True, image_mean=[0.48145466, 0.4578275, 0.40821073])
    | dict(image_std=[0.26862954, 0.26130258, 0.27577711]),
)
config.architectures = ["CLIPModel"]
config.save_pretrained(model)
pixels, words = torch.randn(2, 3, 224, 224), torch.randint(0, WORDS, (2, 16))
# QUInt8 where there is a convolution
export(vision, "vision_model", "pixel_values", "image_embeds", pixels, {0: "batch"}, QuantType.QUInt8)
export(text, "text_model", "input_ids", "text_embeds", words, {0: "batch", 1: "words"}, QuantType.QInt8)
torch.save({"vision": vision.state_dict(), "text": text.state_dict()}, args.out / "weights.tmp")
os.replace(args.out / "weights.tmp", args.out / "weights.pt")
