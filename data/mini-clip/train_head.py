"""Train a head on the drawn sample with PyTorch, by the paper's rules, and save it as the paper's authors saved theirs.

    pip install torch==2.13.0 numpy pyarrow
    python data/mini-clip/train_head.py

Reads what notebooks 1 and 2 write for the sample; writes data/mini-clip/heads/linear-img-txt.pth and prints its scores.
Settings are those of lib/train/settings.ts for the sample: batches of 256, the rest as in the paper.
"""
import pathlib

import numpy as np
import pyarrow.parquet as parquet
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data/mini-geograph"
BATCH, EPOCHS, PATIENCE, RATE, DECAY, PERIOD, SEED = 256, 200, 10, 5e-3, 1e-5, 50, 42


def load():
    """Image and title embeddings side by side, labels, and which rows validate."""
    shards = SAMPLE / "embeddings/mini-clip/train"
    parts = [np.concatenate([np.load(path) for path in sorted(shards.glob(f"{kind}/*.npy"))])
             for kind in ("img_emb", "text_emb")]
    tags = parquet.read_table(SAMPLE / "prepared/tags.parquet").column("col").to_pylist()
    table = parquet.read_table(SAMPLE / "prepared/train.parquet")
    labels = np.stack([table.column(tag).to_numpy() for tag in tags], axis=1)
    features = np.concatenate(parts, axis=1)
    assert len(features) == len(labels), "embeddings and table differ in rows: run notebooks 1 and 2 again"
    validation = np.array(table.column("split").to_pylist()) == "val"
    return torch.from_numpy(features), torch.from_numpy(labels.astype(np.float32)), torch.from_numpy(validation)


def scores(head, x, y):
    with torch.no_grad():
        given, true = head(x) > 0, y > 0.5
    hits = (given & true).sum(0).double()
    f1 = 2 * hits / (given.sum(0) + true.sum(0)).clamp(min=1)
    return (given == true).all(1).double().mean().item(), f1.mean().item()


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    x, y, validation = load()
    head = torch.nn.Linear(x.shape[1], y.shape[1])
    optimiser = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=PERIOD)
    loss_of = torch.nn.BCEWithLogitsLoss()
    train, best = torch.nonzero(~validation).flatten(), (-1.0,)
    for epoch in range(EPOCHS):
        for rows in train[torch.randperm(len(train))].split(BATCH):
            optimiser.zero_grad()
            loss_of(head(x[rows]), y[rows]).backward()
            optimiser.step()
        schedule.step()
        match, f1 = scores(head, x[validation], y[validation])
        if match > best[0]:
            best = (match, f1, epoch, {key: value.clone() for key, value in head.state_dict().items()})
        if epoch - best[2] >= PATIENCE:
            break
    path = ROOT / "data/mini-clip/heads/linear-img-txt.pth"
    path.parent.mkdir(exist_ok=True)
    torch.save(best[3], path)
    print(f"{path.name}: {path.stat().st_size} bytes, epoch {best[2]}, exact match {best[0]:.4f}, macro F1 {best[1]:.4f}")


if __name__ == "__main__":
    main()
