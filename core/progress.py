"""The steps of a run, and the one clock that decides when a step becomes a picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

TIME_LIMIT = 300.0  # s that a page's run may take

R = TypeVar("R")


@dataclass(frozen=True)
class Step(Generic[R]):
    """A place at which a run can be stopped. The last one has fraction 1.

    fraction: share of the run that is done. result: makes what there is to see so far, with copies of all that the run goes
    on to change; None while there is nothing to see. doing: what the run is busy with until then, a key among the `doing`
    of the texts.
    """

    fraction: float
    result: Callable[[], R] | None = None
    doing: str = ""


@dataclass(frozen=True)
class Snapshot(Generic[R]):
    """What a page draws of a run in progress. It does not change any more."""

    fraction: float
    result: R | None
    doing: str = ""


def paced(
    steps: Iterable[Step[R]], every: float = 0.4, clock: Callable[[], float] = time.perf_counter
) -> Iterator[Snapshot[R]]:
    """A snapshot after each step: a new one when `every` seconds have passed and making the last took at most a sixth of the
    time, else the last one again. The last step always gives a new one."""
    last: Snapshot[R] = Snapshot(0.0, None)
    due = -float("inf")
    for step in steps:
        begun = clock()
        if begun >= due or step.fraction >= 1:
            result = step.result() if step.result else last.result
            last = Snapshot(step.fraction, result, step.doing)
            now = clock()
            due = now + max(every, 5 * (now - begun))
        yield last


def finished(run: Any) -> Any:
    """The Result of a run at its end, whether it comes in steps or at once. For scripts and tests."""
    if not isinstance(run, Iterator):
        return run
    step = None
    for step in run:  # noqa: B007
        pass
    assert step is not None and step.fraction == 1 and step.result is not None, (
        "the last step is not the end of the run"
    )
    return step.result()
