"""Train one head in PyTorch as the paper's code does, timed and scored.

    python torch_heads.py --data FOLDER --experiment linear-img-txt-loc-mixup [--epochs 3] [--seed 42]

FOLDER has X.npy and Y.npy (see make_features.py). The paper's rules: split 80/20 by a seeded permutation, batches of
4096, AdamW (linear: learning rate 5e-3, weight decay 1e-5; MLP: 3e-3, 1e-4), CosineAnnealingLR(T_max=50) stepped every
epoch, mean BCEWithLogits, MixUp per row with Beta(0.2, 0.2) and lambda = max(lambda, 1 - lambda), threshold 0.5, exact
match and macro F1 on the validation rows. Leaner than the original: the features are in one matrix, and a batch is one
index_select. Prints a JSON line an epoch: loss, scores, seconds and processor seconds of its training, seconds of its
validation.
"""
import argparse
import json
import os
import time

import numpy as np
import torch

MODALITIES = {"img": (0, 512), "txt": (512, 1024), "loc": (1024, 1026)}
BATCH, HIDDEN = 4096, 256

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--experiment", default="linear-img-txt-loc-mixup")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seed", type=int, default=42)
parser.add_argument("--threads", type=int, default=os.cpu_count())
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(args.threads)

parts = args.experiment.split("-")
linear, mixup = parts[0] == "linear", parts[-1] == "mixup"
columns = np.concatenate([np.arange(*span) for name, span in MODALITIES.items() if name in parts])
# In memory, not mapped from the file: then it lies in large pages where the system gives them.
everything = len(columns) == sum(end - start for start, end in MODALITIES.values())
X = np.load(f"{args.data}/X.npy", mmap_mode=None if everything else "r")
X = torch.from_numpy(X if everything else np.ascontiguousarray(X[:, columns]))
Y = torch.from_numpy(np.load(f"{args.data}/Y.npy")).float()
order = torch.from_numpy(np.random.default_rng(args.seed).permutation(len(X)))
n = int(len(X) * 0.8)
training, validation = order[:n], order[n:]

inputs, tags = X.shape[1], Y.shape[1]
if linear:
    head = torch.nn.Linear(inputs, tags)
    optimiser = torch.optim.AdamW(head.parameters(), lr=5e-3, weight_decay=1e-5)
else:
    head = torch.nn.Sequential(
        torch.nn.Linear(inputs, HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(HIDDEN, tags)
    )
    optimiser = torch.optim.AdamW(head.parameters(), lr=3e-3, weight_decay=1e-4)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=50)
loss_of = torch.nn.BCEWithLogitsLoss()
beta = torch.distributions.Beta(0.2, 0.2)


def train_epoch():
    """One pass over the training rows; their mean loss."""
    head.train()
    total = 0.0
    for rows in training[torch.randperm(n)].split(BATCH):
        x, y = X[rows], Y[rows]
        if mixup:
            share = beta.sample((len(x), 1))
            share = torch.maximum(share, 1 - share)
            other = torch.randperm(len(x))
            x, y = share * x + (1 - share) * x[other], share * y + (1 - share) * y[other]
        optimiser.zero_grad()
        loss = loss_of(head(x), y)
        loss.backward()
        optimiser.step()
        total += loss.item() * len(rows)
    schedule.step()
    return total / n


@torch.inference_mode()
def scores():
    """Exact match and macro F1 of the validation rows."""
    head.eval()
    given = torch.cat([head(X[rows]) > 0 for rows in validation.split(BATCH)])
    true = Y[validation] > 0.5
    both = (given & true).sum(0).double()
    f1 = 2 * both / (given.sum(0) + true.sum(0)).clamp(min=1)
    return (given == true).all(1).double().mean().item(), f1.mean().item()


for epoch in range(args.epochs):
    wall, cpu = time.time(), time.process_time()
    loss = train_epoch()
    train_s, train_cpu_s, wall = time.time() - wall, time.process_time() - cpu, time.time()
    exact_match, macro_f1 = scores()
    line = dict(loss=loss, exact_match=exact_match, macro_f1=macro_f1, train_s=train_s, train_cpu_s=train_cpu_s)
    rounded = {name: round(value, 5) for name, value in line.items()}
    print(json.dumps({"epoch": epoch, **rounded, "val_s": round(time.time() - wall, 5)}), flush=True)
