"""Train mini-clip, a small CLIP, on drawn scenes and their titles, and export it to ONNX in transformers.js's layout.

    python3 -m venv /tmp/refenv
    /tmp/refenv/bin/pip install torch==2.13.0 numpy pillow tokenizers transformers onnx onnxscript
    npx tsx data/mini-clip/draw-pairs.ts --out /tmp/pairs/train --count 40000 --seed 1001
    npx tsx data/mini-clip/draw-pairs.ts --out /tmp/pairs/test --count 3000 --seed 2002
    /tmp/refenv/bin/python data/mini-clip/train.py --train /tmp/pairs/train --test /tmp/pairs/test

Each folder of pairs holds 224 px JPEGs and pairs.jsonl, one {"file", "title", "tags"} a line. Learns as CLIP does
(Radford et al. 2021, arXiv 2103.00020): among all texts of a batch, a picture's own should be the nearest, and the
other way round. The 49 prompts "a drawing of ..." join each batch as texts, right for every picture with that tag
(Yang et al. 2022, arXiv 2204.03610), because so few pictures teach little by their titles alone.
Convolutions run in bfloat16: quick on processors with AMX, slow on those without AVX-512.
"""
import argparse
import json
import math
import pathlib
import time
from collections import Counter

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from PIL import Image
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch.nn.utils.fusion import fuse_conv_bn_eval
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

START, END = "<|startoftext|>", "<|endoftext|>"
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]  # CLIP's own
VOCABULARY, MAX_TOKENS = 2400, 77
WARM_UP = 100  # steps
PROMPT = "a drawing of {}"
IMAGE_NORM, TITLE_NORM = 10.0, 8.0  # about the mean lengths of CLIP ViT-B/32's embeddings


# ---------------------------------------------------------------- pairs

def read_pairs(folder, half):
    """The lines of pairs.jsonl, and the pictures, uint8 [n, 224, 224, 3] or halved to 112 px; kept for next time."""
    pairs = [json.loads(line) for line in open(folder / "pairs.jsonl", encoding="utf-8")]
    cache = folder / f"pictures-{112 if half else 224}-{len(pairs)}.npy"
    if not cache.exists():
        pictures = [Image.open(folder / pair["file"]).convert("RGB") for pair in pairs]
        np.save(cache, np.stack([np.asarray(p.reduce(2) if half else p) for p in pictures]))
    return pairs, np.load(cache)


def all_tags(pairs):
    return sorted({tag for pair in pairs for tag in pair["tags"]})


def to_pixels(pictures):
    """uint8 [n, h, w, 3] to CLIP's normalised float32 [n, 3, h, w]."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2) / 255
    return (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def augment(picture, rng):
    """A random crop of 80-100 % of the side, back to 112 by nearest neighbour, and every other time mirrored."""
    side = int(rng.integers(90, 113))
    top, left = rng.integers(0, 113 - side, 2)
    at = np.arange(112) * side // 112
    columns = left + (at[::-1] if rng.random() < 0.5 else at)
    return picture[top + at].take(columns, axis=1)


# ---------------------------------------------------------------- tokenizer

def empty_tokenizer():
    """CLIP's way of cutting text: NFC, lower case, then words, digits, runs of other signs; below that, bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token=END, end_of_word_suffix="</w>", continuing_subword_prefix=""))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    words = (r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|"
             r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(words), "removed", invert=True),
         pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def merge(word, pair):
    """The symbols of a word with every occurrence of the pair joined."""
    merged, i = [], 0
    while i < len(word):
        joined = tuple(word[i:i + 2]) == pair
        merged.append("".join(pair) if joined else word[i])
        i += 2 if joined else 1
    return merged


def learn_merges(texts, count):
    """Byte-pair encoding (Sennrich et al. 2016): join the most frequent pair, count times; ties by alphabet."""
    cut = empty_tokenizer()
    words = Counter(w for t in texts for w, _ in cut.pre_tokenizer.pre_tokenize_str(cut.normalizer.normalize_str(t)))
    words = [[[*w[:-1], w[-1] + "</w>"], n] for w, n in sorted(words.items())]
    pairs, merges = Counter(), []
    for symbols, n in words:
        for pair in zip(symbols, symbols[1:]):
            pairs[pair] += n
    while len(merges) < count:
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        for word in words:
            symbols, n = word
            if best[0] in symbols and best in zip(symbols, symbols[1:]):
                word[0] = merge(symbols, best)
                pairs.subtract({p: n * k for p, k in Counter(zip(symbols, symbols[1:])).items()})
                pairs.update({p: n * k for p, k in Counter(zip(word[0], word[0][1:])).items()})
    return merges


def make_tokenizer(texts):
    """A tokenizer in CLIP's format: 256 bytes, 256 bytes that end a word, the merges, start and end of text."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    symbols = letters + [c + "</w>" for c in letters]
    merges = learn_merges(texts, VOCABULARY - len(symbols) - 2)
    symbols += [a + b for a, b in merges] + [START, END]
    vocabulary = {symbol: i for i, symbol in enumerate(dict.fromkeys(symbols))}
    tokenizer = empty_tokenizer()
    tokenizer.model = models.BPE(vocab=vocabulary, merges=merges, unk_token=END, end_of_word_suffix="</w>",
                                 continuing_subword_prefix="")
    tokenizer.add_special_tokens([AddedToken(START, normalized=True), AddedToken(END, normalized=False)])
    tokenizer.post_processor = processors.RobertaProcessing(
        (END, vocabulary[END]), (START, vocabulary[START]), trim_offsets=False, add_prefix_space=False)
    return tokenizer


def tokenize(tokenizer, texts):
    """Token ids [n, longest], at most 77. Filled up with the end token; none before can see it: no mask."""
    end = tokenizer.token_to_id(END)
    rows = [e.ids for e in tokenizer.encode_batch(texts)]
    rows = [row if len(row) <= MAX_TOKENS else row[:MAX_TOKENS - 1] + [end] for row in rows]
    longest = max(map(len, rows))
    return torch.tensor([row + [end] * (longest - len(row)) for row in rows])


# ---------------------------------------------------------------- model

class Convolution(torch.nn.Module):
    """Convolution, batch normalisation, ReLU; added to its input where the sizes allow (He et al. 2015)."""

    def __init__(self, channels_in, channels_out, kernel, stride):
        super().__init__()
        self.conv = torch.nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=False)
        self.norm = torch.nn.BatchNorm2d(channels_out)
        self.residual = stride == 1 and channels_in == channels_out

    def forward(self, x):
        y = F.relu(self.norm(self.conv(x)))
        return x + y if self.residual else y


class VisionTower(torch.nn.Module):
    """A small residual network (CLIP came with one too): 112 px, then 28 x 28, 14 x 14 and 7 x 7 places."""

    def __init__(self):
        super().__init__()
        shape = [(3, 48, 7, 4), (48, 96, 3, 2), (96, 96, 3, 1), (96, 192, 3, 2), (192, 192, 3, 1), (192, 192, 3, 1)]
        self.blocks = torch.nn.Sequential(*(Convolution(*s) for s in shape))
        self.projection = torch.nn.Linear(2 * 192, 512, bias=False)

    def forward(self, pixels):
        """Embeddings [n, 512] of normalised pictures [n, 3, 112, 112]."""
        grid = self.blocks(pixels).float().flatten(2)
        return self.projection(torch.cat([grid.mean(2), grid.amax(2)], 1))


class MiniClip(torch.nn.Module):
    def __init__(self, vocabulary_size):
        super().__init__()
        start, end = vocabulary_size - 2, vocabulary_size - 1
        config = CLIPTextConfig(
            vocab_size=vocabulary_size, max_position_embeddings=MAX_TOKENS, hidden_size=128, intermediate_size=256,
            num_hidden_layers=2, num_attention_heads=4, projection_dim=512, hidden_act="gelu",
            bos_token_id=start, eos_token_id=end, pad_token_id=end)
        self.vision = VisionTower().to(memory_format=torch.channels_last)
        self.text = CLIPTextModelWithProjection._from_config(config, attn_implementation="sdpa")
        self.logit_scale = torch.nn.Parameter(torch.tensor(math.log(1 / 0.07)))  # CLIP's first temperature


def embed_pictures(model, pixels):
    """Embeddings [n, 512] of normalised pictures [n, 3, 224, 224], which are halved first."""
    return model.vision(F.avg_pool2d(pixels, 2))


def embed_titles(model, ids):
    """Embeddings [n, 512] of token ids [n, s]: a token sees those before it; the first end token's state counts."""
    tower = model.text.text_model
    hidden = tower.embeddings(input_ids=ids)
    s = ids.shape[1]
    mask = torch.full((s, s), -1e9).triu(1).view(1, 1, s, s)
    hidden = tower.final_layer_norm(tower.encoder(inputs_embeds=hidden, attention_mask=mask).last_hidden_state)
    at = (ids == tower.config.eos_token_id).int().argmax(1)
    return model.text.text_projection(hidden[torch.arange(ids.shape[0]), at])


def embed_texts(model, tokenizer, texts):
    """Embeddings [n, 512] of texts, a few at a time, those of about equal length together."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    parts = [embed_titles(model, tokenize(tokenizer, [texts[i] for i in order[at:at + 48]]))
             for at in range(0, len(texts), 48)]
    return torch.cat(parts)[torch.tensor(order).argsort()]


# ---------------------------------------------------------------- training

def right_texts(pairs, texts):
    """0/1 [pairs, texts]: texts that equal the picture's title, or the prompt of one of its tags."""
    number = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    right = torch.zeros(len(pairs), len(number))
    for i, pair in enumerate(pairs):
        right[i, [number[pair["title"]]] + [number[PROMPT.format(t.lower())] for t in pair["tags"]]] = 1
    return right[:, [number[text] for text in texts]]


def contrastive_loss(images, texts, scale, right):
    """Symmetric InfoNCE; where several answers are right, they share the target."""
    logits = scale * F.normalize(images, dim=1) @ F.normalize(texts, dim=1).T
    used = right.sum(0) > 0
    by_text = right.T[used]
    return (F.cross_entropy(logits, right / right.sum(1, keepdim=True))
            + F.cross_entropy(logits.T[used], by_text / by_text.sum(1, keepdim=True))) / 2


def learning_rate(step, options):
    """Linear warm-up, then half a cosine down to zero."""
    if step < WARM_UP:
        return options.lr * (step + 1) / WARM_UP
    return options.lr * (1 + math.cos(math.pi * (step - WARM_UP) / max(1, options.steps - WARM_UP))) / 2


def train(model, tokenizer, pairs, pictures, options):
    flat = [p for p in model.parameters() if p.ndim < 2]
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    optimiser = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": flat, "weight_decay": 0}],
                                  lr=options.lr, betas=(0.9, 0.98), eps=1e-6)
    rng, prompts = np.random.default_rng(options.seed), [PROMPT.format(t.lower()) for t in all_tags(pairs)]
    model.train()
    order, began, losses = np.empty(0, int), time.time(), []
    for step in range(options.steps):
        if len(order) < options.batch:
            order = np.concatenate([order, rng.permutation(len(pairs))])
        rows, order = np.sort(order[:options.batch]), order[options.batch:]
        batch = [pairs[i] for i in rows]
        texts = [p["title"] for p in batch] + prompts
        pixels = to_pixels(np.stack([augment(pictures[i], rng) for i in rows]))
        with torch.autocast("cpu", torch.bfloat16):
            images = model.vision(pixels.contiguous(memory_format=torch.channels_last)).float()
        loss = contrastive_loss(images, embed_texts(model, tokenizer, texts), model.logit_scale.exp(),
                                right_texts(batch, texts))
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, options)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        model.logit_scale.data.clamp_(0, math.log(100))
        losses.append(loss.item())
        if (step + 1) % 100 == 0:
            print(f"step {step + 1}/{options.steps}  loss {np.mean(losses[-100:]):.3f}  "
                  f"scale {model.logit_scale.exp().item():.1f}  {time.time() - began:.0f} s", flush=True)
        if (step + 1) % 200 == 0:
            torch.save(model.state_dict(), options.checkpoint)
    torch.save(model.state_dict(), options.checkpoint)
    return time.time() - began


@torch.inference_mode()
def embed_all(model, tokenizer, pairs, pictures):
    """Embeddings of pictures (224 px, or halved already) and of titles."""
    model.eval()
    embed = model.vision if pictures.shape[1] == 112 else lambda pixels: embed_pictures(model, pixels)
    images = [embed(to_pixels(pictures[i:i + 128])) for i in range(0, len(pairs), 128)]
    titles = embed_texts(model, tokenizer, [p["title"] for p in pairs])
    return torch.cat(images), titles


def settle(model, tokenizer, pairs, pictures):
    """Fold the batch normalisations into their convolutions, stretch both projections to CLIP's lengths (no cosine
    changes), and round all weights to half precision."""
    model.eval()
    for block in model.vision.blocks:
        block.conv, block.norm = fuse_conv_bn_eval(block.conv, block.norm), torch.nn.Identity()
    images, titles = embed_all(model, tokenizer, pairs[:1024], pictures[:1024])
    model.vision.projection.weight.data *= IMAGE_NORM / images.norm(dim=1).mean()
    model.text.text_projection.weight.data *= TITLE_NORM / titles.norm(dim=1).mean()
    for parameter in model.parameters():
        parameter.data = parameter.data.half().float()


# ---------------------------------------------------------------- scores on pairs it has not seen

def retrieval(images, titles, block=256):
    """How often a picture's own title is the nearest, or among the 5 nearest, of 256."""
    ranks = []
    for i in range(0, len(images) - block + 1, block):
        cosines = F.normalize(images[i:i + block], dim=1) @ F.normalize(titles[i:i + block], dim=1).T
        ranks.append((cosines > cosines.diagonal().unsqueeze(1)).sum(1))
    ranks = torch.cat(ranks)
    return {"R@1": (ranks < 1).float().mean().item(), "R@5": (ranks < 5).float().mean().item()}


@torch.inference_mode()
def zero_shot(model, tokenizer, images, pairs):
    """How often the nearest prompt names one of the picture's tags: all pictures, and those with a single tag."""
    tags = all_tags(pairs)
    prompts = F.normalize(embed_texts(model, tokenizer, [PROMPT.format(t.lower()) for t in tags]), dim=1)
    nearest = (F.normalize(images, dim=1) @ prompts.T).argmax(1)
    right = np.array([tags[j] in p["tags"] for j, p in zip(nearest, pairs)])
    single = np.array([len(p["tags"]) == 1 for p in pairs])
    return {"tags": len(tags), "any tag": right.mean(), "single-tag pictures": right[single].mean()}


def evaluate(model, tokenizer, pairs, pictures):
    images, titles = embed_all(model, tokenizer, pairs, pictures)
    return {"norms": {"image": images.norm(dim=1).mean().item(), "title": titles.norm(dim=1).mean().item()},
            "element std": {"image": images.std().item(), "title": titles.std().item()},
            "retrieval": retrieval(images, titles), "zero-shot": zero_shot(model, tokenizer, images, pairs)}


# ---------------------------------------------------------------- export

class Tower(torch.nn.Module):
    def __init__(self, model, embed):
        super().__init__()
        self.model, self.embed = model, embed

    def forward(self, x):
        return self.embed(self.model, x)


def halve(path):
    """Store the large weights, which fit half precision exactly, in 2 bytes; a Cast brings them back when loaded."""
    model = onnx.load(path)
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type == onnx.TensorProto.FLOAT and math.prod(weight.dims) >= 256:
            name, array = weight.name, onnx.numpy_helper.to_array(weight)
            weight.CopyFrom(onnx.numpy_helper.from_array(array.astype(np.float16), name + "_half"))
            casts.append(onnx.helper.make_node("Cast", [name + "_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def export(model, tokenizer, out):
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    model.eval()
    model.text.set_attn_implementation("eager")
    towers = [("vision", embed_pictures, torch.randn(2, 3, 224, 224), "pixel_values", "image_embeds", {0: "batch"}),
              ("text", embed_titles, tokenize(tokenizer, ["a church", "the canal"]), "input_ids", "text_embeds",
               {0: "batch", 1: "tokens"})]
    for name, embed, example, source, result, axes in towers:
        path = str(out / f"onnx/{name}_model.onnx")
        torch.onnx.export(Tower(model, embed), (example,), path, input_names=[source], output_names=[result],
                          dynamic_axes={source: axes, result: {0: "batch"}}, opset_version=14, dynamo=False)
        halve(path)
    write_settings(model, tokenizer, out)


def write_settings(model, tokenizer, out):
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    save = lambda name, content: (out / name).write_text(json.dumps(content, indent=2) + "\n")
    special = {"bos_token": START, "eos_token": END, "pad_token": END, "unk_token": END}
    save("special_tokens_map.json", special)
    save("tokenizer_config.json", {"tokenizer_class": "CLIPTokenizer", "model_max_length": MAX_TOKENS,
                                   "do_lower_case": True, "clean_up_tokenization_spaces": False, **special})
    side = {"height": 224, "width": 224}
    save("preprocessor_config.json", {
        "image_processor_type": "CLIPImageProcessor", "do_convert_rgb": True, "do_resize": True, "resample": 3,
        "size": {"shortest_edge": 224}, "do_center_crop": True, "crop_size": side, "do_rescale": True,
        "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": MEAN, "image_std": STD})
    text = model.text.config.to_dict()
    text = {k: text[k] for k in ("model_type", "vocab_size", "max_position_embeddings", "hidden_size", "projection_dim",
                                 "intermediate_size", "num_hidden_layers", "num_attention_heads", "hidden_act",
                                 "bos_token_id", "eos_token_id", "pad_token_id")}
    vision = {"model_type": "clip_vision_model", "image_size": 224, "projection_dim": 512}
    save("config.json", {"model_type": "clip", "architectures": ["CLIPModel"], "projection_dim": 512,
                         "text_config": text, "vision_config": vision})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--train", type=pathlib.Path, required=True, help="folder of pairs to learn from")
    parser.add_argument("--test", type=pathlib.Path, required=True, help="folder of other pairs, for the scores")
    parser.add_argument("--out", type=pathlib.Path, default=here, help="where the model goes (default: this folder)")
    parser.add_argument("--checkpoint", type=pathlib.Path, default=pathlib.Path("/tmp/mini-clip.pt"))
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-training", action="store_true", help="take the checkpoint: score and export only")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    pairs, pictures = read_pairs(options.train, half=True)
    tags = all_tags(pairs)
    tokenizer = make_tokenizer([p["title"] for p in pairs] + [PROMPT.format(t.lower()) for t in tags] * 20)
    model = MiniClip(tokenizer.get_vocab_size())
    print(f"{len(pairs)} pairs, {len(tags)} tags, {tokenizer.get_vocab_size()} tokens, "
          f"{sum(p.numel() for p in model.parameters()):,} weights", flush=True)
    if options.no_training:
        model.load_state_dict(torch.load(options.checkpoint))
    else:
        print(f"trained in {train(model, tokenizer, pairs, pictures, options):.0f} s")
    settle(model, tokenizer, pairs, pictures)
    export(model, tokenizer, options.out)
    test_pairs, test_pictures = read_pairs(options.test, half=False)
    scores = evaluate(model, tokenizer, test_pairs, test_pictures)
    print(json.dumps(scores, indent=1, default=float))


if __name__ == "__main__":
    main()
