"""What workers cost and gain: `python tests/benchmarks/cluster.py`.

The default training of the training page and the default boosting, with other seeds each time so that nothing is kept. Ratios of
medians within one run of this script, the machine's cores shared by all that it starts. The hall: 200 visitors who each ask for
another run of half a second, on eight workers that sleep rather than compute, as eight machines would leave this one in peace.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported, as in workers

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core import concept as concepts  # noqa: E402
from core.cluster.queues import Here  # noqa: E402
from core.cluster.start import Workers  # noqa: E402
from core.cluster.tasks import Task  # noqa: E402
from core.jobs import Jobs, Refused  # noqa: E402
from core.progress import finished  # noqa: E402
from tests.faulty import Faulty  # noqa: E402

PATHS = ("optimization/training", "ensembles/boosting")
RUNS = 5
VISITORS, HALL = 200, 8
seeds = iter(range(1000, 10_000))


@contextmanager
def queue_of(workers: int) -> Iterator[Here]:
    """A queue with so many warm workers."""
    started = Workers(workers, 2 * 2**30)
    started.start()
    jobs = Jobs(slots=workers, time_limit=300, memory_limit=float("inf"))
    queue = Here(jobs, started.stream)
    for i in range(workers):
        queue.submit(Faulty(settings=("warm", i)), f"warm {i}")
    while not queue.idle:
        time.sleep(0.1)
    try:
        yield queue
    finally:
        jobs.close(10)
        started.close()


def task(path: str) -> Task:
    return Task(path, concepts.load(path).Settings(seed=next(seeds)))


def until(run: Any, owner: str, holds: Callable[[Any], bool]) -> Any:
    while not holds(status := run.poll(owner)):
        time.sleep(0.005)
    return status


def seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def ended(queue: Here, tasks: list[Task]) -> None:
    runs = [(queue.submit(each, f"owner {i}"), f"owner {i}") for i, each in enumerate(tasks)]
    while runs:  # asking after each, which is its heartbeat
        states = [run.poll(owner).state for run, owner in runs]
        assert set(states) <= {"waiting", "running", "done"}
        runs = [each for each, state in zip(runs, states, strict=True) if state != "done"]
        time.sleep(0.005)


def told(name: str, value: str) -> None:
    print(f"| {name} | {value} |", flush=True)


def hall(queue: Here) -> None:
    """Everybody asks within ten seconds; whoever is refused asks again a little later, as a person would."""
    begun, refused = time.monotonic(), 0
    waits: list[tuple[str, float]] = []
    promises: list[tuple[str, float]] = []
    asked: dict[str, float] = {}
    pending: dict[str, tuple[float, Any]] = {f"visitor {i}": (begun + 10 * i / VISITORS, None) for i in range(VISITORS)}

    while pending:
        now = time.monotonic()
        for owner, (due, run) in list(pending.items()):
            if run is None and now >= due:
                try:
                    run = queue.submit(Faulty(settings=owner), owner)
                    asked.setdefault(owner, now)
                    wait = run.poll(owner).expected_wait
                    if wait:
                        promises.append((owner, wait))
                    pending[owner] = (due, run)
                except Refused:
                    refused += 1
                    pending[owner] = (now + 2, None)
            elif run is not None and run.poll(owner).state == "done":
                waits.append((owner, now - asked[owner]))
                del pending[owner]
        time.sleep(0.01)
    took = dict(waits)
    ratios = [(took[owner] - 0.5) / wait for owner, wait in promises if took[owner] > 1]
    told(
        f"hall: {VISITORS} visitors, {HALL} workers, half a second a run",
        f"all served, {refused} asked twice; the last after {time.monotonic() - begun:.1f} s (at least "
        f"{VISITORS * 0.5 / HALL:.1f}); waited {statistics.median(took.values()):.1f} s (median), told within a factor of "
        f"{statistics.median(max(r, 1 / r) for r in ratios if r > 0):.2f} (median)"
        if ratios
        else "nobody waited",
    )


def main() -> None:
    print("| | |\n|---|---|")
    for path in PATHS:  # what a worker has ready, this process has too
        finished(concepts.load(path).run(task(path).settings))
    bare = {p: statistics.median(seconds(lambda p=p: finished(concepts.load(p).run(task(p).settings))) for _ in range(RUNS)) for p in PATHS}  # fmt: skip
    with queue_of(1) as queue:
        for path in PATHS:
            there = statistics.median(seconds(lambda path=path: ended(queue, [task(path)])) for _ in range(RUNS))
            told(
                f"{path}: a run in a worker against the bare generator",
                f"{there / bare[path]:.2f}x of {bare[path]:.2f} s",
            )
        first = []
        for _ in range(RUNS):
            mine, begun = task(PATHS[0]), time.perf_counter()
            run = queue.submit(mine, "me")
            until(run, "me", lambda status: status.snapshot is not None and status.snapshot.data is not None)
            first.append(time.perf_counter() - begun)
            until(run, "me", lambda status: status.state == "done")
        told("from asking to the first picture's numbers", f"{1000 * statistics.median(first):.0f} ms")
        held = task(PATHS[0])
        ended(queue, [held])
        again = statistics.median(seconds(lambda: queue.submit(held, "you").poll("you")) for _ in range(RUNS))
        told("a run that another visitor has made", f"{1000 * again:.2f} ms, nothing is trained")
        one = {path: seconds(lambda path=path: ended(queue, [task(path) for _ in range(6)])) for path in PATHS}
    with queue_of(2) as queue:
        for path in PATHS:
            two = seconds(lambda path=path: ended(queue, [task(path) for _ in range(6)]))
            told(f"{path}: six runs, two workers against one", f"{one[path] / two:.2f}x as fast")
    with queue_of(HALL) as queue:
        hall(queue)


if __name__ == "__main__":
    main()
