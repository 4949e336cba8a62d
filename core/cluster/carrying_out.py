"""What happens on a worker: carrying out a task while others look at it or halt it.

A worker has one thread for tasks. `peek` and `halt` run beside it, on the worker's event loop, so they answer whatever the
task does, as long as it lets go of the interpreter now and then.
"""

from __future__ import annotations

import gc
import os

from core.cluster.tasks import Packed, Task

_latest: dict[str, Packed | None] = {}  # of the tasks that are under way here
_halted: set[str] = set()


def carry_out(name: str, task: bytes) -> Packed | None:
    """Run a task to its end, or until it is halted; what it has to show then. name: one that no other run has."""
    _latest[name] = None
    last = snapshot = None
    version = 0
    try:
        for snapshot in Task.unpacked(task).snapshots():
            if name in _halted:
                return None
            if snapshot is not last:
                version += 1
                _latest[name] = Packed.of(snapshot, version)
                last = snapshot
        return _latest[name]
    finally:
        del _latest[name]
        _halted.discard(name)


def peek(name: str, version: int) -> Packed | None:
    """The latest snapshot of a task, if it is another than `version`."""
    packed = _latest.get(name)
    return None if packed is None or packed.version == version else packed


def halt(name: str) -> None:
    """Let a task end at its next step."""
    if name in _latest:
        _halted.add(name)


def under_way(name: str) -> bool:
    return name in _latest


def dask_setup(worker: object) -> None:
    """What `--preload` calls before a worker takes tasks: import what a run needs, so that the first does not wait for it."""
    import sklearn.ensemble  # noqa: F401
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    from core.engine import device

    device.keep_freed_memory()
    from core.concepts.optimization import training
    from core.progress import finished

    finished(training.run(training.Settings(epochs=1, seeds=2)))
    gc.collect()
    gc.freeze()
