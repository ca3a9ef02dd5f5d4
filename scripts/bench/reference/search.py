"""The nearest of many rows to a query, by cosine, in PyTorch and in NumPy: seconds of each query.

    search.py ROWS SIZE COUNT QUERIES
"""
import json
import sys
import time

import numpy as np
import torch

rows, size, count, queries = map(int, sys.argv[1:])
rng = np.random.default_rng(1)
X = rng.random((rows, size), dtype=np.float32)
X -= 0.5
scale = np.concatenate([1 / np.linalg.norm(part, axis=1) for part in np.array_split(X, 16)])
T, torch_scale = torch.from_numpy(X), torch.from_numpy(scale)


def by_torch(query):
    unit = torch.from_numpy(query / np.linalg.norm(query))
    return torch.topk(T @ unit * torch_scale, count).indices.tolist()


def by_numpy(query):
    cosines = X @ (query / np.linalg.norm(query)) * scale
    best = np.argpartition(-cosines, count)[:count]
    return best[np.argsort(-cosines[best])].tolist()


for library, search in [("torch", by_torch), ("numpy", by_numpy)]:
    wall, cpu = [], []
    for i in range(queries + 1):
        query = X[i].copy()
        start, start_cpu = time.perf_counter(), time.process_time()
        assert search(query)[0] == i
        if i > 0:  # the first warms up
            wall.append(time.perf_counter() - start)
            cpu.append(time.process_time() - start_cpu)
    print(json.dumps({"library": library, "wall": wall, "cpu": cpu}), flush=True)
