"""Run notebooks on the tslab kernel, in order, with a line of progress for each cell.

    python scripts/run.py [--save] [--parent PID] --folder FOLDER NOTEBOOK...

Each executed notebook is written to FOLDER; with --save the notebook itself gets the outputs too. It stops at the
first cell that fails, after writing what there is. `npm start` calls it.
"""
import argparse
import asyncio
import os
import pathlib
import re
import signal
import sys
import threading
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

root = pathlib.Path(__file__).resolve().parent.parent


def status(text: str) -> None:
    """One line that is overwritten on a terminal, and only printed as a whole elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def clean(notebook: nbformat.NotebookNode) -> None:
    """Drop what differs from run to run and tells a reader nothing: time stamps, display ids, where a text was split."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", []):
            output.get("metadata", {}).pop("display_id", None)
            output.pop("transient", None)


def joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join neighbouring pieces of the same stream, as JupyterLab does (nbclient would carry them across figures)."""
    result: list[nbformat.NotebookNode] = []
    for output in outputs:
        last = result[-1] if result else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            result.append(output)
    return result


def write(notebook: nbformat.NotebookNode, path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    temporary.replace(path)


def run(path: pathlib.Path, folder: pathlib.Path, save: bool) -> bool:
    notebook = nbformat.read(path, as_version=4)
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    started = time.time()

    def on_cell_start(cell, cell_index):
        if cell_index in code:
            first = next((line for line in cell.source.splitlines() if line.strip()), "")
            status(f"{path.stem}  cell {code.index(cell_index) + 1} of {len(code)}  {first[:60]}")

    # Outputs may be read long after the cell has ended, where there are many and the machine is busy; nbclient would drop
    # what comes later than 4 s, without a word.
    client = NotebookClient(notebook, timeout=None, startup_timeout=300, kernel_name="tslab",
                            iopub_timeout=300, raise_on_iopub_timeout=True,
                            resources={"metadata": {"path": str(root)}}, on_cell_start=on_cell_start)
    # What libraries print past the notebook (start-up lines of libtensorflow) goes to a file beside the outputs.
    folder.mkdir(parents=True, exist_ok=True)
    failed = None
    with open(folder / f"{path.stem}.log", "wb") as log:
        try:
            client.execute(stdout=log, stderr=log)
        except (CellExecutionError, CellTimeoutError) as error:
            failed = error
        except RuntimeError as error:  # the kernel died, in the middle or before it began
            failed = (f"{error}\nIf nobody ended its kernel, memory ran out: close other programs (other notebooks too) and "
                      f"run it again. What the kernel printed last: {folder / path.stem}.log")
        except asyncio.CancelledError:  # nbclient ends the kernel at SIGINT and SIGTERM, and then itself like this
            failed = "It was interrupted."
    clean(notebook)
    write(notebook, folder / path.name)
    if save and failed is None:
        write(notebook, path)
    status("")
    if failed is None:
        print(f"{path.stem:<20} {len(code):>3} cells {time.time() - started:7.1f} s", flush=True)
        return True
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(failed))
    print(f"{path.stem:<20} FAILED after {time.time() - started:.1f} s\n\n{text}\n", flush=True)
    print(f"The outputs up to there are in {folder / path.name}", flush=True)
    return False


def end_with(parent: int) -> None:
    """End, and the kernel with it, when the process that started this one is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="+", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--parent", type=int, help="end when this process, which started it, ends")
    arguments = parser.parse_args()
    if arguments.parent and os.name == "posix":
        threading.Thread(target=end_with, args=(arguments.parent,), daemon=True).start()
    for path in arguments.notebooks:
        if not run(path, arguments.folder, arguments.save):
            sys.exit(1)


if __name__ == "__main__":
    main()
