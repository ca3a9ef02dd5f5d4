"""Write made-up features for real or drawn labels, to time and check the training of heads.

    python make_features.py FOLDER [--seed 0]

FOLDER has Y.npy, uint8 [n, 49], the labels. Writes FOLDER/X.npy, float32 [n, 1026]: image 512 | title 512 | latitude and
longitude rescaled to 0..1, and the tags' prototypes, FOLDER/prototypes.npy, float32 [2, 49, 512]. Image and title are noisy sums of random prototypes of the tags (the title drops each tag with
probability 0.3), so that image < title < both, as in the paper. The location is uniform noise: it carries nothing, as in
the paper.
"""
import argparse
import pathlib

import numpy as np

IMAGE_NOISE, TITLE_NOISE, UNTOLD = 0.48, 0.34, 0.3
ROWS = 32_768  # at a time

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

labels = np.load(args.folder / "Y.npy")
n, tags = labels.shape
random = np.random.default_rng(args.seed)
prototypes = random.standard_normal((2, tags, 512)).astype(np.float32) / np.sqrt(512)
np.save(args.folder / "prototypes.npy", prototypes.astype(np.float32))
X = np.lib.format.open_memmap(args.folder / "X.npy", mode="w+", dtype=np.float32, shape=(n, 1026))
for start in range(0, n, ROWS):
    y = labels[start : start + ROWS].astype(np.float32)
    rows = slice(start, start + len(y))
    X[rows, :512] = y @ prototypes[0] + IMAGE_NOISE * random.standard_normal((len(y), 512)).astype(np.float32)
    told = y * (random.random(y.shape) > UNTOLD)
    X[rows, 512:1024] = told @ prototypes[1] + TITLE_NOISE * random.standard_normal((len(y), 512)).astype(np.float32)
    X[rows, 1024:] = random.random((len(y), 2))
X.flush()
