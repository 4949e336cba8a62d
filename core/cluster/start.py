"""Starting workers on this machine, each a process of its own, watched by a nanny that ends it when its memory runs over."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from multiprocessing import spawn
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Nanny, Scheduler, SpecCluster
from distributed.system import MEMORY_LIMIT

from core.cluster.engine import Engine
from core.cluster.tasks import Packed, Task

# What differs from Dask's own settings, and why.
DASK = {
    "distributed.scheduler.allowed-failures": 0,  # a run that has cost one worker would cost the next as well
    "distributed.scheduler.worker-ttl": "30 minutes",  # a worker in a long computation does not answer; the queue has a time limit
    "distributed.deploy.lost-worker-timeout": "1h",  # else a worker is given up that takes 15 s to import torch again
    "distributed.worker.memory.target": False,  # results are small; nothing is worth being spilled to disk,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,  # and a paused worker would keep a learner waiting
    "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.limit": "1h",  # no warnings in the log about every import that takes a second
    "distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": 1,
    "distributed.nanny.pre-spawn-environ.OPENBLAS_NUM_THREADS": 1,
    "distributed.nanny.pre-spawn-environ.MKL_NUM_THREADS": 1,
}
log = logging.getLogger("concept_lab.cluster")

MOST_MEMORY = 0.8  # share of the machine's memory that all workers may take together


def gpus() -> int:
    """How many NVIDIA GPUs this machine has, asked without torch, which the web server does not need."""
    return len(list(Path("/proc/driver/nvidia/gpus").glob("*")))


def workers() -> int:
    """How many workers suit this machine: one for each GPU, or else for each core but one."""
    return gpus() or max(1, len(os.sched_getaffinity(0)) - 1)


def without_main(name: str) -> dict[str, Any]:
    """What multiprocessing tells a new process of this one, but for the main module. It would run that again, and while a page
    is drawn Streamlit has put the page in its place. Workers need none of it: what they run stands in modules."""
    data = _preparation_data(name)
    data.pop("init_main_from_path", None)
    data.pop("init_main_from_name", None)
    return data


_preparation_data = spawn.get_preparation_data


def local_cluster(n: int | None = None, memory: int | None = None) -> SpecCluster:
    """A scheduler in this process and n workers beside it, `memory` bytes for each; by default as many as suit."""
    dask.config.set(DASK)
    spawn.get_preparation_data = without_main  # looked up there whenever a worker starts, also anew
    n = n or workers()
    memory = memory or int(MOST_MEMORY * MEMORY_LIMIT / n)
    options = {
        "nthreads": 1,
        "memory_limit": memory,
        "host": "127.0.0.1",
        "dashboard_address": None,
        "silence_logs": 40,
        "preload": ["core.cluster.carrying_out"],
    }
    spec = {}
    for i in range(n):
        own = {"env": {"CUDA_VISIBLE_DEVICES": str(i)}, "resources": {"GPU": 1}} if gpus() else {}
        spec[i] = {"cls": Nanny, "options": options | own}
    scheduler = {"cls": Scheduler, "options": {"host": "127.0.0.1", "dashboard": False}}
    return SpecCluster(workers=spec, scheduler=scheduler, name="concept-lab", silence_logs=40)


class Workers:
    """The workers of this machine, started in a thread of their own; runs that are asked for before wait for them."""

    def __init__(self, n: int | None = None, memory: int | None = None) -> None:
        self.n = n or workers()
        self.memory = memory
        self.engine: Engine | None = None
        self._ready = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="workers", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                with local_cluster(self.n, self.memory) as cluster, Client(cluster, set_as_default=False) as client:
                    self.engine = Engine(client)
                    self._ready.set()
                    self._closing.wait()
            except Exception:
                log.exception("the workers cannot be started, or not be ended; trying again")
                self._closing.wait(2)

    def stream(self, task: Task) -> Iterator[Packed]:
        """The latest snapshot of a task, again and again, until it is done."""
        while not self._ready.wait(0.1):
            yield Packed(0, 0.0, "", None)
        assert self.engine is not None
        yield from self.engine.stream(task.packed())

    def close(self, timeout: float = 5.0) -> None:
        """End the workers."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
