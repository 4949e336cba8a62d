"""Driving the workers of a Dask cluster: a task becomes an iterator of the latest snapshots, which is closed to stop it."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from distributed import Client, Future, KilledWorker

from core.cluster.carrying_out import carry_out, halt, peek, under_way
from core.cluster.tasks import Packed
from core.jobs import SMALLER, Told

LOOK_EVERY = 0.1  # s between two looks at a run; Stop is answered as fast
AT_FIRST = 0.02  # s between two looks in the first second, in which short runs end
ANSWER_WITHIN = 0.3  # s for a worker to answer; one that computes without letting go of its interpreter cannot
HALT_WITHIN = 2.0  # s for a halted run to come to its next step; then its worker is started anew
RESTART_WITHIN = 60.0  # s for a worker to be there again

log = logging.getLogger("concept_lab.cluster")


LOST = (
    f"This run was ended with its worker process, most likely because it needed more memory than there is; {SMALLER}."
)


class Engine:
    """Hands tasks to free workers, one each. Threads of the queue call `stream`; one lock guards who is busy."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._lock = threading.Lock()
        self._busy: set[str] = set()  # addresses

    def workers(self) -> list[str]:
        """The addresses of the workers that are there, free or busy."""
        return list(self.client.scheduler_info(n_workers=-1)["workers"])

    def stream(self, task: bytes) -> Iterator[Packed]:
        """The latest snapshot of a task, again and again until it is done; a run that has nothing to show yet gives an empty
        one. Closing the iterator halts the task. Raises what the task raises, and Told when the worker is lost."""
        latest = Packed(0, 0.0, "", None)
        while (address := self._take()) is None:
            yield latest
            time.sleep(LOOK_EVERY)
        name = f"run-{uuid.uuid4().hex}"
        begun = time.monotonic()
        future = self.client.submit(carry_out, name, task, key=name, workers=[address], pure=False, retries=0)
        try:
            while not future.done():
                latest = self._ask(address, peek, name, latest.version) or latest
                yield latest
                time.sleep(AT_FIRST if time.monotonic() < begun + 1 else LOOK_EVERY)
        except GeneratorExit:  # it is not wanted any more
            self._end(future, name, address)
            raise
        try:
            last: Packed | None = future.result()
        except KilledWorker as error:  # its address stays taken: the worker that comes in its place has another
            raise Told(LOST) from error
        except Exception:
            self._give_back(address)
            raise
        self._give_back(address)
        yield last or latest

    def _take(self) -> str | None:
        """A free worker, from now on busy."""
        with self._lock:
            free = [address for address in self.workers() if address not in self._busy]
            if not free:
                return None
            self._busy.add(free[0])
            return free[0]

    def _give_back(self, address: str) -> None:
        with self._lock:
            self._busy.discard(address)

    def _ask(self, address: str, function: Callable[..., Any], *args: Any) -> Any | None:
        """What a function gives on a worker; None when it does not answer in time or has gone."""

        async def ask() -> Any:
            return await self.client.run(function, *args, workers=[address], on_error="ignore")

        try:
            answers = self.client.sync(ask, callback_timeout=ANSWER_WITHIN)
        except (TimeoutError, OSError):
            return None
        return answers.get(address)

    def _end(self, future: Future[Any], name: str, address: str) -> None:
        """Halt a run; a worker that it does not let go of is started anew."""
        self._ask(address, halt, name)
        future.cancel()
        deadline = time.monotonic() + HALT_WITHIN
        while time.monotonic() < deadline and address in self.workers():
            if self._ask(address, under_way, name) is False:
                self._give_back(address)
                return
            time.sleep(LOOK_EVERY)
        log.warning("a run does not stop: starting worker %s anew", address)
        threading.Thread(target=self._restart, args=(address,), name="restart-worker", daemon=True).start()

    def _restart(self, address: str) -> None:
        try:
            self.client.restart_workers([address], timeout=RESTART_WITHIN, raise_for_error=False)
        except Exception:
            log.exception("worker %s was not started anew", address)
        finally:
            self._give_back(address)
