"""Time the original's embedding loop in PyTorch: CLIP ViT-B/32, one photo and its title (or a title alone) at a time.

    python torch_embed.py --model FOLDER --images FOLDER [--seconds 20]
    python torch_embed.py --model FOLDER --titles FILE [--seconds 20]

MODEL is what export_clip.py wrote; FILE a JSON list of titles. As in the original, titles are padded to 77 tokens. Prints
one JSON line: photos (or titles) a second, and processor seconds for each.
"""
import argparse
import itertools
import json
import os
import pathlib
import time

import numpy as np
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPTextModelWithProjection, CLIPTokenizerFast, CLIPVisionModelWithProjection

MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(3, 1, 1)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(3, 1, 1)
TITLE = "Narrow boats on the canal"

parser = argparse.ArgumentParser()
parser.add_argument("--model", type=pathlib.Path, required=True)
parser.add_argument("--images", type=pathlib.Path)
parser.add_argument("--titles", type=pathlib.Path)
parser.add_argument("--seconds", type=float, default=20)
parser.add_argument("--threads", type=int, default=os.cpu_count())
args = parser.parse_args()
torch.set_num_threads(args.threads)

encoder = args.model / "clip-vit-base-patch32-random"
config, weights = CLIPConfig.from_pretrained(encoder), torch.load(args.model / "weights.pt")
vision = CLIPVisionModelWithProjection(config.vision_config).eval()
text = CLIPTextModelWithProjection(config.text_config).eval()
vision.load_state_dict(weights["vision"])
text.load_state_dict(weights["text"])
tokenizer = CLIPTokenizerFast(tokenizer_file=str(encoder / "tokenizer.json"), model_max_length=77)


def embed_photo(path):
    image = Image.open(path).convert("RGB").resize((224, 224), Image.BICUBIC)
    pixels = (torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255.0 - MEAN) / STD
    return vision(pixel_values=pixels[None]).image_embeds


def embed_title(title):
    tokens = tokenizer([title], padding="max_length", truncation=True, max_length=77, return_tensors="pt")
    return text(input_ids=tokens.input_ids).text_embeds


def embed_both(path):
    return embed_photo(path), embed_title(TITLE)


if args.titles:
    embed, items = embed_title, json.loads(args.titles.read_text(encoding="utf8"))
else:
    embed, items = embed_both, sorted(args.images.rglob("*.jpg"))
if not items:
    raise SystemExit(f"torch_embed.py: nothing to embed in {args.titles or args.images}")
with torch.inference_mode():
    start, cpu = time.time(), time.process_time()
    for done, item in enumerate(itertools.cycle(items), 1):
        embed(item)
        if time.time() - start >= args.seconds:
            break
    took, used = time.time() - start, time.process_time() - cpu
    print(json.dumps({"rate": done / took, "cpu": used / done}), flush=True)
