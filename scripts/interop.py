"""Read embeddings as they lie on disk: with NumPy, pyarrow and pandas, and as clip-retrieval does, by embedding-reader.

    pip install numpy pandas pyarrow embedding-reader
    python scripts/interop.py data/mini-geograph/embeddings/mini-clip/train

Fails with an AssertionError if the parts do not fit together.
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet

folder = pathlib.Path(sys.argv[1])
shards = sorted((folder / "metadata").glob("*.parquet"))
assert shards, f"no shards in {folder}"
images, rows = [], 0
for path in shards:
    number = path.stem.removeprefix("metadata_")
    image, title = (np.load(folder / f"{kind}_emb/{kind}_emb_{number}.npy", mmap_mode="r") for kind in ("img", "text"))
    table = parquet.read_table(path)
    manifest = json.loads((folder / f"manifest/manifest_{number}.json").read_text())
    assert image.dtype == title.dtype == np.dtype("<f4") and image.shape == title.shape == (table.num_rows, 512)
    assert image.flags.c_contiguous and np.isfinite(image).all() and np.isfinite(title).all()
    assert {"gridimage_id", "image_path", "caption", "status"} <= set(table.column_names), table.column_names
    assert manifest["rows"] == table.num_rows
    failed = pd.read_parquet(path)["status"] != "ok"
    assert (np.abs(image).sum(1) == 0)[failed].all() and not (np.abs(image).sum(1) == 0)[~failed].any()
    images.append(np.asarray(image))
    rows += table.num_rows
print(f"NumPy, pandas, pyarrow: {len(shards)} shards, {rows} rows")

from embedding_reader import EmbeddingReader  # noqa: E402: the checks above do without it

for kind in ("img", "text"):
    reader = EmbeddingReader(embeddings_folder=str(folder / f"{kind}_emb"), file_format="npy")
    assert (reader.count, reader.dimension) == (rows, 512)
    read = np.concatenate([part for part, _ in reader(batch_size=1000, show_progress=False)])
    assert kind == "text" or (read == np.concatenate(images)).all()
    reader = EmbeddingReader(embeddings_folder=str(folder / f"{kind}_emb"), metadata_folder=str(folder / "metadata"),
                             meta_columns=["image_path", "caption"], file_format="parquet_npy")
    metadata = pd.concat([part for _, part in reader(batch_size=1000, show_progress=False)])
    captions = pd.concat([pd.read_parquet(path) for path in shards])["caption"]
    assert reader.count == rows and list(metadata["caption"]) == list(captions)
print(f"embedding-reader (npy, parquet_npy): {rows} rows of images and titles with image_path and caption, in order")
