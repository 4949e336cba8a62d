"""The queue beside a scheduler of its own, for many replicas: `dask scheduler --preload core.cluster.board`.

The scheduler's process holds the one queue, in which runs are bytes under a key. Replicas of the web server ask it through
`Client.run_on_scheduler`. So they share the queue, the workers and all results, and a replica that dies takes none with it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dask
from distributed import Client, Scheduler

from core.cluster.engine import Engine
from core.cluster.start import DASK
from core.cluster.tasks import Packed
from core.jobs import HEARTBEAT, Job, Jobs, Status
from core.progress import TIME_LIMIT

MAX_KNOWN = 300  # jobs that can be asked after
FOLLOW_EVERY = 1.0  # s between two looks at which workers are there

log = logging.getLogger("concept_lab.cluster")


class Board:
    """The queue, and the engine that serves it with the workers that are there."""

    def __init__(self, address: str) -> None:
        self.jobs = Jobs(slots=0, heartbeat=HEARTBEAT, time_limit=TIME_LIMIT, memory_limit=float("inf"))
        self.known: OrderedDict[str, Job] = OrderedDict()
        self.engine: Engine | None = None
        threading.Thread(target=self._follow, args=(address,), name="board", daemon=True).start()

    def _follow(self, address: str) -> None:
        """As many runs at once as there are workers."""
        with Client(address, set_as_default=False) as client:
            self.engine = Engine(client)
            while client.status == "running":
                try:
                    self.jobs.resize(len(self.engine.workers()))
                except Exception:
                    log.exception("the workers cannot be asked")
                time.sleep(FOLLOW_EVERY)

    def stream(self, task: bytes) -> Iterator[Packed]:
        assert self.engine is not None
        yield from self.engine.stream(task)

    def remember(self, job: Job) -> str:
        self.known[job.id] = job
        while len(self.known) > MAX_KNOWN:
            self.known.popitem(last=False)
        return job.id


_board: Board | None = None


def dask_setup(scheduler: Scheduler) -> None:
    """What `--preload` calls in the scheduler's process."""
    global _board
    dask.config.set(DASK)
    scheduler.allowed_failures = DASK["distributed.scheduler.allowed-failures"]
    _board = Board(scheduler.address)


# What replicas call, each on the scheduler.


def submit(key: str, owner: str, visitor: str, task: bytes) -> str:
    """The number of the job of this key, as Jobs.submit; raises Refused."""
    assert _board is not None
    board = _board
    return board.remember(board.jobs.submit(key, owner, lambda: board.stream(task), visitor))


def get(key: str) -> str | None:
    """The number of the job of this key, as Jobs.get."""
    assert _board is not None
    job = _board.jobs.get(key)
    return None if job is None else _board.remember(job)


def poll(number: str, owner: str, version: int) -> Status | None:
    """The job as it stands; without its snapshot if that is the one of `version`. None: the job is not known here."""
    assert _board is not None
    job = _board.known.get(number)
    if job is None:
        return None
    status = job.poll(owner)
    known = isinstance(status.snapshot, Packed) and status.snapshot.version == version
    return replace(status, snapshot=None) if known else status


def stop(number: str, owner: str, visitor: str | None) -> None:
    assert _board is not None
    if (job := _board.known.get(number)) is not None:
        job.stop(owner, visitor)


def state() -> dict[str, Any]:
    """Whether nobody waits, and how many workers there are."""
    assert _board is not None
    return {"idle": _board.jobs.idle, "workers": _board.jobs.slots}
