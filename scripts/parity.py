"""PyTorch's embeddings of photos and titles, for parity.ts: the original's preprocessing by Pillow, CLIP by transformers.

Titles are cleaned as OpenAI's clip.tokenize does it, with ftfy; from there on its tokens are CLIPTokenizerFast's.

    python scripts/parity.py MODEL REQUEST RESULT

MODEL has weights.pt (state dictionaries "vision" and "text") and a folder with config.json and tokenizer.json. REQUEST
is JSON {"photos": [paths], "titles": [texts]}; RESULT gets float32 [photos + titles, 512]. As the original, this does
not look at EXIF: photos stay as they are stored.
"""
import html
import json
import pathlib
import re
import sys

import ftfy
import numpy as np
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPTextModelWithProjection, CLIPTokenizerFast, CLIPVisionModelWithProjection

MEAN, STD = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])


def pixels(path):
    """CLIP's: RGB, shorter side to 224 (bicubic), the central square, normalised."""
    image = Image.open(path).convert("RGB")
    short = min(image.size)
    if short != 224:
        image = image.resize([224 * side // short for side in image.size], Image.BICUBIC)
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    array = np.asarray(image.crop((left, top, left + 224, top + 224))) / 255
    return torch.from_numpy(((array - MEAN) / STD).transpose(2, 0, 1)[None].astype(np.float32))


def cleaned(title):
    """What OpenAI's tokenizer does before it splits a title."""
    text = html.unescape(html.unescape(ftfy.fix_text(title)))
    return re.sub(r"\s+", " ", text).strip().lower()


@torch.inference_mode()
def main():
    model, request, result = map(pathlib.Path, sys.argv[1:4])
    settings = next(model.glob("*/config.json")).parent
    config, weights = CLIPConfig.from_pretrained(settings), torch.load(model / "weights.pt")
    vision = CLIPVisionModelWithProjection(config.vision_config).eval()
    text = CLIPTextModelWithProjection(config.text_config).eval()
    vision.load_state_dict(weights["vision"])
    text.load_state_dict(weights["text"])
    tokenizer = CLIPTokenizerFast(tokenizer_file=str(settings / "tokenizer.json"), model_max_length=77)
    wanted = json.loads(request.read_text("utf-8"))
    rows = [vision(pixel_values=pixels(path)).image_embeds[0].numpy() for path in wanted["photos"]]
    for title in wanted["titles"]:
        ids = tokenizer(cleaned(title), truncation=True, max_length=77, return_tensors="pt").input_ids
        rows.append(text(input_ids=ids).text_embeds[0].numpy())
    np.stack(rows).astype("<f4").tofile(result)


main()
