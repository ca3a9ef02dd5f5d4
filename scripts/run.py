"""Run notebooks on the tslab kernel, in the order of what they read, with a line for each when it has ended.

    python scripts/run.py [--save] [--parent PID] [--at-once N] --folder FOLDER NOTEBOOK...

Each executed notebook is written to FOLDER; with --save the notebook itself gets the outputs too. With --at-once 2 those
that don't read each other's files run side by side. When a cell fails everything is stopped, after writing what there is.
`npm start` calls it.
"""
import argparse
import asyncio
import contextlib
import os
import pathlib
import re
import shutil
import signal
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

root = pathlib.Path(__file__).resolve().parent.parent

# Whose files each notebook reads, by number. 4 compares its heads with those of 3; 6 trains what 3, 4 and 5 have not
# trained, so it waits for them. Part two (from 10 on) reads what part one wrote, but for those listed here: 14 and 15 read
# what the authors published (and 14 the sample's labels beside it), 12 and 18 to 20 nothing beyond the embeddings.
READS = {"01": [], "02": ["01"], "03": ["02"], "04": ["03"], "05": ["02"], "06": ["04", "05"],
         "07": ["06"], "08": ["06"], "09": ["06"],
         "12": ["02"], "14": ["01"], "15": [], "18": ["02"], "19": ["02"], "20": ["02"]}
PART_ONE = [number for number in READS if number < "10"]


def predecessors(paths: list[pathlib.Path]) -> dict[pathlib.Path, set[pathlib.Path]]:
    """The notebooks of `paths` that each of them has to wait for: those whose files it reads. Solutions, which write
    nothing, wait for none, and notebooks without a number for those before them."""

    def read_by(number: str) -> set[str]:
        direct = READS.get(number, PART_ONE)
        return set(direct).union(*(read_by(each) for each in direct))

    def waits_for(path: pathlib.Path, position: int) -> set[pathlib.Path]:
        if path.parent.name == "solutions":
            return set()
        if not re.match(r"\d\d-", path.stem):
            return set(paths[:position])
        return {other for other in paths if other.stem[:2] in read_by(path.stem[:2])}

    return {path: waits_for(path, position) for position, path in enumerate(paths)}


class Status:
    """What is running, in one line that is overwritten on a terminal; elsewhere only whole lines are printed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running: dict[str, str] = {}

    def update(self, name: str, text: str) -> None:
        with self.lock:
            self.running[name] = text
            self.show()

    def end(self, name: str, report: str) -> None:
        with self.lock:
            self.running.pop(name, None)
            if sys.stderr.isatty():
                print("\r\033[K", end="", file=sys.stderr, flush=True)
            print(report, flush=True)
            self.show()

    def show(self) -> None:
        if sys.stderr.isatty() and self.running:
            width = (shutil.get_terminal_size().columns - 1) // len(self.running) - 3
            text = " | ".join(f"{name}  {what}"[:width] for name, what in self.running.items())
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


class Runner:
    """Runs notebooks in threads: nbclient answers signals in the main thread only, and for one notebook."""

    def __init__(self, folder: pathlib.Path, save: bool) -> None:
        self.folder = folder
        self.save = save
        self.status = Status()
        self.stopping = False
        self.running: dict[asyncio.Task, asyncio.AbstractEventLoop] = {}
        self.began: dict[pathlib.Path, float] = {}  # when a notebook's turn came

    def run_all(self, paths: list[pathlib.Path], at_once: int) -> bool:
        """Run them, at most `at_once` at the same time; false if one failed or all were stopped. While there is room, the
        kernel of the next one starts before its turn has come."""
        before = predecessors(paths)
        order = TopologicalSorter(before)
        order.prepare()
        ready: list[pathlib.Path] = []
        running: dict[Future, pathlib.Path] = {}
        started: set[pathlib.Path] = set()
        with ThreadPoolExecutor(at_once) as pool:
            def begin(path: pathlib.Path) -> None:
                started.add(path)
                running[pool.submit(asyncio.run, self.run(path))] = path

            try:
                while True:
                    ready = sorted([*ready, *order.get_ready()], key=paths.index)
                    for path in list(ready):
                        if path not in started and len(running) < at_once and not self.stopping:
                            begin(path)
                        if path in started and not self.stopping:
                            self.began[path] = time.time()
                            ready.remove(path)
                    soon = (path for path in paths if path not in started and before[path] <= self.began.keys())
                    if len(running) < at_once and not self.stopping and (path := next(soon, None)):
                        begin(path)
                    if not running:
                        return not self.stopping
                    # Python handles signals between two waits, where the system gave them to another thread.
                    for done in wait(running, timeout=0.5, return_when=FIRST_COMPLETED).done:
                        path = running.pop(done)
                        if done.result():
                            order.done(path)
                        else:
                            self.stop()
            except BaseException:
                self.stop()
                raise

    def stop(self, *_: object) -> None:
        """Stop what is running and begin nothing more; each notebook shuts its kernel down, as its cancellation tells it."""
        if self.stopping:
            return  # a second cancellation would cut the first one's tidying short
        self.stopping = True
        for task, loop in list(self.running.items()):
            with contextlib.suppress(RuntimeError):  # the loop has just closed: that one has ended by itself
                loop.call_soon_threadsafe(task.cancel)

    async def run(self, path: pathlib.Path) -> bool:
        """Start a notebook's kernel and, when its turn has come, run it; whether that went well."""
        notebook = nbformat.read(path, as_version=4)
        code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        started = time.time()

        def on_cell_start(cell, cell_index):
            if cell_index in code:
                first = next((line for line in cell.source.splitlines() if line.strip()), "")
                self.status.update(path.stem, f"cell {code.index(cell_index) + 1} of {len(code)}  {first[:60]}")

        # Outputs may be read long after the cell has ended, where there are many and the machine is busy; nbclient would
        # drop what comes later than 4 s, without a word.
        client = NotebookClient(notebook, timeout=None, startup_timeout=300, kernel_name="tslab",
                                iopub_timeout=300, raise_on_iopub_timeout=True,
                                resources={"metadata": {"path": str(root)}}, on_cell_start=on_cell_start)
        # What libraries print past the notebook (start-up lines of libtensorflow) goes to a file beside the outputs.
        self.folder.mkdir(parents=True, exist_ok=True)
        failed = None
        with open(self.folder / f"{path.stem}.log", "wb") as log:
            try:
                await self.execute(client, log, path)
            except (CellExecutionError, CellTimeoutError) as error:
                failed = error
            except RuntimeError as error:  # the kernel died, in the middle or before it began
                failed = (f"{error}\nIf nobody ended its kernel, memory ran out: close other programs (other notebooks "
                          f"too) and run it again. What the kernel printed last: {self.folder / path.stem}.log")
            except asyncio.CancelledError as error:
                if path not in self.began:
                    return False
                failed = error
        clean(notebook)
        write(notebook, self.folder / path.name)
        took = time.time() - self.began.get(path, started)
        if failed is None:
            if self.save:
                write(notebook, path)
            self.status.end(path.stem, f"{path.stem:<20} {len(code):>3} cells {took:7.1f} s")
            return True
        where = f"The outputs up to there are in {self.folder / path.name}"
        if self.stopping:  # whatever it died of
            self.status.end(path.stem, f"{path.stem:<20} stopped after {took:.1f} s. {where}")
        else:
            text = re.sub(r"\x1b\[[0-9;]*m", "", str(failed))
            self.status.end(path.stem, f"{path.stem:<20} FAILED after {took:.1f} s\n\n{text}\n\n{where}")
        return False

    async def execute(self, client: NotebookClient, log, path: pathlib.Path) -> None:
        """Execute in a task that `stop` can cancel; a kernel that was starting then ends too."""

        async def in_turn() -> None:
            client.create_kernel_manager()
            await client.async_start_new_kernel(stdout=log, stderr=log)
            while path not in self.began:
                await asyncio.sleep(0.02)
            await client.async_execute()

        # While kernels are shut down, nbclient's own task that watches one may miss it: no news to whoever stopped them.
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(
            lambda _, context: None if self.stopping else loop.default_exception_handler(context))
        task = asyncio.ensure_future(in_turn())
        self.running[task] = loop
        try:
            if self.stopping:
                task.cancel()
            await task
        finally:
            del self.running[task]
            if client.km is not None and client.km.has_kernel:
                await client.km.shutdown_kernel(now=True)


def end_with(parent: int) -> None:
    """End, and the kernels with it, when the process that started this one is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="+", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--at-once", type=int, default=1, help="how many may run at the same time")
    parser.add_argument("--parent", type=int, help="end when this process, which started it, ends")
    arguments = parser.parse_args()
    runner = Runner(arguments.folder, arguments.save)
    signal.signal(signal.SIGINT, runner.stop)
    signal.signal(signal.SIGTERM, runner.stop)
    if arguments.parent and os.name == "posix":
        threading.Thread(target=end_with, args=(arguments.parent,), daemon=True).start()
    sys.exit(0 if runner.run_all(arguments.notebooks, arguments.at_once) else 1)


if __name__ == "__main__":
    main()
