"""Encoders with random weights, and PyTorch's embeddings of photos and titles by them, for parity.ts.

    python scripts/parity.py make ARCHITECTURE MODEL       one of those below, in its full size
    python scripts/parity.py embed MODEL REQUEST RESULT

MODEL has weights.pt (PyTorch's state dictionaries "vision" and, for those that read titles, "text") and a folder in
transformers.js's layout. REQUEST is JSON {"photos": [paths], "titles": [texts]}; RESULT gets float32 [photos + titles,
size]. Photos are preprocessed by transformers' own processors on Pillow; as there, nothing looks at EXIF. Titles are
cleaned as OpenAI's clip.tokenize does it, with ftfy, or put in lower case for SigLIP, and then split by tokenizers.
The weights are random, so any vocabulary will do: CLIP's is mini-clip's, SigLIP's that of the tests' small model.
"""
import html
import json
import pathlib
import re
import shutil
import sys

import ftfy
import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers import (AutoImageProcessor, CLIPConfig, CLIPTextConfig, CLIPTextModelWithProjection, CLIPVisionConfig,
                          CLIPVisionModelWithProjection, Dinov2Config, Dinov2Model, SiglipConfig, SiglipTextModel,
                          SiglipVisionModel)

HALVES = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
CLIP = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
CROPPED = {"resample": 3, "do_center_crop": True, "crop_size": {"height": 224, "width": 224}}


def clip(text, vision, projection):
    """With the end token 2 the text is read where its largest token is."""
    config = CLIPConfig(text_config=dict(eos_token_id=2, bos_token_id=0, **text), vision_config=vision,
                        projection_dim=projection)
    config.text_config.projection_dim = config.vision_config.projection_dim = projection
    return config, {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 224}} | CROPPED | CLIP


def siglip2():
    config = SiglipConfig(vision_config=dict(image_size=224, patch_size=16), text_config=dict(vocab_size=32000))
    return config, {"image_processor_type": "SiglipImageProcessor", "size": {"height": 224, "width": 224}, "resample": 2} | HALVES


def dinov2(width, heads):
    config = Dinov2Config(hidden_size=width, num_attention_heads=heads, image_size=518, patch_size=14)
    return config, {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 256}} | CROPPED | IMAGENET


ARCHITECTURES = {
    "clip-vit-base-patch32": lambda: clip({}, {}, 512),
    "clip-vit-large-patch14": lambda: clip(
        dict(hidden_size=768, intermediate_size=3072, num_attention_heads=12),
        dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, patch_size=14), 768),
    "siglip2-base-patch16-224": siglip2,
    "dinov2-small": lambda: dinov2(384, 6),
    "dinov2-base": lambda: dinov2(768, 12),
}


def towers(config):
    """Each tower's network, what it is given, where its embedding is, the name of its file."""
    if config["model_type"] == "clip":
        vision, text = CLIPVisionConfig(**config["vision_config"]), CLIPTextConfig(**config["text_config"])
        return {"vision": (CLIPVisionModelWithProjection(vision), "pixel_values", "image_embeds", "vision_model"),
                "text": (CLIPTextModelWithProjection(text), "input_ids", "text_embeds", "text_model")}
    if config["model_type"] == "siglip":
        both = SiglipConfig(**config)
        return {"vision": (SiglipVisionModel(both.vision_config), "pixel_values", "pooler_output", "vision_model"),
                "text": (SiglipTextModel(both.text_config), "input_ids", "pooler_output", "text_model")}
    return {"vision": (Dinov2Model(Dinov2Config(**config)), "pixel_values", "last_hidden_state", "model")}


class Tower(torch.nn.Module):
    def __init__(self, network, argument, output):
        super().__init__()
        self.network, self.argument, self.output = network, argument, output

    def forward(self, given):
        return self.network(**{self.argument: given})[self.output]


def make(architecture, model):
    torch.manual_seed(0)
    config, processor = ARCHITECTURES[architecture]()
    folder = model / architecture
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    config.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    vocabulary = {"clip": "data/mini-clip", "siglip": "lib/fixtures/tiny-siglip"}.get(config.model_type)
    for name in ("tokenizer.json", "tokenizer_config.json") if vocabulary else ():
        shutil.copy(pathlib.Path(vocabulary) / name, folder / name)
    weights = {}
    for tower, (network, argument, output, file) in towers(config.to_dict()).items():
        for name, parameter in network.named_parameters():  # pools and class tokens that begin as zeros shall count too
            if parameter.abs().max() == 0:
                torch.nn.init.normal_(parameter, std=0.02)
        longest = 64 if config.model_type == "siglip" else 16
        example = torch.randn(2, 3, 224, 224) if tower == "vision" else torch.randint(0, 300, (2, longest))
        axes = {0: "n"} if tower == "vision" or config.model_type == "siglip" else {0: "n", 1: "tokens"}
        torch.onnx.export(Tower(network.eval(), argument, output).eval(), (example,), str(folder / f"onnx/{file}.onnx"),
                          input_names=[argument], output_names=[output], opset_version=14, dynamo=False,
                          dynamic_axes={argument: axes, output: {0: "n"}})
        weights[tower] = network.state_dict()
    torch.save(weights, model / "weights.pt")


def cleaned(title, kind):
    """What is done before a title is split: by OpenAI's tokenizer, or in SigLIP's training."""
    if kind == "siglip":
        return title.lower()
    text = html.unescape(html.unescape(ftfy.fix_text(title)))
    return re.sub(r"\s+", " ", text).strip().lower()


@torch.inference_mode()
def embed(model, request, result):
    folder = next(model.glob("*/config.json")).parent
    config, weights = json.loads((folder / "config.json").read_text()), torch.load(model / "weights.pt")
    kind = config["model_type"]
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    networks = towers(config)

    def run(tower, given):
        network, argument, output, _ = networks[tower]
        found = network(**{argument: given})[output][0]
        return (found[0] if output == "last_hidden_state" else found).numpy()

    for tower, (network, *_) in networks.items():
        network.load_state_dict(weights[tower])
        network.eval()
    wanted = json.loads(request.read_text("utf-8"))
    rows = []
    for path in wanted["photos"]:
        pixels = processor(Image.open(path).convert("RGB"), return_tensors="pt").pixel_values
        rows.append(run("vision", pixels))
    if "text" in networks:
        words = Tokenizer.from_file(str(folder / "tokenizer.json"))
        words.no_truncation()
        words.no_padding()
        context = 64 if kind == "siglip" else 77
        for title in wanted["titles"]:
            ids = words.encode(cleaned(title, kind)).ids
            ids = ids if len(ids) <= context else ids[: context - 1] + ids[-1:]
            rows.append(run("text", torch.tensor([ids + [0] * (context - len(ids)) if kind == "siglip" else ids])))
    np.stack(rows).astype("<f4").tofile(result)


command, *given = sys.argv[1:]
if command == "make":
    make(given[0], pathlib.Path(given[1]))
else:
    embed(*map(pathlib.Path, given))
