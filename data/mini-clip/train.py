"""Train mini-clip, a small CLIP, on drawn scenes and their titles, and export it to ONNX in transformers.js's layout.

    python3 -m venv /tmp/refenv
    /tmp/refenv/bin/pip install torch==2.13.0 numpy pillow tokenizers transformers onnx onnxscript
    npx tsx data/mini-clip/draw-pairs.ts --out /tmp/pairs/train --count 40000 --seed 1001
    npx tsx data/mini-clip/draw-pairs.ts --out /tmp/pairs/test --count 3000 --seed 2002
    /tmp/refenv/bin/python data/mini-clip/train.py --train /tmp/pairs/train --test /tmp/pairs/test

Each folder of pairs holds 224 px JPEGs and pairs.jsonl, one {"file", "title", "tags"} a line. Learns what CLIP learns
(Radford et al. 2021, arXiv 2103.00020): a picture's and its title's embeddings should be closest to each other among
all in the batch. For nine tenths of the steps a picture shows half of its patches only (Li et al. 2022, arXiv
2212.00794): faster, and harder to learn by heart. Decoded, 40,000 pictures take 6 GB of disk beside their JPEGs.
"""
import argparse
import json
import math
import pathlib
import random
import time
from collections import Counter

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from PIL import Image
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import CLIPConfig, CLIPModel

START, END = "<|startoftext|>", "<|endoftext|>"
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]  # CLIP's own
VOCABULARY, MAX_TOKENS, PATCH = 2400, 77, 32
WARM_UP = 50  # steps
PROMPT = "a drawing of {}"
PROMPT_SHARE = 0.2  # captions that are a prompt with one of the picture's tags, instead of its title
IMAGE_NORM, TITLE_NORM = 10.0, 8.0  # about the mean lengths of CLIP ViT-B/32's embeddings


# ---------------------------------------------------------------- pairs

def read_pairs(folder):
    """The lines of pairs.jsonl, and the pictures as uint8 [n, 224, 224, 3], decoded once and kept beside them."""
    pairs = [json.loads(line) for line in open(folder / "pairs.jsonl", encoding="utf-8")]
    cache = folder / f"pictures-{len(pairs)}.npy"
    if not cache.exists():
        partial = folder / "pictures-partial.npy"
        pictures = np.lib.format.open_memmap(partial, "w+", np.uint8, (len(pairs), 224, 224, 3))
        for i, pair in enumerate(pairs):
            pictures[i] = np.asarray(Image.open(folder / pair["file"]).convert("RGB"))
        pictures.flush()
        partial.rename(cache)
    return pairs, np.load(cache, mmap_mode="r")


def to_pixels(pictures):
    """uint8 [n, h, w, 3] to CLIP's normalised float32 [n, 3, h, w]."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2) / 255
    return (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def augment(picture, rng):
    """A random crop of 80-100 % of the side, back to 224 by nearest neighbour, and now and then mirrored."""
    side = int(rng.integers(180, 225))
    top, left = rng.integers(0, 225 - side, 2)
    at = np.arange(224) * side // 224
    columns = left + (at[::-1] if rng.random() < 0.5 else at)
    return picture[top + at].take(columns, axis=1)


# ---------------------------------------------------------------- tokenizer

def empty_tokenizer():
    """CLIP's way of cutting text: NFC, lower case, then words, digits, runs of other signs; below that, bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token=END, end_of_word_suffix="</w>", continuing_subword_prefix=""))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(f"{escape(START)}|{escape(END)}|{words}"), "removed", invert=True),
         pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def escape(token):
    return token.replace("|", r"\|")


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
    merges = []
    while len(merges) < count:
        pairs = Counter()
        for symbols, n in words:
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += n
        if not pairs or max(pairs.values()) < 2:
            break
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        for word in words:
            if best[0] in word[0]:
                word[0] = merge(word[0], best)
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

def make_model(vocabulary_size):
    shared = {"projection_dim": 512, "hidden_act": "gelu", "num_attention_heads": 4}
    start, end = vocabulary_size - 2, vocabulary_size - 1
    vision = {"image_size": 224, "patch_size": PATCH, "hidden_size": 160, "intermediate_size": 320,
              "num_hidden_layers": 4}
    text = {"vocab_size": vocabulary_size, "max_position_embeddings": MAX_TOKENS, "hidden_size": 128,
            "intermediate_size": 256, "num_hidden_layers": 3,
            "bos_token_id": start, "eos_token_id": end, "pad_token_id": end}
    config = CLIPConfig(projection_dim=512, vision_config={**shared, **vision}, text_config={**shared, **text})
    config.architectures = ["CLIPModel"]
    return CLIPModel._from_config(config, attn_implementation="sdpa")


def embed_tokens(model, tokens):
    """Embeddings [n, 512] from patch tokens with their positions [n, t, width]: the class token's last state."""
    tower, width = model.vision_model, tokens.shape[2]
    start = tower.embeddings.class_embedding + tower.embeddings.position_embedding.weight[0]
    tokens = torch.cat([start.expand(tokens.shape[0], 1, width), tokens], 1)
    hidden = tower.encoder(inputs_embeds=tower.pre_layrnorm(tokens)).last_hidden_state
    return model.visual_projection(tower.post_layernorm(hidden[:, 0]))


def embed_pictures(model, pixels):
    """Embeddings [n, 512] of normalised pictures [n, 3, 224, 224]."""
    embeddings = model.vision_model.embeddings
    tokens = embeddings.patch_embedding(pixels).flatten(2).transpose(1, 2)
    return embed_tokens(model, tokens + embeddings.position_embedding.weight[1:])


def embed_partly(model, pictures, keep):
    """The same of uint8 pictures [n, 224, 224, 3], seeing only `keep` of each one's patches, drawn by chance."""
    embeddings, side = model.vision_model.embeddings, 224 // PATCH
    patches = torch.from_numpy(pictures).view(-1, side, PATCH, side, PATCH, 3).permute(0, 1, 3, 5, 2, 4)
    n = len(patches)
    chosen = torch.rand(n, side * side).argsort(1)[:, :keep]
    patches = patches[torch.arange(n).unsqueeze(1), chosen // side, chosen % side].reshape(n, keep, -1).float()
    mean, std = (torch.tensor(x).repeat_interleave(PATCH * PATCH) * 255 for x in (MEAN, STD))
    tokens = F.linear(patches.sub_(mean).div_(std), embeddings.patch_embedding.weight.flatten(1))
    return embed_tokens(model, tokens + embeddings.position_embedding.weight[1:][chosen])


def embed_titles(model, ids):
    """Embeddings [n, 512] of token ids [n, s]: a token sees those before it; the first end token's state counts."""
    tower = model.text_model
    hidden = tower.embeddings(input_ids=ids)
    s = ids.shape[1]
    mask = torch.full((s, s), -1e9).triu(1).view(1, 1, s, s)
    hidden = tower.final_layer_norm(tower.encoder(inputs_embeds=hidden, attention_mask=mask).last_hidden_state)
    at = (ids == tower.config.eos_token_id).int().argmax(1)
    return model.text_projection(hidden[torch.arange(ids.shape[0]), at])


# ---------------------------------------------------------------- training

def caption(pair, rng):
    """The title, or for some a prompt with one of the tags, so that the words of the tags are learnt too."""
    return PROMPT.format(rng.choice(pair["tags"]).lower()) if rng.random() < PROMPT_SHARE else pair["title"]


def contrastive_loss(images, titles, scale, captions):
    """Symmetric InfoNCE; pictures with the very same caption are all right answers for it, and share the target."""
    logits = scale * F.normalize(images, dim=1) @ F.normalize(titles, dim=1).T
    number = {c: i for i, c in enumerate(dict.fromkeys(captions))}
    ids = torch.tensor([number[c] for c in captions])
    target = (ids.unsqueeze(1) == ids).float()
    target /= target.sum(1, keepdim=True)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


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
    rng, captions_rng = np.random.default_rng(options.seed), random.Random(options.seed)
    model.train()
    order, began, losses = np.empty(0, int), time.time(), []
    for step in range(options.steps):
        if len(order) < options.batch:
            order = np.concatenate([order, rng.permutation(len(pairs))])
        rows, order = np.sort(order[:options.batch]), order[options.batch:]
        captions = [caption(pairs[i], captions_rng) for i in rows]
        keep = (224 // PATCH) ** 2 // (2 if step < 0.9 * options.steps else 1)
        images = embed_partly(model, np.stack([augment(pictures[i], rng) for i in rows]), keep)
        titles = embed_titles(model, tokenize(tokenizer, captions))
        loss = contrastive_loss(images, titles, model.logit_scale.exp(), captions)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, options)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        model.logit_scale.data.clamp_(0, math.log(100))
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            print(f"step {step + 1}/{options.steps}  loss {np.mean(losses[-50:]):.3f}  "
                  f"scale {model.logit_scale.exp().item():.1f}  {time.time() - began:.0f} s", flush=True)
        if (step + 1) % 100 == 0:
            torch.save(model.state_dict(), options.checkpoint)
    torch.save(model.state_dict(), options.checkpoint)
    return time.time() - began


@torch.inference_mode()
def embed_all(model, tokenizer, pairs, pictures):
    model.eval()
    images = [embed_pictures(model, to_pixels(pictures[i:i + 128])) for i in range(0, len(pairs), 128)]
    titles = [embed_titles(model, tokenize(tokenizer, [p["title"] for p in pairs[i:i + 128]]))
              for i in range(0, len(pairs), 128)]
    return torch.cat(images), torch.cat(titles)


def settle(model, tokenizer, pairs, pictures):
    """Stretch both projections to CLIP's lengths (no cosine changes), and round all weights to half precision."""
    images, titles = embed_all(model, tokenizer, pairs[:1024], pictures[:1024])
    model.visual_projection.weight.data *= IMAGE_NORM / images.norm(dim=1).mean()
    model.text_projection.weight.data *= TITLE_NORM / titles.norm(dim=1).mean()
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
    tags = sorted({t for p in pairs for t in p["tags"]})
    prompts = F.normalize(embed_titles(model, tokenize(tokenizer, [PROMPT.format(t.lower()) for t in tags])), dim=1)
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
    model.set_attn_implementation("eager")
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
    model.config.to_json_file(str(out / "config.json"), use_diff=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--train", type=pathlib.Path, required=True, help="folder of pairs to learn from")
    parser.add_argument("--test", type=pathlib.Path, required=True, help="folder of other pairs, for the scores")
    parser.add_argument("--out", type=pathlib.Path, default=here, help="where the model goes (default: this folder)")
    parser.add_argument("--checkpoint", type=pathlib.Path, default=pathlib.Path("/tmp/mini-clip.pt"))
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-training", action="store_true", help="take the checkpoint: score and export only")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    pairs, pictures = read_pairs(options.train)
    tags = sorted({t for p in pairs for t in p["tags"]})
    tokenizer = make_tokenizer([p["title"] for p in pairs] + [PROMPT.format(t.lower()) for t in tags] * 20)
    model = make_model(tokenizer.get_vocab_size())
    print(f"{len(pairs)} pairs, {len(tags)} tags, {tokenizer.get_vocab_size()} tokens, "
          f"{sum(p.numel() for p in model.parameters()):,} weights", flush=True)
    if options.no_training:
        model.load_state_dict(torch.load(options.checkpoint))
    else:
        print(f"trained in {train(model, tokenizer, pairs, pictures, options):.0f} s")
    settle(model, tokenizer, pairs, pictures)
    export(model, tokenizer, options.out)
    test_pairs, test_pictures = read_pairs(options.test)
    scores = evaluate(model, tokenizer, test_pairs, test_pictures)
    print(json.dumps(scores, indent=1, default=float))


if __name__ == "__main__":
    main()
