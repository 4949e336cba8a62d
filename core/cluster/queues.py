"""The queue that pages ask: in this process, or beside a scheduler elsewhere."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol

from core.cluster.tasks import Packed, Task
from core.jobs import HEARTBEAT, Jobs, Refused, Status
from core.progress import TIME_LIMIT

UNREACHABLE = "The machines that train cannot be reached. Pages that compute at once still work. Try again later."
FORGOTTEN = "The machine that keeps the queue was started anew and has lost this run. Press Run to start it again."
NO_WORKER = "No machine that trains is there at the moment. Runs wait until one comes."
AGAIN_AFTER = 3.0  # s after which a scheduler that did not answer is asked again
PATIENCE = 60.0  # s for a scheduler that is out of reach to come back before its runs are given up
ANSWER_WITHIN = 2.0  # s for a scheduler to answer


class Run(Protocol):
    """A run in a queue, as core.jobs.Job."""

    def poll(self, owner: str) -> Status: ...
    def stop(self, owner: str, visitor: str | None = None) -> None: ...


class Queue(Protocol):
    """The queue as a page sees it."""

    def submit(self, task: Task, owner: str, visitor: str | None = None) -> Run: ...
    def get(self, task: Task) -> Run | None: ...

    @property
    def idle(self) -> bool: ...

    @property
    def trouble(self) -> str: ...

    def close(self, timeout: float = 5.0) -> None: ...


class Here:
    """A queue in this process. stream: carries a task out, in threads or in workers."""

    def __init__(
        self, jobs: Jobs, stream: Callable[[Task], Iterator[object]], close: Callable[[], None] = lambda: None
    ) -> None:
        self.jobs = jobs
        self.stream = stream
        self._close = close

    def submit(self, task: Task, owner: str, visitor: str | None = None) -> Run:
        return self.jobs.submit(task.key, owner, lambda: self.stream(task), visitor)

    def get(self, task: Task) -> Run | None:
        return self.jobs.get(task.key)

    @property
    def idle(self) -> bool:
        return self.jobs.idle

    @property
    def trouble(self) -> str:
        return ""

    def close(self, timeout: float = 5.0) -> None:
        self.jobs.close(timeout)
        self._close()


class There:
    """A queue beside a scheduler, shared with other replicas. A connection that is lost is made again."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._lock = threading.Lock()
        self._client: Any = None
        self._silent_until = -math.inf

    def ask(self, name: str, *args: Any) -> Any:
        """Call a function of core.cluster.board on the scheduler. Raises OSError when it cannot be reached."""
        from core.cluster import board

        if time.monotonic() < self._silent_until:
            raise OSError(self.address)
        try:
            client = self._connected()
        except OSError:
            self._silent_until = time.monotonic() + AGAIN_AFTER
            raise

        async def call() -> Any:
            return await client.run_on_scheduler(getattr(board, name), *args)

        try:
            return client.sync(call, callback_timeout=ANSWER_WITHIN)
        except (TimeoutError, OSError) as error:
            self._silent_until = time.monotonic() + AGAIN_AFTER
            raise OSError(str(error)) from error

    def _connected(self) -> Any:
        """A client that is connected, if need be a new one."""
        from distributed import Client
        from distributed.security import Security

        with self._lock:
            if self._client is not None and self._client.status == "running":
                return self._client
            if self._client is not None:
                self._client.close(timeout=0)
            try:
                self._client = Client(self.address, timeout=ANSWER_WITHIN, set_as_default=False, security=Security())
            except TypeError as error:  # an address with tls:// and no certificates
                raise OSError(str(error)) from error
            return self._client

    def submit(self, task: Task, owner: str, visitor: str | None = None) -> Run:
        try:
            return RunThere(self, self.ask("submit", task.key, owner, visitor or owner, task.packed()))
        except OSError as error:
            raise Refused(UNREACHABLE) from error

    def get(self, task: Task) -> Run | None:
        try:
            number = self.ask("get", task.key)
        except OSError:
            return None
        return None if number is None else RunThere(self, number)

    @property
    def idle(self) -> bool:
        try:
            state = self.ask("state")
        except OSError:
            return False
        return bool(state["idle"] and state["workers"])

    @property
    def trouble(self) -> str:
        """A sentence when no run can begin now, else ""."""
        try:
            state = self.ask("state")
        except OSError:
            return UNREACHABLE
        return "" if state["workers"] else NO_WORKER

    def close(self, timeout: float = 5.0) -> None:
        if self._client is not None:
            self._client.close(timeout=timeout)


class RunThere:
    """A run in the queue of a scheduler. Remembers what it has last heard."""

    def __init__(self, queue: There, number: str) -> None:
        self.queue = queue
        self.number = number
        self.last = Status("waiting", 0, None, None, None, 0.0, None, "", 0)
        self.heard = time.monotonic()

    def poll(self, owner: str) -> Status:
        held = self.last.snapshot
        try:
            status = self.queue.ask("poll", self.number, owner, held.version if isinstance(held, Packed) else -1)
        except OSError:
            if time.monotonic() > self.heard + PATIENCE:
                return replace(self.last, state="failed", message=UNREACHABLE)
            return self.last
        self.heard = time.monotonic()
        if status is None:
            return replace(self.last, state="failed", message=FORGOTTEN)
        self.last = status if status.snapshot is not None or held is None else replace(status, snapshot=held)
        return self.last

    def stop(self, owner: str, visitor: str | None = None) -> None:
        try:
            self.queue.ask("stop", self.number, owner, visitor)
        except OSError:
            return  # nobody asks after it any more, so it ends by itself


@lru_cache(maxsize=1)
def the_queue() -> Queue:
    """The one queue of this server, as the environment says.

    CONCEPT_LAB_SCHEDULER=tcp://host:8786: beside that scheduler. CONCEPT_LAB_ENGINE=threads: runs in threads of this process,
    one at a time, for tests and quick development. Else: workers on this machine, started by the first call.
    """
    if address := os.environ.get("CONCEPT_LAB_SCHEDULER"):
        return There(address)
    if os.environ.get("CONCEPT_LAB_ENGINE") == "threads":
        return Here(Jobs(time_limit=TIME_LIMIT, heartbeat=HEARTBEAT), Task.snapshots)
    from core.cluster.start import Workers

    workers = Workers()
    workers.start()
    jobs = Jobs(slots=workers.n, time_limit=TIME_LIMIT, heartbeat=HEARTBEAT, memory_limit=float("inf"))
    return Here(jobs, workers.stream, workers.close)
